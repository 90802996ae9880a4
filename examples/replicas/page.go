package main

import (
	_ "embed"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

//go:embed page.html
var pageText string

// page is what the template shows.
type page struct {
	Replica string
	Jobs    []pageJob
	Runs    []pageRun
}

type pageJob struct {
	ID, Status string
}

type pageRun struct {
	Job, Slot, By, Took, Outcome, Result string
}

// handler is the web side of the replica.
func (r *replica) handler() http.Handler {
	shown := template.Must(template.New("page").Parse(pageText))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, q *http.Request) {
		p, err := r.page(q)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := shown.Execute(w, p); err != nil {
			return // whoever asked has gone
		}
	})
	mux.HandleFunc("POST /jobs/{id}/run", func(w http.ResponseWriter, q *http.Request) {
		_, err := r.scheduler.RunNow(q.Context(), q.PathValue("id"))
		switch {
		case errors.Is(err, job.ErrNotFound):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		default:
			http.Redirect(w, q, "/", http.StatusSeeOther)
		}
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

// page collects what all replicas know alike: it comes from the store.
func (r *replica) page(q *http.Request) (page, error) {
	p := page{Replica: r.name}
	jobs, err := r.scheduler.List(q.Context(), job.Filter{Limit: 100})
	if err != nil {
		return p, err
	}
	for _, j := range jobs {
		status, err := r.scheduler.Status(q.Context(), j.ID)
		if err != nil {
			return p, err
		}
		p.Jobs = append(p.Jobs, pageJob{j.ID, status.Text})
	}
	runs, err := r.scheduler.Runs(q.Context(), job.RunFilter{Limit: 30})
	for _, run := range runs {
		p.Runs = append(p.Runs, shownRun(run))
	}
	return p, err
}

// shownRun puts a run into words.
func shownRun(r job.Run) pageRun {
	shown := pageRun{Job: r.Job, Slot: r.Slot.UTC().Format("15:04:05"), By: replicaOf(r.Owner), Outcome: r.Phase.String()}
	if r.Phase != job.Done {
		return shown
	}
	shown.Outcome = r.Outcome.Kind.String()
	shown.Result = string(r.Outcome.Result)
	if r.Outcome.Error != "" {
		shown.Result = r.Outcome.Error
	}
	if !r.Started.IsZero() {
		shown.Took = r.Outcome.Finished.Sub(r.Started).Round(time.Millisecond).String()
	}
	return shown
}

// replicaOf is the name of the replica whose scheduler has a run. A node is
// called by that name and the number of its incarnation.
func replicaOf(o job.Owner) string {
	if i := strings.LastIndexByte(o.Node, '-'); i >= 0 {
		return o.Node[:i]
	}
	return o.Node
}
