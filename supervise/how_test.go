package supervise_test

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// hows notes what changes of state tell of their reason.
type hows []string

// Accept implements event.Subscription.
func (h *hows) Accept(e event.Event) {
	change, ok := e.(supervise.StateChanged)
	if ok && change.How != "" {
		*h = append(*h, change.To.String()+": "+change.How)
	}
}

func TestChangesTellHow(t *testing.T) {
	for name, c := range map[string]struct {
		program supervise.Program
		script  script
		stop    bool
		want    hows
	}{
		"an end":            {program(noAutorestart), script{Lives: 2 * time.Second, Code: 3}, false, hows{"EXITED: exit status 3"}},
		"a signal":          {program(noAutorestart), script{Lives: 2 * time.Second, Signal: syscall.SIGSEGV}, false, hows{"EXITED: terminated by SIGSEGV"}},
		"a stop":            {program(), script{}, true, hows{"STOPPED: terminated by SIGTERM"}},
		"an end too early":  {program(startretries(0)), script{Lives: 1, Code: 4}, false, hows{"BACKOFF: exit status 4, before startsecs were over", "FATAL: Exited too quickly (process log may have details)"}},
		"no such command":   {program(startretries(0), command("/no/such")), script{}, false, hows{"BACKOFF: can't find command '/no/such'", "FATAL: can't find command '/no/such'"}},
		"a stop of nothing": {program(command("/no/such"), startretries(9)), script{}, true, hows{"BACKOFF: can't find command '/no/such'"}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				var got hows
				defer w.bus.Subscribe(&got, event.ProcessState)()
				w.plays(c.script)
				p := w.run(c.program)
				if c.stop {
					if err := p.Stop(t.Context(), true); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}
