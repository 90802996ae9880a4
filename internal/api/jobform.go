package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// jobOf is the JSON form of a job.
func jobOf(i *service.JobInfo) api.Job {
	j := &i.Job
	return api.Job{
		ID:         j.ID,
		Name:       j.Name,
		JobStore:   i.Store,
		Executor:   j.Executor,
		Trigger:    api.Trigger{Text: triggerText(j.Trigger), Description: trigger.Describe(j.Trigger)},
		Source:     string(i.Source),
		DeclaredBy: i.Daemons,
		Func:       j.Func,
		Args:       jobspec.PublicArgs(*j),
		Options:    i.Options,
		Policy:     policyOf(j.Policy),
		Metadata:   jobspec.Metadata(*j),
		State:      stateOf(i),
		Status:     statusOf(i),
		Next:       timeOf(j.State.Next),
		Slot:       timeOf(j.State.Slot),
		Last:       timeOf(j.State.Last),
		Running:    i.Running,
		Waiting:    i.Waiting,
		Revision:   j.State.Rev,
	}
}

func triggerText(t trigger.Trigger) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// stateOf is the word of a job's state: how the sentence about it begins.
func stateOf(i *service.JobInfo) string {
	for _, state := range []string{api.JobPaused, api.JobParked, api.JobWaiting, api.JobDue} {
		if word, _, _ := strings.Cut(i.Text, ":"); word == state {
			return state
		}
	}
	return api.JobScheduled
}

// statusOf is how a job stands, without what the driver of its store says: that
// may have its address in it, and a password in that. See detailOf.
func statusOf(i *service.JobInfo) string {
	const away = "waiting: its store is away"
	if strings.HasPrefix(i.Text, away) {
		return away
	}
	return i.Text
}

// usualPriority is the priority of a section that names none; lower ones begin
// earlier in the words of the configuration, and greater ones in those of
// package job.
const usualPriority = 999

func policyOf(p job.Policy) api.Policy {
	concurrency := ""
	if p.Group != "" {
		concurrency = fmt.Sprintf("%s:%d", p.Group, p.GroupLimit)
	}
	return api.Policy{
		Coalesce:     p.Coalesce.String(),
		Grace:        p.Grace.Seconds(),
		MaxInstances: max(p.MaxInstances, 1),
		Overlap:      p.Overlap.String(),
		Timeout:      p.Timeout.Seconds(),
		Retries:      p.Retry.Max,
		RetryDelay:   p.Retry.Delay.Seconds(),
		RetryBackoff: p.Retry.Factor,
		RetryMax:     p.Retry.Limit.Seconds(),
		OnLost:       p.OnLost.String(),
		Priority:     usualPriority - p.Priority,
		Concurrency:  concurrency,
	}
}

// runOf is the JSON form of a run.
func runOf(i *service.RunInfo, now time.Time) api.Run {
	r := i.Present(now)
	_, manual := strings.CutPrefix(r.ID, r.Job+"~")
	run := api.Run{
		ID:          r.ID,
		Job:         r.Job,
		JobStore:    i.Store,
		Manual:      manual,
		Phase:       r.Phase.String(),
		Cancel:      r.Cancel,
		ScheduledAt: r.Slot.UTC(),
		DueAt:       timeOf(r.Due),
		StartedAt:   timeOf(r.Started),
		FinishedAt:  timeOf(r.Outcome.Finished),
		Attempt:     r.Attempt,
		Node:        r.Owner.Node,
		Token:       r.Owner.Token,
		Error:       r.Outcome.Error,
		Detail:      r.Outcome.Detail,
		Result:      r.Outcome.Result,
		Func:        r.Work.Func,
		HasLog:      i.HasLog,
	}
	if r.Outcome.Kind != job.None {
		run.Outcome = r.Outcome.Kind.String()
	}
	timing(&run, r)
	commandResult(&run, r)
	for _, a := range r.Attempts {
		run.Attempts = append(run.Attempts, api.Attempt{
			Number: a.Number, Node: a.Owner.Node, Token: a.Owner.Token,
			StartedAt: timeOf(a.Started), FinishedAt: timeOf(a.Finished), Outcome: a.Kind.String(), Error: a.Error,
		})
	}
	if s := r.Skipped; s.Count > 0 {
		run.Skipped = &api.Skipped{First: s.First.UTC(), Last: s.Last.UTC(), Count: s.Count, Reason: s.Reason.String()}
	}
	return run
}

// timing is how long the last attempt took, and how late it began.
func timing(run *api.Run, r *job.Run) {
	if r.Started.IsZero() {
		return
	}
	run.Late = max(0, r.Started.Sub(r.Due).Seconds())
	if !r.Outcome.Finished.IsZero() {
		run.Duration = max(0, r.Outcome.Finished.Sub(r.Started).Seconds())
	}
}

// commandResult is how the process of a command ended. What a function
// returns may have any form.
func commandResult(run *api.Run, r *job.Run) {
	if r.Work.Policy.Named || len(r.Outcome.Result) == 0 {
		return
	}
	var result struct {
		Exit   *int   `json:"exit"`
		Signal string `json:"signal"`
	}
	if json.Unmarshal(r.Outcome.Result, &result) != nil {
		return // none of a command
	}
	if run.Signal = result.Signal; run.Signal == "" {
		run.Exit = result.Exit
	}
}
