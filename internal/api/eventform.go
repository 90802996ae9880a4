package api

import (
	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// weight is about how many bytes an event keeps from being freed.
func weight(e event.Event) int {
	switch e := e.(type) {
	case supervise.Output:
		return len(e.Data)
	case supervise.Communication:
		return len(e.Data)
	case event.Remote:
		return len(e.Kind) + len(e.Data)
	case schedule.Executed:
		return len(e.Outcome.Detail) + len(e.Outcome.Result)
	case schedule.Errored:
		return len(e.Outcome.Detail) + len(e.Outcome.Result)
	}
	return 0
}

// eventOf is the JSON form of an event.
func eventOf(n numbered, id string) api.Event {
	out := api.Event{ID: id, At: n.at.UTC(), Type: n.EventType().String()}
	switch e := n.Event.(type) {
	case supervise.StateChanged:
		out.Process = &api.ProcessEvent{
			Process: processID(e.Group, e.Process), From: e.From.String(), To: e.To.String(), PID: e.PID, Tries: e.Tries, Expected: e.Expected,
		}
	case supervise.Output:
		out.Output = outputOf(e.Group, e.Process, e.PID, e.Stderr, e.Data)
	case supervise.Communication:
		out.Output = outputOf(e.Group, e.Process, e.PID, e.Stderr, e.Data)
	case event.GroupChanged:
		out.Group = e.Group
	case event.Remote:
		out.Remote = &api.RemoteEvent{Kind: e.Kind, Data: e.Data}
	case event.Ticked:
		out.Tick = timeOf(e.When)
	default:
		scheduleForm(&out, e)
	}
	return out
}

func outputOf(group, process string, pid int, stderr bool, data []byte) *api.OutputEvent {
	stream := "stdout"
	if stderr {
		stream = "stderr"
	}
	return &api.OutputEvent{Process: processID(group, process), PID: pid, Stream: stream, Data: string(data)}
}

// scheduleForm is the form of what happens to executors, stores and jobs.
// Events that are only a type have no more to tell.
func scheduleForm(out *api.Event, e event.Event) {
	switch e := e.(type) {
	case schedule.ExecutorAdded:
		out.Alias = e.Alias
	case schedule.ExecutorRemoved:
		out.Alias = e.Alias
	case schedule.StoreAdded:
		out.Store = &api.StoreEvent{JobStore: e.Alias}
	case schedule.StoreRemoved:
		out.Store = &api.StoreEvent{JobStore: e.Alias}
	case schedule.StoreTrouble:
		out.Store = &api.StoreEvent{JobStore: e.Alias, Error: text(e.Err)}
	case schedule.StoreRecovered:
		out.Store = &api.StoreEvent{JobStore: e.Alias, Since: timeOf(e.Since)}
	case schedule.AllRemoved:
		out.Store = &api.StoreEvent{JobStore: e.Store}
	case schedule.Added:
		out.Job = jobEvent(e.Subject)
	case schedule.Removed:
		out.Job = jobEvent(e.Subject)
	case schedule.Modified:
		out.Job = jobEvent(e.Subject)
	case schedule.Parked:
		out.Job = jobEvent(e.Subject)
		out.Job.Reason = e.Reason
	default:
		runForm(out, e)
	}
}

// runForm is the form of what happens to runs.
func runForm(out *api.Event, e event.Event) {
	switch e := e.(type) {
	case schedule.Executed:
		out.Run = ended(e.RunEvent, e.Outcome)
	case schedule.Errored:
		out.Run = ended(e.RunEvent, e.Outcome)
	case schedule.Cancelled:
		out.Run = ended(e.RunEvent, e.Outcome)
	case schedule.Missed:
		out.Run = skipped(e.RunEvent, e.Skipped)
	case schedule.LimitReached:
		out.Run = skipped(e.RunEvent, e.Skipped)
	case schedule.Submitted:
		out.Run = runEvent(e.RunEvent)
	case schedule.RunStarted:
		out.Run = runEvent(e.RunEvent)
		out.Run.Attempt = e.Attempt
	case schedule.Late:
		out.Run = runEvent(e.RunEvent)
		out.Run.Late = e.By.Seconds()
	case schedule.Retried:
		out.Run = runEvent(e.RunEvent)
		out.Run.Attempt, out.Run.Error, out.Run.Next = e.Attempt, text(e.Err), timeOf(e.At)
	case schedule.Lost:
		out.Run = runEvent(e.RunEvent)
		out.Run.Next = timeOf(e.At)
	}
}

func jobEvent(s schedule.Subject) *api.JobEvent { return &api.JobEvent{Job: s.Job, JobStore: s.Store} }

func runEvent(e schedule.RunEvent) *api.RunEvent {
	return &api.RunEvent{Run: e.Run, Job: e.Job, JobStore: e.Store, ScheduledAt: e.Slot.UTC()}
}

func ended(e schedule.RunEvent, o job.Outcome) *api.RunEvent {
	run := runEvent(e)
	run.Outcome, run.Error = o.Kind.String(), o.Error
	return run
}

func skipped(e schedule.RunEvent, s job.Skipped) *api.RunEvent {
	run := runEvent(e)
	run.Skipped = &api.Skipped{First: s.First.UTC(), Last: s.Last.UTC(), Count: s.Count, Reason: s.Reason.String()}
	return run
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
