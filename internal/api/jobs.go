package api

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
)

const (
	aboutMatch = "With If-Match it is done only if the job has that ETag, or one of those in the list, still; * stands for any."
	aboutSpec  = "The body has the options of a section [job:x] by their names, such as trigger, hour and command."
)

// ofJobs are the problems of all operations on jobs.
func ofJobs(more ...kind) []kind {
	return append([]kind{kindNoScheduler, kindSchedulerDown, kindStoreAway}, more...)
}

// ofSpecs are those of operations that take the options of a job.
func ofSpecs(more ...kind) []kind {
	return append(ofJobs(append(ofBodies(), kindBadJob)...), more...)
}

// registerJobs is the table of operations on jobs.
func (s *server) registerJobs() {
	addJob(s, operation{
		id: "listJobs", method: http.MethodGet, path: "/jobs", role: auth.Viewer, tag: tagJobs,
		summary: "All jobs", about: "Store by store, each by next run time.", problems: ofJobs(kindNotFound),
	}, listJobs)
	addJob(s, operation{
		id: "addJob", method: http.MethodPost, path: "/jobs", role: auth.Admin, tag: tagJobs, status: http.StatusCreated,
		summary: "Add a job", about: aboutSpec + ` Its "id" may be left out: then it gets one.`,
		problems: ofSpecs(kindExists, kindDeclared),
	}, newJob)
	addJob(s, operation{
		id: "getJob", method: http.MethodGet, path: "/jobs/{job}", role: auth.Viewer, tag: tagJobs,
		summary: "One job", problems: ofJobs(kindNotFound),
	}, getJob)
	addJob(s, operation{
		id: "putJob", method: http.MethodPut, path: "/jobs/{job}", role: auth.Admin, tag: tagJobs,
		summary: "Make a job what the body says, whether there is one or not",
		about: aboutSpec + " The same request can be sent again and again: a job that is as it should be stays as it is, an unchanged trigger keeps its " +
			"next run, and a pause stays. The answer is 201 when the job is new. " + aboutMatch + " With If-None-Match: * it must be new.",
		also:     map[int]string{http.StatusCreated: "The job is new."},
		problems: ofSpecs(kindDeclared, kindChanged),
	}, putJob)
	addJob(s, operation{
		id: "editJob", method: http.MethodPatch, path: "/jobs/{job}", role: auth.Admin, tag: tagJobs,
		summary: "Change some options of a job", about: "null takes an option away. " + aboutMatch,
		problems: ofSpecs(kindNotFound, kindDeclared, kindChanged),
	}, editJob)
	addJob(s, operation{
		id: "removeJob", method: http.MethodDelete, path: "/jobs/{job}", role: auth.Admin, tag: tagJobs,
		summary: "Remove a job", about: "Its runs stay in the history, and those under way go on. " + aboutMatch,
		problems: ofJobs(kindNotFound, kindDeclared, kindChanged),
	}, removeJob)
	addJob(s, operation{
		id: "runJob", method: http.MethodPost, path: "/jobs/{job}/run", role: auth.Operator, tag: tagJobs,
		summary: "Run a job now, beside its schedule", about: "It works for a paused job, too. The answer is the run as it waits for its turn.",
		problems: ofJobs(kindNotFound),
	}, runJob)
	addJob(s, operation{
		id: "pauseJob", method: http.MethodPost, path: "/jobs/{job}/pause", role: auth.Operator, tag: tagJobs,
		summary: "Let the times of a job go by until it is resumed", problems: ofJobs(kindNotFound),
	}, pauseJob)
	addJob(s, operation{
		id: "resumeJob", method: http.MethodPost, path: "/jobs/{job}/resume", role: auth.Operator, tag: tagJobs,
		summary: "End the pause of a job", about: "It is due at its next time from now on.", problems: ofJobs(kindNotFound),
	}, resumeJob)
	addJob(s, operation{
		id: "previewTrigger", method: http.MethodPost, path: "/triggers/preview", role: auth.Viewer, tag: tagJobs,
		summary: "Tell when a trigger would be due, and what was understood of it", about: "Nothing is kept.",
		problems: append(ofBodies(), kindNoScheduler, kindSchedulerDown, kindBadJob),
	}, previewTrigger)
}

// addJob is add for what needs a scheduler.
func addJob[I, O any](s *server, o operation, f func(context.Context, *service.Jobs, *I) (*O, error)) {
	add(s, o, func(ctx context.Context, in *I) (*O, error) {
		jobs := s.service.Jobs()
		if jobs == nil {
			return nil, s.service.NoJobs()
		}
		out, err := f(ctx, jobs, in)
		return out, ofStore(jobs, err)
	})
}

