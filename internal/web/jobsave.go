package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// newJob is the page on which a job is added.
func (s *Site) newJob(r *request) (any, error) {
	f := newJobForm(&runWords{r.words})
	f.Absent = s.absence()
	return f, nil
}

// editJob is the page on which a job is changed.
func (s *Site) editJob(r *request) (any, error) {
	js := s.Service.Jobs()
	if js == nil {
		return nil, errMissing
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	info, err := js.Get(ctx, jobRef(r.Request))
	if err != nil {
		return nil, err
	}
	if info.Source != service.FromAPI {
		return nil, errMissing
	}
	options, err := js.Export(ctx, jobRef(r.Request))
	if err != nil {
		return nil, err
	}
	f := newJobForm(&runWords{r.words})
	f.ID, f.Was, f.Revision = info.Job.ID, service.Ref{Store: info.Store, ID: info.Job.ID}, strconv.FormatInt(info.Job.State.Rev, 10)
	f.load(options)
	f.preview(js)
	return f, nil
}

// saveJob takes the form: it adds or changes the job, or says what is wrong with
// it, or what its trigger would do.
func (s *Site) saveJob(r *request) (answer, error) {
	js := s.Service.Jobs()
	if js == nil {
		return nil, errMissing
	}
	f := newJobForm(&runWords{r.words})
	f.fill(r.PostForm)
	if r.PostForm.Get("do") != "save" {
		f.preview(js)
		return s.formShown(r, f, http.StatusOK), nil
	}
	info, err := f.save(r, js)
	if err != nil {
		if !f.fault(err) {
			f.wrongWith("", reason(r.words, s.ofJobs("save", f.Was, err)))
		}
		if p, err := js.Preview(f.options(), time.Now(), nextTimes); err == nil { // else it is told already
			f.Preview = &p
		}
		return s.formShown(r, f, http.StatusUnprocessableEntity), nil
	}
	key := "done.add-job"
	if f.Edits() {
		key = "done.edit-job"
	}
	r.PostForm.Set("back", jobPath(info.Store, info.Job.ID))
	if _, err := js.Get(r.Context(), service.Ref{Store: info.Store, ID: info.Job.ID}); errors.Is(err, job.ErrNotFound) {
		r.PostForm.Set("back", "/jobs") // its last time was now
	}
	return said{Text: r.words.T(key, info.Job.ID), status: http.StatusOK}, nil
}

func (s *Site) formShown(r *request, f *jobForm, status int) answer {
	page := s.frame("jobform", r)
	page.Title, page.Data = f.PageTitle(), f
	return &shown{page, status}
}

func (f *jobForm) save(r *request, js *service.Jobs) (service.JobInfo, error) {
	ctx, cancel := storeContext(r)
	defer cancel()
	if !f.Edits() {
		if f.ID == "" {
			return service.JobInfo{}, errNoID
		}
		return js.Add(ctx, f.ID, f.options(), schedule.Fail)
	}
	revision, err := strconv.ParseInt(f.Revision, 10, 64)
	if err != nil {
		return service.JobInfo{}, errForm
	}
	old, err := js.Export(ctx, f.Was)
	if err != nil {
		return service.JobInfo{}, err
	}
	changes := map[string]*string{}
	for _, o := range old {
		changes[o.Key] = nil
	}
	for _, o := range f.options() {
		changes[o.Key] = &o.Value
	}
	return js.Edit(ctx, f.Was, changes, revision)
}

var errNoID = errors.New("a job needs an id")

// fault puts an error to the fields that it is about; false for one that is not
// about the form.
func (f *jobForm) fault(err error) bool {
	var faults config.Errors
	switch {
	case errors.As(err, &faults):
		for _, fault := range faults {
			text := strings.TrimPrefix(fault.Error(), "["+fault.Section+"] ")
			f.wrongWith(fault.Key, strings.TrimPrefix(text, fault.Key+": "))
		}
	case errors.Is(err, errNoID):
		f.wrongWith("id", f.words.T("jobform.no-id"))
	case errors.Is(err, job.ErrExists):
		f.wrongWith("id", f.words.T("jobform.taken"))
	case errors.Is(err, job.ErrChanged):
		f.wrongWith("", f.words.T("jobform.changed"))
	case errors.Is(err, service.ErrBadJob):
		f.wrongWith("", strings.TrimPrefix(err.Error(), fmt.Sprint(service.ErrBadJob, ": ")))
	default:
		return false
	}
	return true
}

// wrongWith notes what is wrong with an option.
func (f *jobForm) wrongWith(key, text string) {
	e := formError{Text: text}
	if key == "id" {
		e.Field, e.Label = "id", f.words.T("jobform.id")
	}
	for name, of := range f.fields() {
		if of == key {
			e.Field, e.Label = name, f.words.T("option."+key)
		}
	}
	if e.Field == "" && key != "" {
		e.Label = key
	}
	if e.Field != "" {
		f.wrong[e.Field] = text
	}
	f.Errors = append(f.Errors, e)
}

// IDError is what is wrong with the id.
func (f *jobForm) IDError() string { return f.wrong["id"] }
