package web

import (
	"errors"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// jobsPart is what the overview shows of jobs: those that are due next.
type jobsPart struct {
	Rows    []jobRow
	More    bool
	Missing []string // stores that do not answer
	Trouble string   // why the scheduler does not run; "": it does
}

const (
	nextJobs   = 12   // in the overview
	recentRuns = 2000 // that are looked through at once for the last ones of each job
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
	part.Missing, err = missing(err)
	if err != nil {
		part.Trouble = r.words.T("jobs.trouble")
	}
	if len(infos) > nextJobs {
		infos, part.More = infos[:nextJobs], true
	}
	part.Rows = s.jobRows(r, infos)
	return part
}

// missing makes of an error about stores that are missing in a list their names.
func missing(err error) ([]string, error) {
	if some, ok := errors.AsType[*service.IncompleteError](err); ok {
		return some.Stores, nil
	}
	return nil, err
}

// jobRows makes rows of jobs, each with what has become of its last runs.
func (s *Site) jobRows(r *request, infos []service.JobInfo) []jobRow {
	byStore := map[string][]string{}
	for i := range infos {
		byStore[infos[i].Store] = append(byStore[infos[i].Store], infos[i].Job.ID)
	}
	past := map[string]map[string][]job.Run{}
	for store, ids := range byStore {
		past[store] = s.lastRuns(r, store, ids, stripRuns)
	}
	rows := make([]jobRow, 0, len(infos))
	for i := range infos {
		rows = append(rows, jobRowOf(&infos[i], &runWords{r.words}, past[infos[i].Store][infos[i].Job.ID]))
	}
	return rows
}

// lastRuns are the last runs of these jobs of a store that are over, so many of
// each, the newest first. Where the latest of all do not have those of a job, they
// are asked for.
func (s *Site) lastRuns(r *request, store string, ids []string, each int) map[string][]job.Run {
	found := map[string][]job.Run{}
	ctx, cancel := storeContext(r)
	defer cancel()
	ask := func(ids []string, limit int) (whole bool) {
		f := service.RunFilter{Store: store, RunFilter: job.RunFilter{Jobs: ids, Phases: []job.Phase{job.Done}, Limit: limit}}
		runs, err := s.Service.Jobs().Runs(ctx, f)
		if err != nil {
			return true // the list says which stores do not answer
		}
		for i := range runs {
			if id := runs[i].Run.Job; len(found[id]) < each {
				found[id] = append(found[id], runs[i].Run)
			}
		}
		return len(runs) < limit
	}
	if ask(ids, recentRuns) {
		return found
	}
	lacking := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return len(found[id]) == each })
	for _, id := range lacking {
		delete(found, id)
		ask([]string{id}, each)
	}
	return found
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
