package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// TestProcessesAreWrittenAsJSONHasThem: by hand as by package json, whatever
// is in them.
func TestProcessesAreWrittenAsJSONHasThem(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "web", "a\"b\\c\n", "<&>", "é\x00", "\xff", "\u2028"}))
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "never") {
			return time.Time{}
		}
		return time.Unix(0, rapid.Int64Range(0, 4e18).Draw(t, "at")).In(time.FixedZone("", 3600))
	})
	number := rapid.IntRange(-2, 5)
	rapid.Check(t, func(t *rapid.T) {
		infos := make([]service.ProcessInfo, rapid.IntRange(0, 3).Draw(t, "processes"))
		want := api.Processes{Processes: []api.Process{}, Next: text.Draw(t, "next")}
		for i := range infos {
			infos[i] = service.ProcessInfo{
				Name: text.Draw(t, "name"), Group: text.Draw(t, "group"), Description: text.Draw(t, "description"),
				StdoutLogfile: text.Draw(t, "stdout"), StderrLogfile: text.Draw(t, "stderr"), Socket: text.Draw(t, "socket"),
				Status: supervise.Status{
					State: rapid.SampledFrom([]supervise.State{supervise.Running, supervise.Fatal}).Draw(t, "state"), PID: number.Draw(t, "pid"),
					Start: moment.Draw(t, "start"), Stop: moment.Draw(t, "stop"), Next: moment.Draw(t, "next start"),
					ExitStatus: number.Draw(t, "exit"), SpawnErr: text.Draw(t, "error"), Tries: number.Draw(t, "tries"), Note: text.Draw(t, "note"),
				},
			}
			if rapid.Bool().Draw(t, "listens") {
				infos[i].Status.Listener = &supervise.ListenerStatus{
					State: text.Draw(t, "listener"), Offence: text.Draw(t, "offence"), Waiting: number.Draw(t, "buffered"), Discarded: number.Draw(t, "discarded"),
				}
			}
			want.Processes = append(want.Processes, processOf(&infos[i]))
		}
		byHand := appendProcesses(nil, infos, want.Next)
		byPackage, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got, expected any
		if err := json.Unmarshal(byHand, &got); err != nil {
			t.Fatalf("%s: %v", byHand, err)
		}
		if err := json.Unmarshal(byPackage, &expected); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Fatalf("(-json +by hand):\n%s", diff)
		}
	})
}
