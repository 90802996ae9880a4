package service_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// What users of APScheduler are told of coalesce, misfire_grace_time and
// max_instances, held to the words of a configuration. The job is due every ten
// seconds, and the daemon was away while ten times went by, the newest of them less
// than a second ago.
func TestLateRunsFollowTheWordsOfTheFile(t *testing.T) {
	for _, c := range []struct {
		name, defaults, job string
		ran, missed         int
	}{
		{"coalesce = true runs the last one only", "coalesce = true", "", 1, 9},
		{"coalesce = false runs all that have piled up", "coalesce = false", "", 10, 0},
		{"misfire_grace_time compares how late each is", "coalesce = false\nmisfire_grace_time = 30", "", 3, 7},
		{"one second of grace", "coalesce = false\nmisfire_grace_time = 1", "", 1, 9},
		{"a job may have its own, over the defaults of all", "coalesce = true\nmisfire_grace_time = 1", "coalesce = false\nmisfire_grace_time = 30", 3, 7},
		{"all that are owed count as one instance", "coalesce = false\nmax_instances = 1", "", 10, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(memory.Options{})
				text := files(t, "[job:j]\ntrigger = interval\nseconds = 10\nstart_date = now\nend_date = +1000s\ncommand = x\n"+c.job+"\n", c.defaults)
				first := newJobDaemon(t, "a", store, &notes{}, text)
				time.Sleep(time.Second)
				before, _ := outcomes(t, first)
				stopJobs(t, first)
				time.Sleep(99*time.Second + 500*time.Millisecond)
				second := newJobDaemon(t, "a", store, &notes{}, text)
				time.Sleep(time.Second)
				ran, missed := outcomes(t, second)
				if ran -= before; ran != c.ran || missed != c.missed {
					t.Errorf("%d ran and %d were missed, want %d and %d", ran, missed, c.ran, c.missed)
				}
				// What is taken off the queue is the late run, not the job.
				info, err := second.Get(t.Context(), service.Ref{ID: "j"})
				if err != nil || info.Job.State.Next.IsZero() {
					t.Errorf("the job is %+v, %v", info.Job.State, err)
				}
			})
		})
	}
}

// stopJobs shuts the scheduler down as a daemon does.
func stopJobs(t *testing.T, d *jobDaemon) {
	t.Helper()
	if err := d.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// outcomes are how many runs have succeeded, and how many times were missed.
func outcomes(t *testing.T, d *jobDaemon) (ran, missed int) {
	t.Helper()
	runs, err := d.Runs(t.Context(), service.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		switch r.Run.Outcome.Kind {
		case job.Succeeded:
			ran++
		case job.Missed:
			missed += max(1, r.Run.Skipped.Count)
		}
	}
	return ran, missed
}

// long is an executor whose runs take a minute, and the most that there were at
// a time.
type long struct{ now, most atomic.Int64 }

func (l *long) Execute(ctx context.Context, _ job.Task) (json.RawMessage, error) {
	defer l.now.Add(-1)
	l.most.Store(max(l.most.Load(), l.now.Add(1)))
	select {
	case <-time.After(time.Minute):
	case <-ctx.Done():
	}
	return nil, ctx.Err()
}

// TestMaxInstancesIsHowManyRunAtATime: what has no room then is skipped, and
// the history says why.
func TestMaxInstancesIsHowManyRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &long{}
		text := files(t, "[job:j]\ntrigger = interval\nseconds = 10\nstart_date = now\ncommand = x\n", "max_instances = 2")
		d := newJobDaemonWith(t, "a", memory.New(memory.Options{}), &notes{}, text, e)
		time.Sleep(45 * time.Second)
		if most := e.most.Load(); most != 2 {
			t.Errorf("%d ran at a time, want 2", most)
		}
		_, missed := outcomes(t, d)
		if missed != 3 {
			t.Errorf("%d were skipped, want 3", missed)
		}
		runs, err := d.Runs(t.Context(), service.RunFilter{RunFilter: job.RunFilter{Kinds: []job.OutcomeKind{job.Missed}}})
		if err != nil || len(runs) == 0 || !strings.Contains(runs[0].Run.Outcome.Error, "as many instances as may live were living") {
			t.Errorf("the history has %d rows that say something else, %v", len(runs), err)
		}
	})
}

// TestPausedSchedulerBeginsNothing: paused = true, pause and resume.
func TestPausedSchedulerBeginsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text := files(t, "[job:j]\ntrigger = interval\nseconds = 10\nstart_date = now\ncommand = x\n", "paused = true")
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, text)
		time.Sleep(35 * time.Second)
		if ran, _ := outcomes(t, d); ran != 0 || d.Status(t.Context()).State != schedule.Pausing {
			t.Errorf("%d ran in state %v", ran, d.Status(t.Context()).State)
		}
		if err := d.ResumeAll(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		ran, _ := outcomes(t, d)
		if ran < 2 {
			t.Errorf("%d ran after it was resumed", ran)
		}
		if err := d.PauseAll(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		before, _ := outcomes(t, d)
		time.Sleep(35 * time.Second)
		if ran, _ := outcomes(t, d); ran != before {
			t.Errorf("%d ran while it was paused again", ran-before)
		}
	})
}
