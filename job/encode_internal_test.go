package job

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// TestFormsAreThoseOfEncodingJSON: what is written by hand, byte for byte.
func TestFormsAreThoseOfEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.Just(""), rapid.Just(`<a> & "b\`), rapid.Just("a\xffb\u2028\x7f"))
		when := rapid.SampledFrom([]time.Time{{}, time.UnixMicro(0), time.UnixMicro(1_700_000_000_000_001).UTC(), time.UnixMicro(-5)})
		number := rapid.IntRange(-1, 2)
		work := Work{
			Executor: text.Draw(t, "executor"), Func: text.Draw(t, "func"),
			Args: rapid.SampledFrom([]json.RawMessage{nil, {}, json.RawMessage(` [ 1, "<\u00e9执 " ] `)}).Draw(t, "args"),
			Policy: Policy{
				Coalesce: Coalesce(rapid.IntRange(0, 2).Draw(t, "coalesce")), Overlap: Overlap(rapid.IntRange(0, 4).Draw(t, "overlap")),
				OnLost: OnLost(rapid.IntRange(0, 1).Draw(t, "on lost")), Grace: time.Duration(number.Draw(t, "grace")),
				Timeout: time.Duration(number.Draw(t, "timeout")), MaxInstances: number.Draw(t, "instances"),
				Retry:    Retry{Max: number.Draw(t, "max"), Factor: rapid.SampledFrom([]float64{0, 1.5, 1e30}).Draw(t, "factor")},
				Priority: number.Draw(t, "priority"), Group: text.Draw(t, "group"), GroupLimit: number.Draw(t, "group limit"),
				Named: rapid.Bool().Draw(t, "named"), KeepResult: number.Draw(t, "keep"),
			},
		}
		owner := Owner{Node: text.Draw(t, "node"), Token: int64(number.Draw(t, "token"))}
		r := Run{
			ID: text.Draw(t, "id"), Job: text.Draw(t, "job"), Slot: when.Draw(t, "slot"), Due: when.Draw(t, "due"),
			Phase: Phase(rapid.IntRange(0, 2).Draw(t, "phase")), Owner: owner, Attempt: number.Draw(t, "attempt"),
			Instance: number.Draw(t, "instance"), Place: number.Draw(t, "place"), Cancel: rapid.Bool().Draw(t, "cancel"),
			Started: when.Draw(t, "started"), Outcome: Outcome{Error: text.Draw(t, "error"), Finished: when.Draw(t, "finished")},
			Skipped: Skipped{Count: number.Draw(t, "count"), First: when.Draw(t, "first")}, Work: work,
		}
		if rapid.Bool().Draw(t, "has attempts") {
			r.Attempts = []Attempt{{Number: 1, Owner: owner, Error: r.Outcome.Error, Kind: Failed}}
		}
		got, err := EncodeRun(r)
		sameForm(t, wireOf(r), got, err)

		j := Job{
			ID: r.ID, Name: text.Draw(t, "name"), Executor: work.Executor, Func: work.Func, Args: work.Args, Policy: work.Policy,
			Trigger:  trigger.EveryFrom(time.UnixMicro(5), time.Minute),
			Metadata: rapid.SampledFrom([]map[string]string{nil, {}, {"b": "<", "a": "执"}}).Draw(t, "metadata"),
		}
		form, err := trigger.Encode(j.Trigger)
		if err != nil {
			t.Fatal(err)
		}
		got, err = EncodeJob(j)
		sameForm(t, wireJob{version, j.ID, j.Name, form, wireWork(work), j.Metadata}, got, err)
	})
}

func sameForm(t *rapid.T, wire any, got []byte, err error) {
	t.Helper()
	want, wrong := encode(wire)
	if wrong != nil || err != nil || string(got) != string(want) {
		t.Fatalf("the form is\n%s (%v), want\n%s (%v)", got, err, want, wrong)
	}
}

// wireOf is r as it is decoded.
func wireOf(r Run) wireRun {
	w := wireRun{
		Version: version, ID: r.ID, Job: r.Job, Slot: stamp(r.Slot), Due: stamp(r.Due), Phase: r.Phase,
		Owner: wireOwner(r.Owner), Attempt: r.Attempt, Instance: r.Instance, Place: r.Place, Cancel: r.Cancel,
		Started: stamp(r.Started), Outcome: outcomeWire(r.Outcome), Attempts: attemptsWire(r.Attempts), Work: wireWork(r.Work),
	}
	if s := r.Skipped; s != (Skipped{}) {
		w.Skipped = &wireSkipped{stamp(s.First), stamp(s.Last), s.Count, s.Reason}
	}
	return w
}
