package web

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// jobsPage is what the page at /jobs shows.
type jobsPage struct {
	Absent  *absence // no scheduler; nil: there is one
	Filter  jobFilter
	Rows    []jobRow
	Gone    []string // ids in the page of rows that were asked for and are no more
	More    string   // the address of the rows behind these; "": there are none
	Missing []string // stores that do not answer
}

// absence says why there are no jobs to show.
type absence struct {
	// Down: the scheduler cannot start. Else the configuration has none.
	Down bool
}

// absence is nil where there is a scheduler.
func (s *Site) absence() *absence {
	if s.Service.Jobs() != nil {
		return nil
	}
	return &absence{Down: errors.Is(s.Service.NoJobs(), service.ErrSchedulerDown)}
}

// jobFilter is what of the jobs is shown: those whose id, name or schedule has Text in it,
// and that stand so.
type jobFilter struct{ Text, State string }

// Empty tells whether the filter lets all through.
func (f jobFilter) Empty() bool { return f == jobFilter{} }

func (f jobFilter) passes(i *service.JobInfo) bool {
	if f.Text != "" && !contains(i.Job.ID, f.Text) && !contains(i.Job.Name, f.Text) && !contains(i.Job.Func, f.Text) {
		return false
	}
	switch f.State {
	case "":
		return true
	case "running":
		return i.Running > 0
	}
	state, _ := standing(i)
	return state == f.State || f.State == "trouble" && (state == "parked" || state == "waiting")
}

// contains ignores case.
func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

const (
	jobsOnPage = 100
	jobsAtOnce = 1000 // that are asked for while a filter looks for a page of them
)

func (s *Site) jobs(r *request) (any, error) {
	p := &jobsPage{Absent: s.absence(), Filter: jobFilter{strings.TrimSpace(r.Form.Get("q")), r.Form.Get("state")}}
	if p.Absent != nil {
		return p, nil
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	if len(r.names) > 0 {
		return p, s.namedJobs(ctx, r, p)
	}
	infos, behind, err := s.findJobs(ctx, p, r.Form.Get("after"))
	if err != nil {
		return nil, err
	}
	if behind != "" {
		query := r.Form
		query.Set("after", behind)
		query.Del("part")
		p.More = "/jobs?" + query.Encode()
	}
	p.Rows = s.jobRows(r, infos)
	return p, nil
}

// findJobs is a page of those that the filter lets through, and the cursor of where
// to go on; "" is the end of the list. When time is up, what was found is a page.
func (s *Site) findJobs(ctx context.Context, p *jobsPage, after string) (found []service.JobInfo, behind string, err error) {
	limit := jobsOnPage + 1
	if !p.Filter.Empty() {
		limit = jobsAtOnce
	}
	for from := after; ; {
		infos, err := s.Service.Jobs().List(ctx, service.JobFilter{After: from, Limit: limit})
		if err != nil && from != after && ctx.Err() != nil {
			return found, from, nil
		}
		if p.Missing, err = missing(err); err != nil {
			return nil, "", err
		}
		for i := range infos {
			if !p.Filter.passes(&infos[i]) {
				continue
			}
			if len(found) == jobsOnPage {
				return found, found[jobsOnPage-1].Cursor(), nil
			}
			found = append(found, infos[i])
		}
		if len(infos) < limit {
			return found, "", nil
		}
		from = infos[len(infos)-1].Cursor()
	}
}

// namedJobs are those that a module asks for by the keys of their rows.
func (s *Site) namedJobs(ctx context.Context, r *request, p *jobsPage) error {
	var infos []service.JobInfo
	for _, key := range r.names {
		ref := strings.TrimPrefix(key, "job:")
		info, err := s.Service.Jobs().Get(ctx, refOf(ref))
		switch {
		case errors.Is(err, job.ErrNotFound):
			p.Gone = append(p.Gone, "job-"+idOf(ref))
		case err != nil:
			return err
		default:
			infos = append(infos, info)
		}
	}
	p.Rows = s.jobRows(r, infos)
	return nil
}

// jobRef is the job that the path names.
func jobRef(r *http.Request) service.Ref {
	return service.Ref{Store: r.PathValue("store"), ID: r.PathValue("job")}
}
