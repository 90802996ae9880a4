package listener

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func changed(to supervise.State) supervise.StateChanged {
	return supervise.StateChanged{Process: "p", Group: "g", From: supervise.Starting, To: to, Tries: 2, PID: 7, Expected: true}
}

var (
	subject = schedule.Subject{Store: "default", Job: "tasks:every day"}
	aRun    = schedule.RunEvent{Subject: subject, Run: "tasks:every day@5000000", Slot: time.Unix(5, 0)}
	done    = time.Unix(7, 250_000_000)
	skipped = job.Skipped{First: time.Unix(1, 0), Last: time.Unix(4, 0), Count: 4, Reason: job.Coalesced}
)

const (
	subjectWords = "jobstore:default job:tasks%3Aevery%20day"
	runWords     = subjectWords + " run:tasks%3Aevery%20day@5000000 slot:5.000000"
)

// Each event that there is, and its payload. Those of Supervisor are compared
// with the original in compat, too.
func TestPayload(t *testing.T) {
	seen := map[event.Type]bool{}
	for _, c := range []struct {
		event event.Event
		want  string
	}{
		{changed(supervise.Starting), "processname:p groupname:g from_state:STARTING tries:2"},
		{changed(supervise.Backoff), "processname:p groupname:g from_state:STARTING tries:2"},
		{changed(supervise.Running), "processname:p groupname:g from_state:STARTING pid:7"},
		{changed(supervise.Stopping), "processname:p groupname:g from_state:STARTING pid:7"},
		{changed(supervise.Stopped), "processname:p groupname:g from_state:STARTING pid:7"},
		{changed(supervise.Exited), "processname:p groupname:g from_state:STARTING expected:1 pid:7"},
		{supervise.StateChanged{To: supervise.Exited}, "processname: groupname: from_state:STOPPED expected:0 pid:0"},
		{changed(supervise.Fatal), "processname:p groupname:g from_state:STARTING"},
		{changed(supervise.Unknown), "processname:p groupname:g from_state:STARTING"},
		{supervise.Output{Process: "p", Group: "g", PID: 7, Data: []byte("é\n")}, "processname:p groupname:g pid:7 channel:stdout\né\n"},
		{supervise.Output{Process: "p", Group: "g", PID: 7, Stderr: true}, "processname:p groupname:g pid:7 channel:stderr\n"},
		{supervise.Communication{Process: "p", Group: "g", PID: 7, Data: []byte("it's \xff")}, "processname:p groupname:g pid:7\nUndecodable: b\"it's \\xff\""},
		{supervise.Communication{Process: "p", Group: "g", Stderr: true}, "processname:p groupname:g pid:0\n"},
		{event.Remote{Kind: "k", Data: "d\ne"}, "type:k\nd\ne"},
		{event.SupervisorChanged{}, ""},
		{event.SupervisorChanged{Stopping: true}, ""},
		{event.Ticked{Type: event.Tick5, When: time.Unix(1764126005, 0)}, "when:1764126005"},
		{event.Ticked{Type: event.Tick60, When: time.Unix(60, 0)}, "when:60"},
		{event.Ticked{Type: event.Tick3600, When: time.Unix(3600, 0)}, "when:3600"},
		{event.GroupChanged{Group: "g"}, "groupname:g\n"},
		{event.GroupChanged{Group: "g", Removed: true}, "groupname:g\n"},

		{schedule.Started{}, "code:1\n"},
		{schedule.ShutDown{}, "code:2\n"},
		{schedule.Paused{}, "code:4\n"},
		{schedule.Resumed{}, "code:8\n"},
		{schedule.ClockStepped{}, "\n"},
		{schedule.ExecutorAdded{Alias: "py"}, "code:16 executor:py\n"},
		{schedule.ExecutorRemoved{Alias: "py"}, "code:32 executor:py\n"},
		{schedule.StoreAdded{Alias: "redis"}, "code:64 jobstore:redis\n"},
		{schedule.StoreRemoved{Alias: "redis"}, "code:128 jobstore:redis\n"},
		{schedule.StoreTrouble{Alias: "redis", Err: errors.New("connection refused")}, "jobstore:redis\nconnection refused"},
		{schedule.StoreRecovered{Alias: "redis", Since: done}, "jobstore:redis since:7.250000\n"},
		{schedule.AllRemoved{Store: "redis"}, "code:256 jobstore:redis\n"},
		{schedule.Added{Subject: subject}, "code:512 " + subjectWords + "\n"},
		{schedule.Removed{Subject: subject}, "code:1024 " + subjectWords + "\n"},
		{schedule.Modified{Subject: subject}, "code:2048 " + subjectWords + "\n"},
		{schedule.Parked{Subject: subject, Reason: "no executor"}, subjectWords + "\nno executor"},
		{schedule.Executed{RunEvent: aRun, Outcome: job.Outcome{Finished: done, Result: json.RawMessage(`{"a":1}`)}},
			"code:4096 " + runWords + " finished:7.250000\n{\"a\":1}"},
		{schedule.Errored{RunEvent: aRun, Outcome: job.Outcome{Finished: done, Error: "exit status 1", Detail: "disk\xff full"}},
			"code:8192 " + runWords + " finished:7.250000\nexit status 1\ndisk\uFFFD full"},
		{schedule.Missed{RunEvent: aRun, Skipped: skipped}, "code:16384 " + runWords + " first:1.000000 last:4.000000 count:4 reason:coalesced\n"},
		{schedule.Submitted{RunEvent: aRun}, "code:32768 " + runWords + "\n"},
		{schedule.LimitReached{RunEvent: aRun, Skipped: skipped}, "code:65536 " + runWords + " first:1.000000 last:4.000000 count:4 reason:coalesced\n"},
		{schedule.RunStarted{RunEvent: aRun, Attempt: 2}, runWords + " attempt:2\n"},
		{schedule.Late{RunEvent: aRun, By: 1500 * time.Millisecond}, runWords + " by:1.500000\n"},
		{schedule.Retried{RunEvent: aRun, Attempt: 1, Err: errors.New("timeout"), At: done}, runWords + " attempt:1 at:7.250000\ntimeout"},
		{schedule.Lost{RunEvent: aRun}, runWords + "\n"},
		{schedule.Lost{RunEvent: aRun, At: done}, runWords + " at:7.250000\n"},
		{schedule.Cancelled{RunEvent: aRun, Outcome: job.Outcome{Finished: done, Error: "by ann"}}, runWords + " finished:7.250000\nby ann"},
	} {
		seen[c.event.EventType()] = true
		if diff := cmp.Diff(c.want, payload(c.event)); diff != "" {
			t.Errorf("payload of %v %#v (-want +got):\n%s", c.event.EventType(), c.event, diff)
		}
	}
	for typ := event.Any; typ <= event.JobCancelled; typ++ {
		if isLeaf(typ) && !seen[typ] {
			t.Errorf("no payload was tried for %v", typ)
		}
	}
}

// isLeaf reports whether no type stands below typ.
func isLeaf(typ event.Type) bool {
	for other := event.Any; other <= event.JobCancelled; other++ {
		if other != typ && other.Is(typ) {
			return false
		}
	}
	return true
}

func TestEscaped(t *testing.T) {
	for value, want := range map[string]string{
		"":                 "",
		"plain-id_1.2@3":   "plain-id_1.2@3",
		"a b:c%d\n\x7f":    "a%20b%3Ac%25d%0A%7F",
		"é\u00a0\u2028":    "é%C2%A0%E2%80%A8", // Python splits at these, too
		"\x1c\u0085\u3000": "%1C%C2%85%E3%80%80",
	} {
		if got := escaped(value); got != want {
			t.Errorf("escaped(%q) = %q, want %q", value, got, want)
		}
	}
}
