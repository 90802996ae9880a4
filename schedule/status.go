package schedule

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Status is how a job stands, for people.
type Status struct {
	Job     job.Job
	Store   string
	Running int // runs that are due and in somebody's hands: carried out, or about to be
	Waiting int // runs that wait for their time, a retry or a limit
	// Text is "next run at …", "paused", "due", "parked: …" with the reason, or
	// "waiting: …" with what it waits for, such as "waiting: no node serves
	// function sync".
	Text string
}

// overdueAfter is how late a job is before it is said that nobody serves it.
const overdueAfter = 2 * time.Second

// Status says how a job stands, and if it waits, why.
func (js Jobs) Status(ctx context.Context, id string) (Status, error) {
	k, j, err := js.find(ctx, id)
	if err != nil {
		return Status{}, err
	}
	st := Status{Job: j, Store: k.alias}
	live, err := k.store.Runs(ctx, job.RunFilter{Job: id, Phases: []job.Phase{job.Waiting, job.Running}})
	if err != nil {
		return Status{}, fmt.Errorf("status of job %s: %w", id, err)
	}
	now := k.now()
	unserved, busy := false, false
	for i := range live {
		planned := live[i].Phase == job.Running
		busy = busy || planned
		if planned && !live[i].Due.After(now) {
			st.Running++
			continue
		}
		st.Waiting++
		unserved = unserved || !planned && now.Sub(live[i].Due) > overdueAfter
	}
	st.Text = k.text(j, now, unserved, busy)
	return st, nil
}

// text says in words how a job stands. unserved: a run of it is overdue as well;
// busy: one is carried out, so somebody serves it.
func (k *keeper) text(j job.Job, now time.Time, unserved, busy bool) string {
	late := now.Sub(j.State.Next)
	overdue := unserved || !j.State.Next.IsZero() && late > overdueAfter
	switch {
	case j.State.Parked != "":
		return "parked: " + j.State.Parked
	case overdue && !busy && !k.s.serve(j.Work()):
		return "waiting: no node serves " + needs(j.Work())
	case j.State.Paused:
		return "paused"
	case k.trouble.last() != nil:
		return "waiting: its store is away: " + k.trouble.last().Error()
	case overdue && k.s.State() != Running:
		return "waiting: the scheduler is " + k.s.State().String()
	case j.State.Next.IsZero():
		return "waiting: it has no next time"
	case late >= 0:
		return "due"
	}
	return "next run at " + j.State.Next.Format(time.RFC3339)
}

// serve reports whether s can run w.
func (s *Scheduler) serve(w job.Work) bool { return slices.Contains(s.serves(), w.Needs()) }

// needs says in words what w needs.
func needs(w job.Work) string {
	if w.Policy.Named {
		what := "function " + w.Func
		if w.Executor != Default {
			what += " of executor " + w.Executor
		}
		return what
	}
	return strings.TrimSpace("executor " + w.Executor)
}
