package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Source says who declared a job.
type Source string

// The sources of jobs.
const (
	FromFile    Source = "file"    // a configuration file
	FromAPI     Source = "api"     // somebody over the API
	FromProgram Source = "program" // a program that uses the store by itself
)

// JobInfo is a job as it stands.
type JobInfo struct {
	Job     job.Job // State.Rev is that of what clients declare (jobspec.Revision)
	Store   string
	Source  Source
	Daemons []string // whose files declare it
	// Options are those that it was declared with, by name, without environments.
	Options          map[string]string
	Running, Waiting int    // its runs
	Text             string // how it stands, in words: see schedule.Status
}

// JobFilter selects jobs. After is a JobInfo's Cursor.
type JobFilter struct {
	Store string // "": of all stores, in the order of their names, after the one called default
	After string
	Limit int // 0: all
}

// Cursor is what JobFilter.After takes to go on behind i.
func (i JobInfo) Cursor() string { return cursor{i.Store, i.Job.State.Next, i.Job.ID}.String() }

// List returns the jobs that f selects, store by store, each by next run time.
// A store that could not be opened yet is passed over, unless it is the one
// that f names. A job whose next time is moved between two pages may come twice,
// or not at all; others are not affected.
func (js *Jobs) List(ctx context.Context, f JobFilter) ([]JobInfo, error) {
	from, err := parseCursor(f.After)
	if err != nil {
		return nil, err
	}
	stores := js.parts.Scheduler.Stores()
	if from.store != "" {
		at := slices.Index(stores, from.store)
		if at < 0 {
			_, err := js.in(from.store)
			return nil, err
		}
		stores = stores[at:]
	}
	if f.Store != "" {
		if _, err := js.in(f.Store); err != nil {
			return nil, err
		}
		stores = slices.DeleteFunc(slices.Clone(stores), func(name string) bool { return name != f.Store })
	}
	var (
		infos   []JobInfo
		missing = js.unopened(f.Store)
	)
	for _, name := range stores {
		limit := 0
		if f.Limit > 0 {
			if limit = f.Limit - len(infos); limit == 0 {
				break
			}
		}
		if f.Store == "" && js.inTrouble(name) {
			missing = append(missing, name)
			continue
		}
		more, err := js.listStore(ctx, name, from, limit)
		switch {
		case err == nil:
			infos = append(infos, more...)
		case f.Store != "" || ctx.Err() != nil:
			return nil, err
		default:
			missing = append(missing, name)
		}
	}
	return infos, incomplete(missing)
}

// listStore is a page of the jobs of one store, behind from if that is a job of it.
func (js *Jobs) listStore(ctx context.Context, name string, from cursor, limit int) (infos []JobInfo, err error) {
	in := js.parts.Scheduler.In(name)
	var jobs []job.Job
	if name == from.store {
		jobs, err = from.list(ctx, in, limit)
	} else {
		jobs, err = in.List(ctx, job.Filter{Limit: limit})
	}
	if err != nil {
		return nil, fmt.Errorf("jobs of store %s: %w", name, err)
	}
	return js.infos(ctx, name, jobs)
}

// infos adds to jobs of one store what lives of them, with one question.
func (js *Jobs) infos(ctx context.Context, store string, jobs []job.Job) ([]JobInfo, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	infos := make([]JobInfo, len(jobs))
	ids := make([]string, len(jobs))
	at := make(map[string]int, len(jobs))
	for i, j := range jobs {
		infos[i] = infoOf(j, store)
		ids[i] = j.ID
		at[j.ID] = i
	}
	live, err := js.parts.Scheduler.In(store).Runs(ctx, job.RunFilter{Jobs: ids, Phases: []job.Phase{job.Waiting, job.Running}})
	if err != nil {
		return nil, err
	}
	now := time.Now()
	busy := make(map[string]bool) // jobs that somebody has in hand
	for i := range live {
		n, ok := at[live[i].Job]
		planned := live[i].Phase == job.Running
		switch {
		case !ok:
			continue
		case planned && !live[i].Due.After(now):
			infos[n].Running++
		default:
			infos[n].Waiting++
		}
		busy[live[i].Job] = busy[live[i].Job] || planned
	}
	in := js.parts.Scheduler.In(store)
	for i := range infos {
		infos[i].Text = in.Text(infos[i].Job, busy[infos[i].Job.ID])
	}
	return infos, nil
}

func infoOf(j job.Job, store string) JobInfo {
	j.State.Rev = jobspec.Revision(j)
	i := JobInfo{Job: j, Store: store, Source: FromProgram, Daemons: jobspec.Daemons(j)}
	options, api := jobspec.Options(j)
	switch {
	case len(i.Daemons) > 0:
		i.Source, i.Options = FromFile, jobspec.Declared(j)
	case api:
		i.Source, i.Options = FromAPI, make(map[string]string)
		for _, o := range options {
			if o.Key != "environment" {
				i.Options[o.Key] = o.Value
			}
		}
	}
	return i
}

// Get returns a job as it stands.
func (js *Jobs) Get(ctx context.Context, r Ref) (JobInfo, error) {
	in, store, err := js.place(ctx, r)
	if err != nil {
		return JobInfo{}, err
	}
	return js.get(ctx, in, store, r.ID)
}

func (js *Jobs) get(ctx context.Context, in schedule.Jobs, store, id string) (JobInfo, error) {
	st, err := in.Status(ctx, id)
	if err != nil {
		return JobInfo{}, err
	}
	i := infoOf(st.Job, store)
	i.Running, i.Waiting, i.Text = st.Running, st.Waiting, st.Text
	return i, nil
}

// Export are all options that a job was declared with over the API,
// environments too: for whoever may change it. ErrDeclared for others.
func (js *Jobs) Export(ctx context.Context, r Ref) ([]config.JobOption, error) {
	i, err := js.Get(ctx, r)
	if err != nil {
		return nil, err
	}
	options, ok := jobspec.Options(i.Job)
	if !ok {
		return nil, notOurs(i)
	}
	return options, nil
}

// notOurs says why a job is not changed here.
func notOurs(i JobInfo) error {
	if i.Source == FromFile {
		return fmt.Errorf("job %s %w, of %s: change it there, and update", i.Job.ID, ErrDeclared, strings.Join(i.Daemons, " and "))
	}
	return fmt.Errorf("job %s was added by a program that uses the store itself, so only that can change it", i.Job.ID)
}

// Preview is when a trigger is due.
type Preview struct {
	Times       []time.Time
	Ended       bool // there are no more
	Trigger     trigger.Trigger
	Description string
	Warnings    []string
}

// previewMost is how many times a Preview has at most.
const previewMost = 1000

// Preview tells the next n times after from of a job with these options, of
// which only those of the trigger count.
func (js *Jobs) Preview(options []config.JobOption, from time.Time, n int) (Preview, error) {
	options = slices.DeleteFunc(slices.Clone(options), func(o config.JobOption) bool {
		return slices.Contains([]string{"command", "func", "args", "kwargs", "program", "action"}, o.Key)
	})
	c, err := js.parse("preview", append(options, config.JobOption{Key: "command", Value: "preview"}))
	if err != nil {
		return Preview{}, err
	}
	t, err := c.Schedule.Resolve(from)
	if err != nil {
		return Preview{}, fmt.Errorf("%w: %w", ErrBadJob, err)
	}
	p := Preview{Trigger: t, Description: trigger.Describe(t)}
	for _, w := range trigger.Warnings(t, from) {
		p.Warnings = append(p.Warnings, w.Text)
	}
	p.Times, p.Ended = trigger.Upcoming(t, from, min(n, previewMost))
	return p, nil
}