// ofStore says of an error that is none of the table whether a store that is
// away explains it.
func ofStore(jobs *service.Jobs, err error) error {
	if err == nil {
		return nil
	}
	if _, known := problemFor(err); known {
		return err
	}
	for _, store := range jobs.Stores() {
		if store.Err != nil {
			return &service.AwayError{Store: store.Name, Err: err}
		}
	}
	return err
}

// JobPath names a job.
type JobPath struct {
	Job   string `path:"job" doc:"Its id." example:"nightly"`
	Store string `query:"jobstore" doc:"The store that has it. If left out: the first one that has the id."`
}

func (p JobPath) ref() service.Ref { return service.Ref{Store: p.Store, ID: p.Job} }

type jobAnswer struct {
	ETag string `header:"ETag" doc:"The revision of the job, for If-Match."`
	Body api.Job
}

func answerJob(i service.JobInfo, err error) (*jobAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &jobAnswer{etag(i.Job.State.Rev), jobOf(&i)}, nil
}

func etag(revision int64) string { return `"` + strconv.FormatInt(revision, 10) + `"` }

type listJobsInput struct {
	Store string `query:"jobstore" doc:"Only those of the store."`
	Paging
}

type listJobsOutput struct{ Body api.Jobs }

func listJobs(ctx context.Context, jobs *service.Jobs, in *listJobsInput) (*listJobsOutput, error) {
	infos, err := jobs.List(ctx, service.JobFilter{Store: in.Store, After: in.After, Limit: in.Limit + 1})
	away, err := withoutAway(err)
	if err != nil {
		return nil, err
	}
	page := api.Jobs{Jobs: []api.Job{}, Away: away}
	if len(infos) > in.Limit {
		infos = infos[:in.Limit]
		page.Next = infos[in.Limit-1].Cursor()
	}
	for i := range infos {
		page.Jobs = append(page.Jobs, jobOf(&infos[i]))
	}
	return &listJobsOutput{page}, nil
}

// withoutAway makes of an error about stores that are missing in a list their
// names.
func withoutAway(err error) (away []string, _ error) {
	if some, ok := errors.AsType[*service.IncompleteError](err); ok {
		return some.Stores, nil
	}
	return nil, err
}

func getJob(ctx context.Context, jobs *service.Jobs, in *JobPath) (*jobAnswer, error) {
	return answerJob(jobs.Get(ctx, in.ref()))
}

type newJobInput struct {
	OnConflict string `query:"on_conflict" enum:"fail,keep,replace,declare" default:"fail" doc:"What happens when the id is taken: fail (409), keep the old one, replace it, or declare: for programs that add their jobs at every start. It writes only what differs, and keeps the next run of an unchanged trigger and a pause."`
	Store      string `query:"jobstore" doc:"The store to add it to; the option jobstore says the same."`
	Body       jobSpec
}

type newJobOutput struct {
	Location string `header:"Location" doc:"Where the job is."`
	ETag     string `header:"ETag" doc:"The revision of the job, for If-Match."`
	Body     api.Job
}

func newJob(ctx context.Context, jobs *service.Jobs, in *newJobInput) (*newJobOutput, error) {
	id, options, err := in.Body.read("", in.Store)
	if err != nil {
		return nil, err
	}
	on := map[string]schedule.Conflict{
		"fail": schedule.Fail, "keep": schedule.Keep, "replace": schedule.Replace, "declare": schedule.Declare,
	}[in.OnConflict]
	info, err := jobs.Add(ctx, id, options, on)
	if err != nil {
		return nil, err
	}
	where := api.Prefix + "/jobs/" + url.PathEscape(info.Job.ID) + "?jobstore=" + url.QueryEscape(info.Store)
	return &newJobOutput{where, etag(info.Job.State.Rev), jobOf(&info)}, nil
}

// read takes id, store and options out of a spec.
func (s jobSpec) read(inPath, store string) (id string, options []config.JobOption, err error) {
	if id, err = s.id(inPath); err != nil {
		return "", nil, err
	}
	if err := s.in(store); err != nil {
		return "", nil, err
	}
	options, err = s.options()
	return id, options, err
}

type putJobInput struct {
	JobPath
	Matching
	IfNoneMatch string `header:"If-None-Match" enum:"*" doc:"*: the job must be new."`
	Body        jobSpec
}

type putJobOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The revision of the job, for If-Match."`
	Body   api.Job
}

