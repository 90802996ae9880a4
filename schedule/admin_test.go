package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

func TestAddRefuses(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "taken", Trigger: in(time.Hour)})
		for _, c := range []struct {
			name string
			job  job.Job
			want error
			text string
		}{
			{"a taken ID", job.Job{ID: "taken", Trigger: in(time.Hour)}, job.ErrExists,
				"Job identifier (taken) conflicts with an existing job"},
			{"a trigger that has ended", job.Job{ID: "a", Trigger: every{time.Second, second(-10)}}, schedule.ErrEnded,
				"job a: its trigger has no next time: every 1s"},
			{"an unknown executor", job.Job{ID: "a", Trigger: in(time.Hour), Executor: "gpu"}, schedule.ErrUnknown,
				`job a: executor "gpu" is not known: there are "default"`},
			{"no trigger", job.Job{ID: "a"}, nil, "job a: it has no trigger"},
			{"a group without a limit", job.Job{ID: "a", Trigger: in(time.Hour), Policy: job.Policy{Group: "g"}}, nil,
				`job a: the limit of its group "g" is below 1`},
		} {
			_, err := w.Add(t.Context(), c.job)
			if err == nil || err.Error() != c.text || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %s", c.name, err, c.text)
			}
		}
		_, err := w.In("redis").Add(t.Context(), job.Job{ID: "a", Trigger: in(time.Hour)})
		if want := `store "redis" is not known: there are "default"`; !errors.Is(err, schedule.ErrUnknown) || err.Error() != want {
			t.Errorf("unknown store: %v, want %s", err, want)
		}
	})
}

func TestLookupsOfWhatIsNotThere(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		ctx := t.Context()
		for name, call := range map[string]func() error{
			"Get":        func() error { _, err := w.Get(ctx, "x"); return err },
			"Remove":     func() error { return w.Remove(ctx, "x") },
			"PauseJob":   func() error { _, err := w.PauseJob(ctx, "x"); return err },
			"ResumeJob":  func() error { _, err := w.ResumeJob(ctx, "x"); return err },
			"Reschedule": func() error { _, err := w.Reschedule(ctx, "x", in(time.Hour)); return err },
			"RunNow":     func() error { _, err := w.RunNow(ctx, "x"); return err },
			"Status":     func() error { _, err := w.Status(ctx, "x"); return err },
			"Replace":    func() error { _, err := w.Replace(ctx, job.Job{ID: "x", Trigger: in(time.Hour)}); return err },
		} {
			err := call()
			if !errors.Is(err, job.ErrNotFound) || err.Error() != "No job by the id of x was found" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := w.CancelRun(ctx, "x@1"); !errors.Is(err, job.ErrNotFound) {
			t.Errorf("CancelRun: %v", err)
		}
	})
}

func TestAJobGetsWhatWasLeftOut(t *testing.T) {
	defaults := job.Policy{Grace: time.Minute, MaxInstances: 3, Coalesce: job.All}
	bubble(t, func(o *schedule.Options) { o.Defaults = defaults }, func(t *testing.T, w *world) {
		j := w.add(job.Job{Trigger: in(time.Hour)})
		if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(j.ID) {
			t.Errorf("ID is %q, want 32 hex digits", j.ID)
		}
		if j.Executor != schedule.Default || j.Policy != defaults {
			t.Errorf("executor %q, policy %+v", j.Executor, j.Policy)
		}
		own := w.add(job.Job{Trigger: in(time.Hour), Policy: job.Policy{Timeout: time.Second}})
		if own.Policy.Grace != 0 {
			t.Errorf("a policy of its own was mixed with the defaults: %+v", own.Policy)
		}
	})
}

