package daemon

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ofPrograms is an instance that is to end when all programs are done, with the
// children that starter makes.
func ofPrograms(t *testing.T, starter *proctest.Starter, groups ...supervise.GroupSpec) *instance {
	t.Helper()
	i := emptyInstance()
	i.config = &config.Config{}
	i.config.Daemon.Flags.ExitWhenAllDone = true
	ends := i.newEndings()
	i.supervisor = supervise.New(supervise.Options{
		Starter: starter, Bus: event.NewBus(), Log: i.log, Ended: ends.ended, Emptied: ends.emptied,
	})
	i.running.Go(func() { ends.watch(i.over) })
	for _, g := range groups {
		if err := i.supervisor.Add(g); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		close(i.over)
		starter.EndAll()
		if err := i.supervisor.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return i
}

// alone is a group of one program, /bin/NAME, which starts by itself and is not
// restarted.
func alone(name string, kind supervise.Kind) supervise.GroupSpec {
	p := supervise.Program{Group: name, Name: name, Command: "/bin/" + name}
	p.Start.Auto, p.Start.Autorestart, p.Start.ExitCodes = true, supervise.RestartNever, []int{0}
	return supervise.GroupSpec{Name: name, Kind: kind, Programs: []supervise.Program{p}}
}

// wantVerdict checks what was decided by now: the code, or nothing for -1.
func wantVerdict(t *testing.T, i *instance, want int, when string) {
	t.Helper()
	synctest.Wait()
	got := -1
	select {
	case a := <-i.asks:
		got = a.verdict.code
	default:
	}
	if got != want {
		t.Errorf("%s: the verdict is %d, want %d", when, got, want)
	}
}

func TestAllDoneInEitherOrder(t *testing.T) {
	for name, stopFirst := range map[string]bool{"a stop and then an end": true, "an end and then a stop": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lives := time.Minute
				if stopFirst {
					lives = time.Hour
				}
				starter := proctest.New()
				starter.Queue("/bin/true", proctest.Script{Lives: lives, Code: 3})
				i := ofPrograms(t, starter, alone("true", supervise.KindGroup), alone("cat", supervise.KindGroup))
				time.Sleep(2 * time.Minute)
				wantVerdict(t, i, -1, "while one runs")
				cat, err := i.supervisor.Process("cat", "cat")
				if err != nil {
					t.Fatal(err)
				}
				for range 2 { // as restart does
					if err := cat.Stop(t.Context(), true); err != nil {
						t.Fatal(err)
					}
					time.Sleep(handPause - time.Second)
					if err := cat.Start(t.Context(), true); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				wantVerdict(t, i, -1, "after a restart")
				if err := cat.Stop(t.Context(), true); err != nil {
					t.Fatal(err)
				}
				wantVerdict(t, i, -1, "at the stop")
				time.Sleep(2 * time.Hour)
				wantVerdict(t, i, 3, "after the stop")
			})
		})
	}
}

func TestAListenerThatFailsDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starter := proctest.New()
		starter.Queue("/bin/true", proctest.Script{Lives: time.Minute, Code: 9})
		starter.Queue("/bin/cat", proctest.Script{Lives: time.Hour})
		i := ofPrograms(t, starter, alone("true", supervise.KindListener), alone("cat", supervise.KindGroup))
		time.Sleep(2 * time.Minute)
		wantVerdict(t, i, -1, "after the listener")
		time.Sleep(2 * time.Hour)
		wantVerdict(t, i, 0, "after the program")
	})
}

// A client was faster: the daemon ends with 0, as after every stop by one.
func TestAVerdictBehindAShutdownDoesNotCount(t *testing.T) {
	for name, asked := range map[string]bool{"in time": false, "too late": true} {
		t.Run(name, func(t *testing.T) {
			i := emptyInstance()
			i.config = &config.Config{Daemon: config.Daemon{ExitCode: -1}}
			i.service = service.New(service.Parts{Supervisor: i.supervisor, Bus: i.bus, Log: i.log, Stop: i.ask}, i.config)
			defer i.service.Close()
			want := 3
			if asked {
				want = 0
				if err := i.service.Shutdown(); err != nil {
					t.Fatal(err)
				}
			}
			i.conclude(verdict{code: 3}, &ending{})
			if i.code != want {
				t.Errorf("the exit code is %d, want %d", i.code, want)
			}
		})
	}
}
