package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// jobLog writes what goes wrong with jobs into the main log. What goes well is
// in the history.
type jobLog struct{ log *slog.Logger }

// lines is how many events may wait to be written.
const lines = 1000

// subscribe begins to listen on bus. The function that it returns writes until
// ctx is over.
func (l jobLog) subscribe(bus *event.Bus) (run func(ctx context.Context)) {
	queue := event.NewQueue(lines)
	cancel := bus.Subscribe(queue, event.JobError, event.JobMissed, event.JobMaxInstances, event.JobLost, event.JobRetried, event.JobParked,
		event.SchedulerStarted, event.SchedulerShutdown, event.SchedulerPaused, event.SchedulerResumed, event.SchedulerClockStepped)
	return func(ctx context.Context) {
		defer cancel()
		for {
			e, dropped, err := queue.Next(ctx)
			if err != nil {
				return
			}
			if dropped > 0 {
				l.log.Warn(fmt.Sprintf("%d lines about jobs are left out", dropped))
			}
			l.write(e)
		}
	}
}

func (l jobLog) write(e event.Event) {
	switch e := e.(type) {
	case schedule.Errored:
		l.log.Error(fmt.Sprintf("job %s: run %s failed: %s", e.Job, e.Run, oneLine(e.Outcome.Error)))
	case schedule.Retried:
		l.log.Warn(fmt.Sprintf("job %s: attempt %d of run %s failed and is tried again at %s: %v", e.Job, e.Attempt, e.Run, e.At.Format(time.RFC3339), oneLine(fmt.Sprint(e.Err))))
	case schedule.Lost:
		l.log.Warn(fmt.Sprintf("job %s: run %s was lost with its node", e.Job, e.Run))
	case schedule.Missed:
		l.log.Warn(fmt.Sprintf("job %s: missed %s", e.Job, missed(e)))
	case schedule.LimitReached:
		l.log.Warn(fmt.Sprintf("job %s: skipped: maximum number of running instances reached", e.Job))
	case schedule.Parked:
		l.log.Error(fmt.Sprintf("job %s cannot be planned: %s", e.Job, oneLine(e.Reason)))
	case schedule.Started:
		l.log.Info("scheduler started")
	case schedule.ShutDown:
		l.log.Info("scheduler stopped")
	case schedule.Paused:
		l.log.Info("scheduler paused")
	case schedule.Resumed:
		l.log.Info("scheduler resumed")
	case schedule.ClockStepped:
		l.log.Warn("the clock was set, or the machine was suspended")
	}
}

// oneLine keeps what a job has written from looking like a line of ours, or from
// steering the terminal of who reads it.
func oneLine(text string) string {
	if !strings.ContainsFunc(text, unicode.IsControl) {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// missed says how many times were missed, since when and why.
func missed(e schedule.Missed) string {
	if e.Skipped.Count <= 1 {
		return fmt.Sprintf("the time %s (%v)", e.Slot.Format(time.RFC3339), e.Skipped.Reason)
	}
	return fmt.Sprintf("%d times from %s to %s (%v)", e.Skipped.Count, e.Skipped.First.Format(time.RFC3339), e.Skipped.Last.Format(time.RFC3339), e.Skipped.Reason)
}