func TestConflict(t *testing.T) {
	hourly, daily := every{period: time.Hour}, every{period: 24 * time.Hour}
	for _, c := range []struct {
		name     string
		on       schedule.Conflict
		again    job.Job
		paused   bool
		wantNext time.Time
		wantFunc string
		wantLive bool
	}{
		{"keep", schedule.Keep, job.Job{Trigger: daily, Func: "new"}, false, second(1800), "old", true},
		{"replace", schedule.Replace, job.Job{Trigger: hourly, Func: "new"}, false, second(3600), "new", true},
		{"replace ends a pause", schedule.Replace, job.Job{Trigger: hourly, Func: "new"}, true, second(3600), "new", true},
		{"declare, same trigger", schedule.Declare, job.Job{Trigger: hourly, Func: "new"}, false, second(1800), "new", true},
		{"declare, other trigger", schedule.Declare, job.Job{Trigger: daily, Func: "new"}, false, second(86400), "new", true},
		{"declare keeps a pause", schedule.Declare, job.Job{Trigger: daily, Func: "new"}, true, time.Time{}, "new", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, w *world) {
				// Its first time was set by hand, so it tells whether it was kept.
				w.add(job.Job{ID: "a", Trigger: hourly, Func: "old", State: job.State{Next: second(1800)}})
				if c.paused {
					if _, err := w.PauseJob(t.Context(), "a"); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				c.again.ID = "a"
				if _, err := w.Add(t.Context(), c.again, c.on); err != nil {
					t.Fatal(err)
				}
				got, err := w.Get(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				if !got.State.Next.Equal(c.wantNext) || got.Func != c.wantFunc || got.State.Paused == c.wantLive {
					t.Errorf("next %v, func %s, paused %v", got.State.Next, got.Func, got.State.Paused)
				}
			})
		})
	}
}

func TestDeclaringWhatIsThereWritesNothing(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		j := job.Job{ID: "a", Trigger: every{period: time.Hour}, Metadata: map[string]string{"team": "ops"}}
		w.add(j)
		before, err := w.Get(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(90 * time.Minute)
		synctest.Wait()
		before, _ = w.Get(t.Context(), "a")
		if _, err := w.Add(t.Context(), j, schedule.Declare); err != nil {
			t.Fatal(err)
		}
		after, _ := w.Get(t.Context(), "a")
		if before.State != after.State {
			t.Errorf("state was %+v, is %+v", before.State, after.State)
		}
	})
}

func TestAddManyAnswersForEach(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "b", Trigger: in(time.Hour)})
		jobs := []job.Job{
			{ID: "a", Trigger: in(time.Second)}, {ID: "b", Trigger: in(time.Second)},
			{ID: "c"}, {ID: "d", Trigger: in(time.Second)},
		}
		errs, err := w.AddMany(t.Context(), jobs)
		if err != nil {
			t.Fatal(err)
		}
		for i, bad := range []bool{false, true, true, false} {
			if (errs[i] != nil) != bad {
				t.Errorf("%s: %v", jobs[i].ID, errs[i])
			}
		}
		wait(2 * time.Second)
		w.hasHistory("a", "1 ok")
		w.hasHistory("d", "1 ok")
		if errs, err := w.AddMany(t.Context(), []job.Job{{ID: "b", Trigger: in(time.Minute)}}, schedule.Replace); errs != nil || err != nil {
			t.Errorf("replace: %v, %v", errs, err)
		}
	})
}

func TestChangesOfAJob(t *testing.T) {
	minutely := every{period: time.Minute}
	for _, c := range []struct {
		name   string
		change func(ctx context.Context, w *world) error
		want   []begun // after 150 s
	}{
		{"pause", func(ctx context.Context, w *world) error { _, err := w.PauseJob(ctx, "a"); return err }, nil},
		{"pause and resume", func(ctx context.Context, w *world) error {
			if _, err := w.PauseJob(ctx, "a"); err != nil {
				return err
			}
			time.Sleep(90 * time.Second)
			_, err := w.ResumeJob(ctx, "a")
			return err
		}, []begun{{"a", 180, 180}, {"a", 240, 240}}},
		{"reschedule", func(ctx context.Context, w *world) error {
			_, err := w.Reschedule(ctx, "a", every{period: 100 * time.Second})
			return err
		}, []begun{{"a", 100, 100}, {"a", 200, 200}}},
		{"another first time", func(ctx context.Context, w *world) error {
			_, err := w.Modify(ctx, "a", func(j *job.Job) error { j.State.Next = second(90); return nil })
			return err
		}, []begun{{"a", 90, 90}, {"a", 120, 120}, {"a", 180, 180}}},
		{"a change that fails changes nothing", func(ctx context.Context, w *world) error {
			_, err := w.Modify(ctx, "a", func(j *job.Job) error { j.Func = "fail"; return context.Canceled })
			if !errors.Is(err, context.Canceled) {
				return errors.New("the error of the change got lost")
			}
			return nil
		}, []begun{{"a", 60, 60}, {"a", 120, 120}, {"a", 180, 180}}},
		{"remove", func(ctx context.Context, w *world) error { return w.Remove(ctx, "a") }, nil},
		{"remove all", func(ctx context.Context, w *world) error { return w.RemoveAll(ctx) }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Half a second before it is due, the run is planned already.
			bubble(t, nil, func(t *testing.T, w *world) {
				w.add(job.Job{ID: "a", Trigger: minutely, State: job.State{Next: second(60)}})
				wait(59*time.Second + 800*time.Millisecond)
				if err := c.change(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				wait(150 * time.Second)
				w.began(c.want...)
			})
		})
	}
}

