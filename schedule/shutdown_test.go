package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

func TestShutdown(t *testing.T) {
	sleepy := func(w *world) {
		w.add(job.Job{ID: "a", Trigger: in(0), Func: "sleep", Args: json.RawMessage("30s")})
		wait(time.Second)
	}
	t.Run("waits for what runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			w.start()
			sleepy(w)
			began := time.Now()
			if err := w.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			if d := time.Since(began); d < 29*time.Second || d > 30*time.Second {
				t.Errorf("it waited %v", d)
			}
			w.hasHistory("a", "0 ok")
			if got := w.State(); got != schedule.Stopped {
				t.Errorf("state is %v", got)
			}
		})
	})
	t.Run("cancels what runs when its context is over", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			w.start()
			sleepy(w)
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			if err := w.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			w.hasHistory("a", "0 cancelled")
		})
	})
	t.Run("abandons what does not end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			hang := make(chan struct{})
			w.do("hang", func(context.Context, job.Task) error { <-hang; return nil })
			w.start()
			w.add(job.Job{ID: "a", Trigger: in(0), Func: "hang"})
			wait(time.Second)
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := w.Shutdown(ctx); err == nil {
				t.Error("no word of a run that did not end")
			}
			close(hang)
		})
	})
	t.Run("gives planned runs back to the next start", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			w.start()
			w.add(job.Job{ID: "a", Trigger: in(10 * time.Second)})
			wait(9*time.Second + 700*time.Millisecond)
			w.end()
			w.hasHistory("a", "10 waiting")
			wait(time.Minute)
			w.start()
			wait(time.Second)
			w.hasHistory("a", "10 ok")
			w.end()
		})
	})
	t.Run("works from a job", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			w.do("stop", func(ctx context.Context, _ job.Task) error { return w.Shutdown(ctx) })
			w.add(job.Job{ID: "a", Trigger: in(time.Second), Func: "stop"})
			if err := w.Run(t.Context()); err != nil {
				t.Error(err)
			}
			w.hasHistory("a", "1 ok")
		})
	})
	t.Run("of what does not run is an error", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := begin(t, nil)
			for name, err := range map[string]error{"shutdown": w.Shutdown(t.Context()), "pause": w.Pause(), "resume": w.Resume()} {
				if !errors.Is(err, schedule.ErrNotRunning) {
					t.Errorf("%s: %v", name, err)
				}
			}
			w.start()
			if err := w.Start(); !errors.Is(err, schedule.ErrRunning) {
				t.Errorf("second start: %v", err)
			}
			w.end()
		})
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- w.Run(ctx) }()
		wait(time.Second)
		w.add(job.Job{ID: "short", Trigger: in(0), Func: "sleep", Args: json.RawMessage("5s")})
		w.add(job.Job{ID: "long", Trigger: in(0), Func: "sleep", Args: json.RawMessage("1h")})
		wait(time.Second)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		w.hasHistory("short", "1 ok")
		w.hasHistory("long", "1 cancelled")
	})
}

func TestStoresComeAndGo(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		other := newStore()
		if err := w.AddStore("other", other); err != nil {
			t.Fatal(err)
		}
		if err := w.AddStore("other", other); err == nil {
			t.Error("two stores have one name")
		}
		synctest.Wait() // it has claimed, and rests
		_, err := w.In("other").Add(t.Context(), job.Job{ID: "a", Trigger: every{10 * time.Second, second(100)}, Func: "sleep", Args: json.RawMessage("5s")})
		if err != nil {
			t.Fatal(err)
		}
		wait(11 * time.Second)
		w.hasHistory("a", "0 ok", "10 running")
		if err := w.RemoveStore(t.Context(), "other"); err != nil {
			t.Fatal(err)
		}
		if now := since(time.Now()); now < 15 || now > 15.1 {
			t.Errorf("the run was waited for until %v", now)
		}
		wait(time.Minute)
		w.began(begun{"a", 0.005, 0}, begun{"a", 10, 10})
		if err := w.RemoveStore(t.Context(), "other"); !errors.Is(err, schedule.ErrUnknown) {
			t.Errorf("second remove: %v", err)
		}
		if err := w.AddStore("other", other); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		w.hasHistory("a", "0 ok", "10 ok", "20..60 missed x5", "70 running")
	})
}
