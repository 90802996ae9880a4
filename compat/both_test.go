package compat_test

import (
	"fmt"
	"net"
	"testing"
	"time"
)

// onBoth plays the same on the original and on ours, at the same time, and
// compares what was seen.
func onBoth(t *testing.T, play func(*testing.T, subject) observations) {
	t.Helper()
	var saw [2]observations
	t.Run("play", func(t *testing.T) {
		for k, s := range subjects(t) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				saw[k] = play(t, s)
			})
		}
	})
	if !t.Failed() {
		compare(t, saw[0], saw[1])
	}
}

// begin starts a daemon in dir on a configuration.
func (s subject) begin(t *testing.T, dir, conf string) *instance {
	t.Helper()
	write(t, dir, conf)
	i, err := s.start(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// hurry keeps the daemon busy until the end of the test. The original looks
// after waiting calls, ends and retries only when something happens, or once
// a second.
func (i *instance) hurry(t *testing.T) { i.hurryEvery(t, 10*time.Millisecond) }

// hurryEvery is hurry for tests with many daemons at a time.
func (i *instance) hurryEvery(t *testing.T, period time.Duration) {
	done := make(chan struct{})
	ended := make(chan struct{})
	t.Cleanup(func() { close(done); <-ended })
	go func() {
		defer close(ended)
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-i.done:
				return
			case <-tick.C:
				_, _ = i.call("system.listMethods") // whatever it answers, it has woken
			}
		}
	}()
}

// freePort is one that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}

// until waits for what the daemon will come to.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