func TestAChangeReachesARunThatIsPlanned(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		var mu sync.Mutex
		var args []string
		w.do("note", func(_ context.Context, task job.Task) error {
			mu.Lock()
			defer mu.Unlock()
			args = append(args, string(task.Run.Work.Args))
			return nil
		})
		w.add(job.Job{ID: "a", Trigger: in(time.Minute), Func: "note", Args: json.RawMessage("1")})
		w.add(job.Job{ID: "b", Trigger: every{period: time.Minute}, State: job.State{Next: second(60)}, Func: "note", Args: json.RawMessage("1")})
		wait(59*time.Second + 800*time.Millisecond)
		_, err := w.Modify(t.Context(), "b", func(j *job.Job) error { j.Args = json.RawMessage("2"); return nil })
		if err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if diff := cmp.Diff([]string{"1", "2"}, args, cmp.Transformer("sort", sorted)); diff != "" {
			t.Errorf("arguments (-want +got):\n%s", diff)
		}
	})
}

func TestRunNow(t *testing.T) {
	bubble(t, nil, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "a", Trigger: in(time.Hour), Func: "sleep", Args: json.RawMessage("10s"), Policy: job.Policy{Grace: time.Second}})
		time.Sleep(time.Minute)
		first, err := w.RunNow(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if _, err := w.RunNow(t.Context(), "a"); err != nil { // waits for the first one, longer than its grace
			t.Fatal(err)
		}
		wait(time.Minute)
		got := w.exec.took()
		if len(got) != 2 || got[0].At-60 > 0.1 || got[1].At-70 > 0.1 {
			t.Errorf("began %v", got)
		}
		w.hasHistory("a", "60 ok", "61 ok")
		if !regexp.MustCompile(`^a~[0-9A-Z]{26}$`).MatchString(first.ID) {
			t.Errorf("the run is called %s", first.ID)
		}
		j, _ := w.Get(t.Context(), "a")
		if !j.State.Next.Equal(second(3600)) {
			t.Errorf("next is %v", j.State.Next)
		}
	})
}

func TestStatusSaysWhyAJobWaits(t *testing.T) {
	withFuncs := func(o *schedule.Options) {
		o.Executors = map[string]job.Executor{"funcs": named{o.Executor, []string{"known"}}}
	}
	bubble(t, withFuncs, func(t *testing.T, w *world) {
		w.add(job.Job{ID: "later", Trigger: in(time.Hour)})
		w.add(job.Job{ID: "gone", Trigger: in(time.Second), Executor: "funcs", Func: "x"})
		w.add(job.Job{ID: "known", Trigger: in(time.Second), Executor: "funcs", Func: "known"})
		w.add(job.Job{ID: "broken", Trigger: broken{}})
		w.add(job.Job{ID: "paused", Trigger: in(time.Hour), State: job.State{Paused: true}})
		wait(10 * time.Second)
		w.hasHistory("known", "1 ok")
		for id, want := range map[string]string{
			"later":  "next run at 2000-01-01T01:00:00Z",
			"gone":   "waiting: no node serves function x of executor funcs",
			"broken": "parked: its trigger panics: out of order",
			"paused": "paused",
		} {
			st, err := w.Status(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if st.Text != want || st.Store != schedule.Default {
				t.Errorf("%s: %q in %s, want %q", id, st.Text, st.Store, want)
			}
		}
	})
}

func sorted(s []string) map[string]int {
	m := map[string]int{}
	for _, x := range s {
		m[x]++
	}
	return m
}

// named is an executor with names.
type named struct {
	job.Executor
	names []string
}

func (n named) Names() []string { return n.names }

// broken is a trigger that panics after its first slot.
type broken struct{}

func (broken) Next(prev, now time.Time) time.Time {
	if prev.IsZero() {
		return now.Add(time.Second)
	}
	panic("out of order")
}

func (broken) String() string { return "broken" }
