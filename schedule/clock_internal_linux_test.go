package schedule

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// scriptedAlarm gives its answers to wait one after another, and then waits for
// Close.
type scriptedAlarm struct {
	sets, waits []error
	closed      chan struct{}
	closes      int
}

func (a *scriptedAlarm) set() error { return next(&a.sets) }

func next(list *[]error) error {
	if len(*list) == 0 {
		return nil
	}
	err := (*list)[0]
	*list = (*list)[1:]
	return err
}

func (a *scriptedAlarm) wait() error {
	if len(a.waits) > 0 {
		return next(&a.waits)
	}
	<-a.closed
	return os.ErrClosed
}

func (a *scriptedAlarm) Close() error {
	a.closes++
	close(a.closed)
	return nil
}

// cancelled is what reading a timerfd gives when the clock was set.
func cancelled() error { return &os.PathError{Op: "read", Path: "timerfd", Err: unix.ECANCELED} }

func TestStepsOfAnAlarm(t *testing.T) {
	broken := errors.New("it is broken")
	for _, c := range []struct {
		name        string
		sets, waits []error
		steps       int
		broken      bool
	}{
		{name: "none"},
		{name: "cancelled twice", waits: []error{cancelled(), cancelled()}, steps: 2},
		{name: "set again while the clock is set", sets: []error{nil, unix.ECANCELED}, waits: []error{cancelled()}, steps: 2},
		{name: "it went off", waits: []error{nil}, steps: 1},
		{name: "it cannot be set", sets: []error{broken}, broken: true},
		{name: "it cannot be read", waits: []error{cancelled(), broken}, steps: 1, broken: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &scriptedAlarm{sets: c.sets, waits: c.waits, closed: make(chan struct{})}
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				steps, ended := 0, make(chan error, 1)
				go func() { ended <- awaitSteps(ctx, a, func() { steps++ }) }()
				synctest.Wait()
				if c.broken != (len(ended) == 1) {
					t.Errorf("ended: %v, want %v", !c.broken, c.broken)
				}
				cancel()
				err := <-ended
				if errors.Is(err, broken) != c.broken {
					t.Errorf("it ended with %v", err)
				}
				if steps != c.steps || a.closes != 1 {
					t.Errorf("%d steps and closed %d times, want %d and once", steps, a.closes, c.steps)
				}
			})
		})
	}
}

// armed are the descriptors of this process that are timers on CLOCK_REALTIME,
// cancelled when it is set; the kernel says so in fdinfo (proc(5)).
func armed(t *testing.T) (n int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fdinfo")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := os.ReadFile("/proc/self/fdinfo/" + e.Name())
		if errors.Is(err, os.ErrNotExist) {
			continue // it was closed meanwhile
		}
		if err != nil {
			t.Fatal(err)
		}
		flags := fmt.Sprintf("settime flags: 0%o\n", unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET)
		if strings.Contains(string(info), "clockid: 0\n") && strings.Contains(string(info), flags) &&
			!strings.Contains(string(info), "it_value: (0, 0)") {
			n++
		}
	}
	return n
}

// Nobody can set the clock of the machine for a test; that the kernel has the
// timer and takes it back can be seen.
func TestTheKernelHasTheAlarm(t *testing.T) {
	before := armed(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		watchClock(ctx, func() { t.Log("the clock was stepped") })
	}()
	within(t, "the timer is armed", func() bool { return armed(t) == before+1 })
	select {
	case <-ended:
		t.Error("the loop ended by itself")
	default:
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the loop does not end")
	}
	if n := armed(t); n != before {
		t.Errorf("%d timers are left", n-before)
	}
}

func within(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 10 s: " + what)
		}
	}
}
