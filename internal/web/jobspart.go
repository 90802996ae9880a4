package web

import (
	"errors"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// jobsPart is what the overview shows of jobs: those that are due next.
type jobsPart struct {
	Rows    []jobRow
	More    bool
	Missing []string // stores that do not answer
	Trouble string   // why the scheduler does not run; "": it does
}

// jobRow is a job in a list.
type jobRow struct {
	ID, Key, Store, Name string
	Next                 time.Time // in the zone of the job; zero: none
	Schedule             string    // in words
	Status               string    // paused, parked, waiting; "": none of these
	Running              int
	Last                 *job.Run // the last run that is over
}

const (
	nextJobs   = 12  // in the overview
	recentRuns = 200 // that are looked through at once for the last one of each job
)

// jobsPart is nil where there is no scheduler.
func (s *Site) jobsPart(r *request) *jobsPart {
	js := s.Service.Jobs()
	if js == nil {
		return nil
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	part := &jobsPart{}
	infos, err := js.List(ctx, service.JobFilter{Limit: nextJobs + 1})
	var incomplete *service.IncompleteError
	switch {
	case errors.As(err, &incomplete):
		part.Missing = incomplete.Stores
	case err != nil:
		part.Trouble = r.words.T("jobs.trouble")
	}
	if len(infos) > nextJobs {
		infos, part.More = infos[:nextJobs], true
	}
	last := s.lastRuns(r, infos)
	for i := range infos {
		part.Rows = append(part.Rows, jobRowOf(&infos[i], last[infos[i].Job.ID]))
	}
	return part
}

func jobRowOf(i *service.JobInfo, last *job.Run) jobRow {
	row := jobRow{
		ID: "job-" + idOf(i.Store+"/"+i.Job.ID), Key: "job:" + i.Job.ID, Store: i.Store, Name: i.Job.ID,
		Next: i.Job.State.Next, Running: i.Running, Last: last, Status: i.Text,
	}
	if i.Job.Trigger != nil {
		row.Schedule = trigger.Describe(i.Job.Trigger)
	}
	switch {
	case i.Job.State.Paused && i.Job.State.Parked == "":
		row.Status = "paused"
	case !row.Next.IsZero() && row.Next.After(time.Now()):
		row.Status = ""
	}
	return row
}

// outcomeClass says how an outcome is shown, besides by its name.
func outcomeClass(k job.OutcomeKind) string {
	switch k {
	case job.Succeeded:
		return "good"
	case job.Failed, job.Lost:
		return "bad"
	case job.None:
		return "busy"
	}
	return "idle"
}

// lastRuns are the last runs of these jobs that are over. Where the latest of all
// do not have one of a job, that one is asked for.
func (s *Site) lastRuns(r *request, infos []service.JobInfo) map[string]*job.Run {
	found := map[string]*job.Run{}
	if len(infos) == 0 {
		return found
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	ask := func(ids []string, limit int) {
		runs, err := s.Service.Jobs().Runs(ctx, service.RunFilter{RunFilter: job.RunFilter{Jobs: ids, Phases: []job.Phase{job.Done}, Limit: limit}})
		var incomplete *service.IncompleteError
		if err != nil && !errors.As(err, &incomplete) {
			return // the list says which stores do not answer
		}
		for i := range runs {
			if found[runs[i].Run.Job] == nil {
				found[runs[i].Run.Job] = &runs[i].Run
			}
		}
	}
	var ids []string
	for i := range infos {
		ids = append(ids, infos[i].Job.ID)
	}
	ask(ids, recentRuns)
	missing := slices.DeleteFunc(ids, func(id string) bool { return found[id] != nil })
	for _, id := range missing {
		ask([]string{id}, 1)
	}
	return found
}
