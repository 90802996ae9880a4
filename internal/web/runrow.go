package web

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// runRow is a run in a list.
type runRow struct {
	ID      string // in the page
	Path    string // of its own page
	Job     string
	JobPath string
	Manual  bool // somebody asked for it
	// State is the outcome of what is over, and waiting or running else.
	State, Class string
	Slot, Due    time.Time // scheduled for; zero Due: never
	Began        time.Time // of the last attempt; while it runs, when it was due
	Live         bool      // it runs
	Took         string
	Attempt      int
	Error        string
	Skipped      job.Skipped
}

func runRowOf(i *service.RunInfo, w *runWords) runRow {
	r := i.Present(time.Now())
	row := runRow{
		ID: "run-" + idOf(i.Store+"/"+r.ID), Path: runPath(i.Store, r.ID), Job: r.Job, JobPath: jobPath(i.Store, r.Job),
		Manual: strings.HasPrefix(r.ID, r.Job+"~"), State: r.Outcome.Kind.String(), Class: outcomeClass(r.Outcome.Kind),
		Slot: r.Slot.Local(), Due: r.Due.Local(), Began: r.Started.Local(), Attempt: r.Attempt, Error: plain(r.Outcome.Error), Skipped: r.Skipped,
	}
	switch {
	case r.Phase == job.Waiting:
		row.State, row.Class = "waiting", "idle"
	case r.Phase == job.Running:
		row.Live, row.State, row.Class, row.Began = true, "none", "busy", r.Due.Local()
	case took(r) > 0:
		row.Took = w.Took(took(r))
	}
	if r.Started.IsZero() && !row.Live {
		row.Began = time.Time{}
	}
	return row
}

func runPath(store, id string) string {
	return "/runs/" + url.PathEscape(id) + "?" + url.Values{"jobstore": {store}}.Encode()
}

// runsOfJob are the last runs of a job, with those that go on or wait.
func (s *Site) runsOfJob(r *request, store, id string) ([]runRow, error) {
	ctx, cancel := storeContext(r)
	defer cancel()
	runs, err := s.Service.Jobs().Runs(ctx, service.RunFilter{Store: store, RunFilter: job.RunFilter{Job: id, Limit: pastShown}})
	return runRows(runs, r), err
}

func runRows(runs []service.RunInfo, r *request) []runRow {
	rows := make([]runRow, 0, len(runs))
	for i := range runs {
		rows = append(rows, runRowOf(&runs[i], &runWords{r.words}))
	}
	return rows
}

// pretty is JSON as a person reads it.
func pretty(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}
