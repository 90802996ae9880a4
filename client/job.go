package client

import (
	"context"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// Conflict is what AddJob does where there is a job with that id.
type Conflict string

// The ways to deal with a taken id.
const (
	Fail    Conflict = ""        // a Problem of status 409
	Keep    Conflict = "keep"    // the job stays as it is, and is the answer
	Replace Conflict = "replace" // the job is replaced; an unchanged trigger keeps its next run
	// Declare is Replace for a program that declares its jobs each time it
	// starts: a job that is declared as it stands is left alone.
	Declare Conflict = "declare"
)

// IncompleteError is the last of a list that had to do without stores that are away.
type IncompleteError struct{ Stores []string }

// Error names the stores.
func (e *IncompleteError) Error() string {
	if len(e.Stores) == 1 {
		return "the job store " + e.Stores[0] + " does not answer: what it has is missing"
	}
	return "the job stores " + strings.Join(e.Stores, ", ") + " do not answer: what they have is missing"
}

// incomplete is the error of a list without what some stores have.
func incomplete(away []string) error {
	if len(away) == 0 {
		return nil
	}
	return &IncompleteError{away}
}

// Jobs gives all jobs of a store, of all stores for "", page by page. It stops at
// the first error; an *IncompleteError comes behind all jobs that there are.
func (c *Client) Jobs(ctx context.Context, store string) iter.Seq2[api.Job, error] {
	return func(yield func(api.Job, error) bool) {
		for after := ""; ; {
			page, err := ask[api.Jobs](ctx, c, exchange{method: http.MethodGet, path: []string{"jobs"},
				query: query("jobstore", store, "after", after)})
			if err != nil {
				yield(api.Job{}, err)
				return
			}
			for _, j := range page.Jobs {
				if !yield(j, nil) {
					return
				}
			}
			if after = page.Next; after == "" {
				if err := incomplete(page.Away); err != nil {
					yield(api.Job{}, err)
				}
				return
			}
		}
	}
}

// Job gives one job.
func (c *Client) Job(ctx context.Context, job Ref) (api.Job, error) {
	return ask[api.Job](ctx, c, ofJob(http.MethodGet, job))
}

// AddJob adds a job.
func (c *Client) AddJob(ctx context.Context, spec api.JobSpec, taken Conflict) (api.Job, error) {
	return ask[api.Job](ctx, c, exchange{method: http.MethodPost, path: []string{"jobs"},
		query: query("on_conflict", string(taken)), body: spec})
}

// PutJob makes the job what spec says, whether there was one or not. With a
// revision that is not 0 it fails with status 412 if the job has another.
func (c *Client) PutJob(ctx context.Context, job Ref, spec api.JobSpec, revision int64) (api.Job, error) {
	e := ofJob(http.MethodPut, job)
	e.body, e.header = spec, unchanged(revision)
	return ask[api.Job](ctx, c, e)
}

// EditJob sets options; nil takes one away. The revision is as in PutJob.
func (c *Client) EditJob(ctx context.Context, job Ref, options api.JobSpec, revision int64) (api.Job, error) {
	e := ofJob(http.MethodPatch, job)
	e.body, e.header = options, unchanged(revision)
	return ask[api.Job](ctx, c, e)
}

// RemoveJob removes a job. The revision is as in PutJob.
func (c *Client) RemoveJob(ctx context.Context, job Ref, revision int64) error {
	e := ofJob(http.MethodDelete, job)
	e.header = unchanged(revision)
	resp, err := c.send(ctx, e)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// RunJob asks for a run now, besides those of the trigger.
func (c *Client) RunJob(ctx context.Context, job Ref) (api.Run, error) {
	return ask[api.Run](ctx, c, ofJob(http.MethodPost, job, "run"))
}

// PauseJob keeps a job from being due until it is resumed.
func (c *Client) PauseJob(ctx context.Context, job Ref) (api.Job, error) {
	return ask[api.Job](ctx, c, ofJob(http.MethodPost, job, "pause"))
}

// ResumeJob ends a pause: the job is due again from now on.
func (c *Client) ResumeJob(ctx context.Context, job Ref) (api.Job, error) {
	return ask[api.Job](ctx, c, ofJob(http.MethodPost, job, "resume"))
}

func ofJob(method string, job Ref, verb ...string) exchange {
	return exchange{method: method, path: append([]string{"jobs", job.ID}, verb...), query: query("jobstore", job.Store)}
}

// Preview tells when a trigger would be due.
func (c *Client) Preview(ctx context.Context, r api.PreviewRequest) (api.Preview, error) {
	return ask[api.Preview](ctx, c, exchange{method: http.MethodPost, path: []string{"triggers", "preview"}, body: r})
}

// RunFilter chooses runs of the history. What is empty or zero does not choose.
type RunFilter struct {
	Job, Store     string
	Phase, Outcome string    // words of package api
	Since, Before  time.Time // of when they were scheduled
}

// pageSize is how many runs are asked for at once.
const pageSize = 100

// Runs gives the runs that f chooses, the latest first, page by page, at most
// limit if that is not 0. It stops at the first error; an *IncompleteError comes
// behind all runs that there are.
func (c *Client) Runs(ctx context.Context, f RunFilter, limit int) iter.Seq2[api.Run, error] {
	return func(yield func(api.Run, error) bool) {
		left := limit
		for after := ""; ; {
			size := pageSize
			if limit > 0 {
				size = min(size, left)
			}
			page, err := ask[api.Runs](ctx, c, exchange{method: http.MethodGet, path: []string{"runs"}, query: query(
				"job", f.Job, "jobstore", f.Store, "phase", f.Phase, "outcome", f.Outcome,
				"since", instant(f.Since), "before", instant(f.Before), "after", after, "limit", number(size))})
			if err != nil {
				yield(api.Run{}, err)
				return
			}
			for _, r := range page.Runs {
				if !yield(r, nil) {
					return
				}
				if left--; left == 0 {
					break
				}
			}
			if after = page.Next; after == "" || limit > 0 && left == 0 {
				if err := incomplete(page.Away); err != nil {
					yield(api.Run{}, err)
				}
				return
			}
		}
	}
}

func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// Run gives one run. If wait is not 0 the daemon answers when the run is done,
// or after that time, or earlier; the answer tells.
func (c *Client) Run(ctx context.Context, run Ref, wait time.Duration) (api.Run, error) {
	e := ofRun(http.MethodGet, run)
	if seconds := int(wait / time.Second); seconds > 0 {
		e.query.Set("wait", strconv.Itoa(seconds))
	}
	return ask[api.Run](ctx, c, e)
}

// CancelRun wants a run ended. The answer is the run as it stands: one that is
// under way ends a little later.
func (c *Client) CancelRun(ctx context.Context, run Ref) (api.Run, error) {
	return ask[api.Run](ctx, c, ofRun(http.MethodPost, run, "cancel"))
}

func ofRun(method string, run Ref, verb ...string) exchange {
	return exchange{method: method, path: append([]string{"runs", run.ID}, verb...), query: query("jobstore", run.Store)}
}

// Scheduler tells how the scheduler of the daemon stands, and who shares its
// stores.
func (c *Client) Scheduler(ctx context.Context) (api.Scheduler, error) {
	return ask[api.Scheduler](ctx, c, exchange{method: http.MethodGet, path: []string{"scheduler"}})
}

// PauseScheduler keeps this daemon from beginning runs. Others that share its
// stores go on.
func (c *Client) PauseScheduler(ctx context.Context) (api.Scheduler, error) {
	return ask[api.Scheduler](ctx, c, ofScheduler("pause"))
}

// ResumeScheduler ends a pause.
func (c *Client) ResumeScheduler(ctx context.Context) (api.Scheduler, error) {
	return ask[api.Scheduler](ctx, c, ofScheduler("resume"))
}

// ShutdownScheduler ends the scheduler of this daemon, once its runs have ended
// or, without wait, by cancelling them. Programs go on.
func (c *Client) ShutdownScheduler(ctx context.Context, wait bool) (api.Scheduler, error) {
	e := ofScheduler("shutdown")
	if !wait {
		e.query = query("wait", "false")
	}
	return ask[api.Scheduler](ctx, c, e)
}

func ofScheduler(verb string) exchange {
	return exchange{method: http.MethodPost, path: []string{"scheduler", verb}}
}
