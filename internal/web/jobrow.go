package web

import (
	"net/url"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// jobRow is a job in a list.
type jobRow struct {
	ID       string // in the page
	Key      string // by which events name it: see live.js
	Ref      string // STORE/ID, as forms name it
	Path     string // of its own page
	Name     string // its id
	Title    string // the name that people gave it; "": none
	Source   service.Source
	Next     time.Time // in the zone of the job; zero: none
	Schedule string    // in words
	State    string    // paused, parked, waiting, due or scheduled
	Status   string    // what it waits for, or why it is parked
	Running  int
	Last     *job.Run // the last run that is over
	Strip    strip
}

func jobRowOf(i *service.JobInfo, w *runWords, past []job.Run) jobRow {
	ref := i.Store + "/" + i.Job.ID
	row := jobRow{
		ID: "job-" + idOf(ref), Key: "job:" + ref, Ref: ref, Path: jobPath(i.Store, i.Job.ID), Name: i.Job.ID, Source: i.Source,
		Next: nextOf(&i.Job), Running: i.Running, Strip: w.strip(past),
	}
	if i.Job.Name != i.Job.ID {
		row.Title = i.Job.Name
	}
	row.State, row.Status = standing(i)
	if i.Job.Trigger != nil {
		row.Schedule = trigger.Describe(i.Job.Trigger)
	}
	for n := range past {
		if past[n].Phase == job.Done {
			row.Last = &past[n]
			break
		}
	}
	return row
}

// Can are the actions that make sense for a job as it stands.
func (r jobRow) Can() []string {
	switch r.State {
	case "paused":
		return []string{"run-job", "resume-job"}
	case "parked":
		return nil
	}
	return []string{"run-job", "pause-job"}
}

// Class says how the state of a job is shown, besides by its name.
func (r jobRow) Class() string {
	switch {
	case r.State == "parked" || r.State == "waiting":
		return "bad"
	case r.State == "due":
		return "busy"
	case r.State == "paused":
		return "idle"
	}
	return "good"
}

// standing is the word of how a job stands, and the sentence about that if there
// is more to say. What the driver of a store says has no place on a page: the
// address may be in it, and a password in that.
func standing(i *service.JobInfo) (state, status string) {
	if i.Job.State.Paused && i.Job.State.Parked == "" {
		return "paused", ""
	}
	word, why, _ := strings.Cut(i.Text, ":")
	switch word {
	case "parked":
		return word, strings.TrimSpace(why)
	case "waiting":
		const away = " its store is away"
		if strings.HasPrefix(why, away) {
			why = away
		}
		return word, strings.TrimSpace(why)
	case "due":
		return word, ""
	}
	return "scheduled", ""
}

// nextOf is the next time of a job, as the clocks of its zone show it.
func nextOf(j *job.Job) time.Time {
	if j.State.Next.IsZero() || j.Trigger == nil {
		return j.State.Next
	}
	return j.State.Next.In(zoneOf(j.Trigger, j.State.Slot))
}

// zoneOf is the zone of a trigger: its times are in it.
func zoneOf(t trigger.Trigger, from time.Time) *time.Location {
	if at := t.Next(time.Time{}, from); !at.IsZero() {
		return at.Location()
	}
	return time.UTC
}

func jobPath(store, id string) string {
	return "/jobs/" + url.PathEscape(store) + "/" + url.PathEscape(id)
}

// refOf reads STORE/ID.
func refOf(text string) service.Ref {
	store, id, ok := strings.Cut(text, "/")
	if !ok {
		return service.Ref{ID: text}
	}
	return service.Ref{Store: store, ID: id}
}
