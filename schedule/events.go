package schedule

import (
	"context"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// The events of a Scheduler. Those that APScheduler has carry its number
// (Code), for those who port a mask or a log.

// Coded is an event that APScheduler 3 has too.
type Coded interface {
	event.Event
	// Code is its number there, one bit of 17.
	Code() int
}

// Started says that the scheduler has started.
type Started struct{}

// ShutDown says that the scheduler has stopped: no run of it lives.
type ShutDown struct{}

// Paused says that the scheduler begins nothing until it is resumed.
type Paused struct{}

// Resumed says that the scheduler goes on.
type Resumed struct{}

// ClockStepped says that the clock was set, or the machine was suspended.
type ClockStepped struct{}

// ExecutorAdded says that runs may now go to the executor.
type ExecutorAdded struct{ Alias string }

// ExecutorRemoved says that no more runs go to the executor.
type ExecutorRemoved struct{ Alias string }

// StoreAdded says that the jobs of the store are run now.
type StoreAdded struct{ Alias string }

// StoreRemoved says that the jobs of the store are left alone now.
type StoreRemoved struct{ Alias string }

// StoreTrouble says that a store does not answer as it should. It is tried
// again, ever more rarely, and Recovered says when it answers.
type StoreTrouble struct {
	Alias string
	Err   error
}

// StoreRecovered says that a store that was away since the given time is back.
type StoreRecovered struct {
	Alias string
	Since time.Time
}

// AllRemoved says that all jobs of a store were removed.
type AllRemoved struct{ Store string }

// Subject names a job, and where it is kept.
type Subject struct {
	Store string
	Job   string // its ID
}

// Added says that a job was added, or replaced by the same call.
type Added struct{ Subject }

// Removed says that a job was removed by somebody, or has no next time.
type Removed struct{ Subject }

// Modified says that somebody changed a job. What the scheduler itself writes
// is no change.
type Modified struct{ Subject }

// Parked says that a job cannot be planned, and why. It stays in its store.
type Parked struct {
	Subject
	Reason string
}

// RunEvent is what all events of runs have.
type RunEvent struct {
	Subject
	Run  string    // its ID
	Slot time.Time // its scheduled time
}

// Executed says that a run has succeeded.
type Executed struct {
	RunEvent
	Outcome job.Outcome
}

// Errored says that a run has failed and is not tried again.
type Errored struct {
	RunEvent
	Outcome job.Outcome
	Err     error // as the executor returned it
}

// Missed says that slots were skipped; LimitReached is used when the reason
// is a limit.
type Missed struct {
	RunEvent
	Skipped job.Skipped
}

// Submitted says that a run waits for a worker of its executor.
type Submitted struct{ RunEvent }

// LimitReached says that slots were skipped since as many runs lived as may.
type LimitReached struct {
	RunEvent
	Skipped job.Skipped
}

// RunStarted says that a worker begins an attempt.
type RunStarted struct {
	RunEvent
	Attempt int
}

// Late says that a run begins, but later than Options.Late after it was due.
type Late struct {
	RunEvent
	By time.Duration
}

// Retried says that an attempt failed and when there is another.
type Retried struct {
	RunEvent
	Attempt int // that failed
	Err     error
	At      time.Time
}

// Lost says that the scheduler of a run died or was cut off; At is when it is
// run again, zero if it is not.
type Lost struct {
	RunEvent
	At time.Time
}

// Cancelled says that a run was ended by somebody's wish.
type Cancelled struct {
	RunEvent
	Outcome job.Outcome
}

// EventType implements event.Event.
func (Started) EventType() event.Type { return event.SchedulerStarted }

// EventType implements event.Event.
func (ShutDown) EventType() event.Type { return event.SchedulerShutdown }

// EventType implements event.Event.
func (Paused) EventType() event.Type { return event.SchedulerPaused }

// EventType implements event.Event.
func (Resumed) EventType() event.Type { return event.SchedulerResumed }

// EventType implements event.Event.
func (ClockStepped) EventType() event.Type { return event.SchedulerClockStepped }

// EventType implements event.Event.
func (ExecutorAdded) EventType() event.Type { return event.ExecutorAdded }

// EventType implements event.Event.
func (ExecutorRemoved) EventType() event.Type { return event.ExecutorRemoved }

// EventType implements event.Event.
func (StoreAdded) EventType() event.Type { return event.JobStoreAdded }

// EventType implements event.Event.
func (StoreRemoved) EventType() event.Type { return event.JobStoreRemoved }

// EventType implements event.Event.
func (StoreTrouble) EventType() event.Type { return event.JobStoreTrouble }

// EventType implements event.Event.
func (StoreRecovered) EventType() event.Type { return event.JobStoreRecovered }

// EventType implements event.Event.
func (AllRemoved) EventType() event.Type { return event.AllJobsRemoved }

// EventType implements event.Event.
func (Added) EventType() event.Type { return event.JobAdded }

// EventType implements event.Event.
func (Removed) EventType() event.Type { return event.JobRemoved }

// EventType implements event.Event.
func (Modified) EventType() event.Type { return event.JobModified }

// EventType implements event.Event.
func (Parked) EventType() event.Type { return event.JobParked }

// EventType implements event.Event.
func (Executed) EventType() event.Type { return event.JobExecuted }

// EventType implements event.Event.
func (Errored) EventType() event.Type { return event.JobError }

// EventType implements event.Event.
func (Missed) EventType() event.Type { return event.JobMissed }

// EventType implements event.Event.
func (Submitted) EventType() event.Type { return event.JobSubmitted }

// EventType implements event.Event.
func (LimitReached) EventType() event.Type { return event.JobMaxInstances }

// EventType implements event.Event.
func (RunStarted) EventType() event.Type { return event.JobStarted }

// EventType implements event.Event.
func (Late) EventType() event.Type { return event.JobLate }

// EventType implements event.Event.
func (Retried) EventType() event.Type { return event.JobRetried }

// EventType implements event.Event.
func (Lost) EventType() event.Type { return event.JobLost }

// EventType implements event.Event.
func (Cancelled) EventType() event.Type { return event.JobCancelled }

// Code implements Coded: EVENT_SCHEDULER_STARTED.
func (Started) Code() int { return 1 }

// Code implements Coded: EVENT_SCHEDULER_SHUTDOWN.
func (ShutDown) Code() int { return 2 }

// Code implements Coded: EVENT_SCHEDULER_PAUSED.
func (Paused) Code() int { return 4 }

// Code implements Coded: EVENT_SCHEDULER_RESUMED.
func (Resumed) Code() int { return 8 }

// Code implements Coded: EVENT_EXECUTOR_ADDED.
func (ExecutorAdded) Code() int { return 16 }

// Code implements Coded: EVENT_EXECUTOR_REMOVED.
func (ExecutorRemoved) Code() int { return 32 }

// Code implements Coded: EVENT_JOBSTORE_ADDED.
func (StoreAdded) Code() int { return 64 }

// Code implements Coded: EVENT_JOBSTORE_REMOVED.
func (StoreRemoved) Code() int { return 128 }

// Code implements Coded: EVENT_ALL_JOBS_REMOVED.
func (AllRemoved) Code() int { return 256 }

// Code implements Coded: EVENT_JOB_ADDED.
func (Added) Code() int { return 512 }

// Code implements Coded: EVENT_JOB_REMOVED.
func (Removed) Code() int { return 1024 }

// Code implements Coded: EVENT_JOB_MODIFIED.
func (Modified) Code() int { return 2048 }

// Code implements Coded: EVENT_JOB_EXECUTED.
func (Executed) Code() int { return 4096 }

// Code implements Coded: EVENT_JOB_ERROR.
func (Errored) Code() int { return 8192 }

// Code implements Coded: EVENT_JOB_MISSED.
func (Missed) Code() int { return 16384 }

// Code implements Coded: EVENT_JOB_SUBMITTED.
func (Submitted) Code() int { return 32768 }

// Code implements Coded: EVENT_JOB_MAX_INSTANCES.
func (LimitReached) Code() int { return 65536 }

// listenerBacklog is how many events a listener may be behind before it loses
// the oldest.
const listenerBacklog = 10_000

// On calls f with each event of f's type, in order, on a goroutine of its own:
// f may take its time and may call the scheduler. A listener that falls more
// than 10,000 events behind loses the oldest of them. stop ends it, after what
// has happened already was delivered.
//
//	stop := schedule.On(s.Bus(), func(e schedule.Executed) { fmt.Println(e.Job) })
func On[E event.Event](bus *event.Bus, f func(E)) (stop func()) {
	var kind E
	q := event.NewQueue(listenerBacklog)
	unsubscribe := bus.Subscribe(q, kind.EventType())
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for {
			e, _, err := q.Next(ctx)
			if err != nil {
				return
			}
			if e, ok := e.(E); ok {
				f(e)
			}
		}
	}()
	return func() {
		unsubscribe()
		cancel()
	}
}
