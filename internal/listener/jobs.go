package listener

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// jobPayload is the text of an event of the scheduler: a line of words, as
// they stand in Supervisor's own payloads, and after it, for some, data.
// docs/event-listeners.md promises them.
func jobPayload(e event.Event) string {
	w := &words{}
	if coded, ok := e.(schedule.Coded); ok {
		w.number("code", coded.Code())
	}
	data := w.scheduler(e)
	return w.line() + valid(data)
}

// scheduler has the words of events that are about no job.
func (w *words) scheduler(e event.Event) (data string) {
	switch e := e.(type) {
	case schedule.ExecutorAdded:
		w.text("executor", e.Alias)
	case schedule.ExecutorRemoved:
		w.text("executor", e.Alias)
	case schedule.StoreAdded:
		w.text("jobstore", e.Alias)
	case schedule.StoreRemoved:
		w.text("jobstore", e.Alias)
	case schedule.StoreTrouble:
		w.text("jobstore", e.Alias)
		return errorText(e.Err)
	case schedule.StoreRecovered:
		w.text("jobstore", e.Alias)
		w.time("since", e.Since)
	case schedule.AllRemoved:
		w.text("jobstore", e.Store)
	default:
		return w.jobs(e)
	}
	return ""
}

// jobs has the words of events of jobs.
func (w *words) jobs(e event.Event) (data string) {
	switch e := e.(type) {
	case schedule.Added:
		w.subject(e.Subject)
	case schedule.Removed:
		w.subject(e.Subject)
	case schedule.Modified:
		w.subject(e.Subject)
	case schedule.Parked:
		w.subject(e.Subject)
		return e.Reason
	default:
		return w.runs(e)
	}
	return ""
}

// runs has the words of events of runs. Those that are about nothing
// (SCHEDULER_…) have none.
func (w *words) runs(e event.Event) (data string) {
	switch e := e.(type) {
	case schedule.Submitted:
		w.run(e.RunEvent)
	case schedule.RunStarted:
		w.run(e.RunEvent)
		w.number("attempt", e.Attempt)
	case schedule.Executed:
		w.run(e.RunEvent)
		w.time("finished", e.Outcome.Finished)
		return string(e.Outcome.Result)
	case schedule.Errored:
		w.run(e.RunEvent)
		w.time("finished", e.Outcome.Finished)
		return outcomeText(e.Outcome)
	case schedule.Cancelled:
		w.run(e.RunEvent)
		w.time("finished", e.Outcome.Finished)
		return outcomeText(e.Outcome)
	case schedule.Missed:
		w.run(e.RunEvent)
		w.skipped(e.Skipped)
	case schedule.LimitReached:
		w.run(e.RunEvent)
		w.skipped(e.Skipped)
	case schedule.Late:
		w.run(e.RunEvent)
		w.seconds("by", e.By)
	case schedule.Retried:
		w.run(e.RunEvent)
		w.number("attempt", e.Attempt)
		w.time("at", e.At)
		return errorText(e.Err)
	case schedule.Lost:
		w.run(e.RunEvent)
		w.time("at", e.At)
	}
	return ""
}

// outcomeText is why a run has failed, and what there is to know besides.
func outcomeText(o job.Outcome) string {
	if o.Detail == "" {
		return o.Error
	}
	return o.Error + "\n" + o.Detail
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// words are one line of key:value, blanks between, that a listener can split
// at blanks and at colons.
type words struct{ b strings.Builder }

// line is the line with its end.
func (w *words) line() string { return w.b.String() + "\n" }

func (w *words) add(key, value string) {
	if w.b.Len() > 0 {
		w.b.WriteByte(' ')
	}
	w.b.WriteString(key)
	w.b.WriteByte(':')
	w.b.WriteString(value)
}

// text adds a value that may hold anything. Blanks, colons and what cannot be
// seen are written as in a URL (Python: urllib.parse.unquote).
func (w *words) text(key, value string) { w.add(key, escaped(valid(value))) }

func (w *words) number(key string, n int) { w.add(key, strconv.Itoa(n)) }

// time adds a moment in Unix seconds; a zero one is left out.
func (w *words) time(key string, t time.Time) {
	if !t.IsZero() {
		w.add(key, fmt.Sprintf("%d.%06d", t.Unix(), t.Nanosecond()/1000))
	}
}

func (w *words) seconds(key string, d time.Duration) {
	w.add(key, strconv.FormatFloat(d.Seconds(), 'f', 6, 64))
}

func (w *words) subject(s schedule.Subject) {
	w.text("jobstore", s.Store)
	w.text("job", s.Job)
}

func (w *words) run(r schedule.RunEvent) {
	w.subject(r.Subject)
	w.text("run", r.Run)
	w.time("slot", r.Slot)
}

func (w *words) skipped(s job.Skipped) {
	w.time("first", s.First)
	w.time("last", s.Last)
	w.number("count", s.Count)
	w.add("reason", s.Reason.String())
}

// escaped writes what splits words, or cannot be seen, as %XX of its bytes.
func escaped(value string) string {
	var b strings.Builder
	for _, r := range value {
		if r > ' ' && r != ':' && r != '%' && r != 0x7f && !unicode.IsSpace(r) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(string(r)) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