func putJob(ctx context.Context, jobs *service.Jobs, in *putJobInput) (*putJobOutput, error) {
	_, options, err := in.Body.read(in.Job, in.Store)
	if err != nil {
		return nil, err
	}
	revision, err := in.revision(ctx, jobs, in.ref())
	if errors.Is(err, job.ErrNotFound) {
		return nil, problemOf(kindChanged, err.Error()) // without the condition it would be made
	}
	if err != nil {
		return nil, err
	}
	mustBeNew := in.IfNoneMatch != ""
	info, created, err := jobs.Put(ctx, in.Job, options, revision, mustBeNew)
	switch {
	case mustBeNew && errors.Is(err, job.ErrExists), errors.Is(err, job.ErrNotFound): // with a revision
		return nil, problemOf(kindChanged, err.Error())
	case err != nil:
		return nil, foreign(ctx, jobs, in.ref(), err)
	}
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	return &putJobOutput{status, etag(info.Job.State.Rev), jobOf(&info)}, nil
}

type editJobInput struct {
	JobPath
	Matching
	Body jobSpec
}

func editJob(ctx context.Context, jobs *service.Jobs, in *editJobInput) (*jobAnswer, error) {
	if _, err := in.Body.id(in.Job); err != nil {
		return nil, err
	}
	changes, err := in.Body.changes()
	if err != nil {
		return nil, err
	}
	revision, err := in.revision(ctx, jobs, in.ref())
	if err != nil {
		return nil, err
	}
	info, err := jobs.Edit(ctx, in.ref(), changes, revision)
	return answerJob(info, foreign(ctx, jobs, in.ref(), err))
}

// foreign explains an error that is none of the table by a job that a program
// has put into the store by itself.
func foreign(ctx context.Context, jobs *service.Jobs, ref service.Ref, err error) error {
	if err == nil {
		return nil
	}
	if _, known := problemFor(err); known {
		return err
	}
	if info, lookup := jobs.Get(ctx, ref); lookup == nil && info.Source == service.FromProgram {
		return problemOf(kindDeclared, err.Error())
	}
	return err
}

type removeJobInput struct {
	JobPath
	Matching
	Force bool `query:"force" doc:"Remove it also when a file declares it, whose daemon is no more."`
}

func removeJob(ctx context.Context, jobs *service.Jobs, in *removeJobInput) (*struct{}, error) {
	revision, err := in.revision(ctx, jobs, in.ref())
	if err != nil {
		return nil, err
	}
	return nil, jobs.Remove(ctx, in.ref(), revision, in.Force)
}

func runJob(ctx context.Context, jobs *service.Jobs, in *JobPath) (*runAnswer, error) {
	return answerRun(jobs.RunNow(ctx, in.ref()))
}

func pauseJob(ctx context.Context, jobs *service.Jobs, in *JobPath) (*jobAnswer, error) {
	return answerJob(jobs.Pause(ctx, in.ref()))
}

func resumeJob(ctx context.Context, jobs *service.Jobs, in *JobPath) (*jobAnswer, error) {
	return answerJob(jobs.Resume(ctx, in.ref()))
}

type previewInput struct{ Body api.PreviewRequest }

type previewOutput struct{ Body api.Preview }

func previewTrigger(ctx context.Context, jobs *service.Jobs, in *previewInput) (*previewOutput, error) {
	spec, err := specOf(in.Body.Options)
	if err != nil {
		return nil, err
	}
	_, options, err := spec.read("", "")
	if err != nil {
		return nil, err
	}
	if err := withoutFiles(ctx, options); err != nil {
		return nil, err
	}
	from, count := time.Now(), in.Body.Count
	if in.Body.From != nil {
		from = *in.Body.From
	}
	if count == 0 {
		count = 10
	}
	p, err := jobs.Preview(options, from, count)
	if err != nil {
		return nil, err
	}
	return &previewOutput{api.Preview{
		Times: append([]time.Time{}, p.Times...), Ended: p.Ended, Text: triggerText(p.Trigger), Description: p.Description, Warnings: p.Warnings,
	}}, nil
}

// withoutFiles refuses triggers that name files of this machine, from those who may
// add no job: that would tell them which there are.
func withoutFiles(ctx context.Context, options []config.JobOption) error {
	if auth.Require(ctx, auth.Admin) == nil {
		return nil
	}
	p := problemOf(kindInvalid, "validation failed")
	for _, o := range options {
		// A file is one whose name ends so, also within the text form of a trigger. There
		// an escape could hide it, and nothing else needs one.
		if strings.Contains(strings.ToLower(o.Value), ".ics") || strings.Contains(o.Value, `\`) {
			p.Errors = append(p.Errors, api.FieldError{
				Location: "body.options." + o.Key,
				Message:  "only an admin may name a file here, or use a backslash: list the days, such as 2030-12-24, 05-01",
			})
		}
	}
	if p.Errors != nil {
		return p
	}
	return nil
}
