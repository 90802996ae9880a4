package web

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// eventRow is an event as the page shows it.
type eventRow struct {
	ID      string // in the page
	At      time.Time
	Type    string // PROCESS_STATE_EXITED
	Word    string // what happened, in a word or two
	Class   string // good, bad, busy or idle
	Program string // that it is about, a namespec; "": none
	Job     string // as well
	Path    string // of the page of the one or the other
	Subject string // what it is about, if neither
	Text    string // what else there is to tell

	kind event.Type
}

// About is what the event is about.
func (row *eventRow) About() string { return cmp.Or(row.Program, row.Job, row.Subject) }

// eventRow puts an event into words.
func (s *Site) eventRow(entry *history.Entry, w *lang.Words) *eventRow {
	kind := entry.EventType()
	row := &eventRow{
		ID: fmt.Sprintf("event-%s-%d", s.epoch, entry.Serial), At: entry.At, Type: kind.String(), Word: w.T("event." + kind.String()), Class: "idle", kind: kind,
	}
	switch e := entry.Event.(type) {
	case supervise.StateChanged:
		row.process(e, w)
	case supervise.Communication:
		row.program(e.Group, e.Process)
		row.Text = oneLine(string(e.Data))
	case event.GroupChanged:
		row.Subject = w.T("events.group", e.Group)
	case event.Remote:
		row.Subject, row.Text = e.Kind, oneLine(e.Data)
	case schedule.StoreTrouble:
		row.Class, row.Subject, row.Text = "bad", w.T("events.store", e.Alias), s.Service.WithoutPasswords(fmt.Sprint(e.Err))
	default:
		row.schedule(e, w)
	}
	return row
}

func (row *eventRow) program(group, process string) {
	row.Program = nameOf(group, process)
	row.Path = programPath(row.Program)
}

// nameOf is the namespec of a process.
func nameOf(group, process string) string {
	return service.Namespec{Group: group, Process: process}.String()
}

func (row *eventRow) process(e supervise.StateChanged, w *lang.Words) {
	row.program(e.Group, e.Process)
	row.Class = classOf(&supervise.Status{State: e.To}, e.Expected)
	texts := []string{w.T("events.was", w.T("state."+e.From.String()))}
	switch {
	case e.How != "":
		texts = []string{how(w, e.How)}
	case e.To == supervise.Running && e.PID != 0:
		texts = []string{w.T("events.pid", e.PID)}
	}
	if e.To == supervise.Exited && !e.Expected {
		texts = append(texts, w.T("events.unexpected"))
	}
	if e.To == supervise.Backoff {
		texts = append(texts, w.T("events.tries", e.Tries))
	}
	row.Text = strings.Join(texts, " · ")
}

// schedule tells of executors, stores and jobs. Events that are only a type have no
// more to tell.
func (row *eventRow) schedule(e event.Event, w *lang.Words) {
	switch e := e.(type) {
	case schedule.ExecutorAdded:
		row.Subject = w.T("events.executor", e.Alias)
	case schedule.ExecutorRemoved:
		row.Subject = w.T("events.executor", e.Alias)
	case schedule.StoreAdded:
		row.Subject = w.T("events.store", e.Alias)
	case schedule.StoreRemoved:
		row.Subject = w.T("events.store", e.Alias)
	case schedule.StoreRecovered:
		row.Class, row.Subject = "good", w.T("events.store", e.Alias)
		row.Text = w.T("events.away", w.Duration(row.At.Sub(e.Since)))
	case schedule.AllRemoved:
		row.Subject = w.T("events.store", e.Store)
	case schedule.Added:
		row.job(e.Subject)
	case schedule.Removed:
		row.job(e.Subject)
	case schedule.Modified:
		row.job(e.Subject)
	case schedule.Parked:
		row.job(e.Subject)
		row.Class, row.Text = "bad", oneLine(e.Reason)
	default:
		row.run(e, w)
	}
}

func (row *eventRow) job(s schedule.Subject) {
	row.Job, row.Path = s.Job, jobPath(s.Store, s.Job)
}

// run tells of runs.
func (row *eventRow) run(e event.Event, w *lang.Words) {
	switch e := e.(type) {
	case schedule.Executed:
		row.ended(e.RunEvent, e.Outcome, w)
	case schedule.Errored:
		row.ended(e.RunEvent, e.Outcome, w)
	case schedule.Cancelled:
		row.ended(e.RunEvent, e.Outcome, w)
	case schedule.Missed:
		row.skipped(e.RunEvent, e.Skipped, w)
	case schedule.LimitReached:
		row.skipped(e.RunEvent, e.Skipped, w)
	case schedule.Submitted:
		row.of(e.RunEvent, w)
	case schedule.RunStarted:
		row.of(e.RunEvent, w)
		row.Class = "busy"
		if e.Attempt > 1 {
			row.Text = w.T("events.attempt", e.Attempt)
		}
	case schedule.Late:
		row.of(e.RunEvent, w)
		row.Class, row.Text = "busy", w.T("events.late", w.Duration(e.By))
	case schedule.Retried:
		row.of(e.RunEvent, w)
		row.Class, row.Text = "bad", oneLine(fmt.Sprint(e.Err))+" · "+w.T("events.again", e.At.Local().Format(time.TimeOnly))
	case schedule.Lost:
		row.of(e.RunEvent, w)
		row.Class = "bad"
		if !e.At.IsZero() {
			row.Text = w.T("events.again", e.At.Local().Format(time.TimeOnly))
		}
	}
}

// of is about a run: its job, and when it was due.
func (row *eventRow) of(e schedule.RunEvent, w *lang.Words) {
	row.job(e.Subject)
	if !e.Slot.IsZero() {
		row.Text = w.T("events.due", e.Slot.Local().Format(time.TimeOnly))
	}
}

func (row *eventRow) ended(e schedule.RunEvent, o job.Outcome, w *lang.Words) {
	row.of(e, w)
	row.Class = outcomeClass(o.Kind)
	if o.Error != "" {
		row.Text = oneLine(o.Error)
	}
}

func (row *eventRow) skipped(e schedule.RunEvent, s job.Skipped, w *lang.Words) {
	row.of(e, w)
	row.Class = "bad"
	if s.Reason == job.Coalesced {
		row.Class = "idle"
	}
	row.Text = w.T("events.skipped", s.Count, w.T("reason."+s.Reason.String()))
}

// longest is how many characters a row tells of what somebody has written.
const longest = 300

// oneLine is text without line ends, and not too much of it.
func oneLine(text string) string {
	runes := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " "))
	if len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return string(runes)
}
