package job_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func drawTime(t *rapid.T, name string) time.Time {
	if rapid.Bool().Draw(t, name+" is zero") {
		return time.Time{}
	}
	return time.UnixMicro(rapid.Int64Range(-1e15, 4e15).Draw(t, name)).UTC()
}

func drawJSON(t *rapid.T, name string) json.RawMessage {
	return rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage(`null`), json.RawMessage(`{"a":[1,"执行 <b> && c"]}`)}).Draw(t, name)
}

func drawPolicy(t *rapid.T) job.Policy {
	return job.Policy{
		Coalesce:     job.Coalesce(rapid.IntRange(0, 2).Draw(t, "coalesce")),
		Grace:        time.Duration(rapid.Int64Min(0).Draw(t, "grace")),
		MaxInstances: rapid.IntRange(0, 9).Draw(t, "max instances"),
		Overlap:      job.Overlap(rapid.IntRange(0, 4).Draw(t, "overlap")),
		Timeout:      time.Duration(rapid.Int64Min(0).Draw(t, "timeout")),
		Retry:        job.Retry{Max: rapid.IntRange(0, 9).Draw(t, "retries"), Delay: time.Second, Factor: 1.5, Limit: time.Hour},
		OnLost:       job.OnLost(rapid.IntRange(0, 1).Draw(t, "on lost")),
		Priority:     rapid.IntRange(-9, 9).Draw(t, "priority"),
		Group:        rapid.String().Draw(t, "group"),
		GroupLimit:   rapid.IntRange(0, 9).Draw(t, "group limit"),
		Named:        rapid.Bool().Draw(t, "named"),
		KeepResult:   rapid.IntRange(0, 9).Draw(t, "keep result"),
	}
}

func TestJobsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := job.Job{
			ID:       rapid.String().Draw(t, "id"),
			Name:     rapid.String().Draw(t, "name"),
			Trigger:  trigger.EveryFrom(time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "start")).UTC(), time.Minute),
			Executor: rapid.String().Draw(t, "executor"),
			Func:     rapid.String().Draw(t, "func"),
			Args:     drawJSON(t, "args"),
			Policy:   drawPolicy(t),
			Metadata: rapid.SampledFrom([]map[string]string{nil, {"team": "运维"}}).Draw(t, "metadata"),
		}
		data, err := job.EncodeJob(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := job.DecodeJob(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if got.Trigger.String() != want.Trigger.String() {
			t.Errorf("the trigger is %v, want %v", got.Trigger, want.Trigger)
		}
		got.Trigger, want.Trigger = nil, nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	})
}

func TestRunsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := job.Run{
			ID:       rapid.String().Draw(t, "id"),
			Job:      rapid.String().Draw(t, "job"),
			Slot:     drawTime(t, "slot"),
			Due:      drawTime(t, "due"),
			Phase:    job.Phase(rapid.IntRange(0, 2).Draw(t, "phase")),
			Owner:    job.Owner{Node: rapid.String().Draw(t, "node"), Token: rapid.Int64Min(0).Draw(t, "token")},
			Attempt:  rapid.IntRange(0, 9).Draw(t, "attempt"),
			Instance: rapid.IntRange(-1, 9).Draw(t, "instance"),
			Place:    rapid.IntRange(-1, 9).Draw(t, "place"),
			Cancel:   rapid.Bool().Draw(t, "cancel"),
			Started:  drawTime(t, "started"),
			Outcome: job.Outcome{
				Kind:     job.OutcomeKind(rapid.IntRange(0, 5).Draw(t, "kind")),
				Finished: drawTime(t, "finished"),
				Error:    rapid.String().Draw(t, "error"),
				Result:   drawJSON(t, "result"),
			},
			Skipped: job.Skipped{First: drawTime(t, "first"), Last: drawTime(t, "last"), Count: 3, Reason: job.Coalesced},
			Work:    job.Work{Executor: "default", Func: "sync", Args: drawJSON(t, "args"), Policy: drawPolicy(t)},
		}
		if rapid.Bool().Draw(t, "has attempts") {
			want.Attempts = []job.Attempt{{Number: 1, Owner: want.Owner, Started: want.Due, Kind: job.Failed, Error: "it failed"}}
		}
		data, err := job.EncodeRun(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := job.DecodeRun(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", data, diff)
		}
	})
}

func TestWhatCannotBeDecodedSaysWhy(t *testing.T) {
	for text, want := range map[string]string{
		`{"v":9,"id":"x"}`:                 "version 9",
		`{"id":"x"}`:                       "version 0",
		`{"v":1,"id":"x","trigger":{}}`:    `job "x"`,
		`{"v":1,"policy":{"overlap":"?"}}`: `"?" is none of skip`,
		`not JSON`:                         "invalid character",
	} {
		if _, err := job.DecodeJob([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is answered with %v, want %q", text, err, want)
		}
	}
}

func BenchmarkEncodeJob(b *testing.B) {
	j := job.Job{ID: "interval_func_test", Trigger: trigger.Every(time.Minute), Executor: "default", Func: "sync", Args: json.RawMessage(`["10s"]`)}
	for b.Loop() {
		if _, err := job.EncodeJob(j); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeJob(b *testing.B) {
	j := job.Job{ID: "interval_func_test", Trigger: trigger.Every(time.Minute), Executor: "default", Func: "sync", Args: json.RawMessage(`["10s"]`)}
	data, err := job.EncodeJob(j)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := job.DecodeJob(data); err != nil {
			b.Fatal(err)
		}
	}
}

// plannedRun is a run as it is written before it begins.
func plannedRun() job.Run {
	at := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	return job.Run{
		ID: job.RunID("interval_func_test", at), Job: "interval_func_test", Slot: at, Due: at, Phase: job.Running,
		Owner: job.Owner{Node: "host-1234", Token: 99}, Place: -1,
		Work: job.Work{Executor: "default", Func: "sync", Args: json.RawMessage(`["10s"]`), Policy: job.Policy{Named: true, MaxInstances: 3}},
	}
}

func BenchmarkEncodeRun(b *testing.B) {
	r := plannedRun()
	for b.Loop() {
		if _, err := job.EncodeRun(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeRun(b *testing.B) {
	data, err := job.EncodeRun(plannedRun())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := job.DecodeRun(data); err != nil {
			b.Fatal(err)
		}
	}
}
