package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// runPage is what the page of one run shows.
type runPage struct {
	runRow
	RunID, Key string
	Ref        string // STORE/ID of the run
	JobRef     string // STORE/ID of the job
	JobThere   bool   // the job can be run again
	Cancel     bool   // somebody wants it ended
	Run        *job.Run
	Late       time.Duration
	End        string // how a command ended
	Args       string
	Result     string
	Output     *runOutput // nil: nothing is kept of it on this machine
}

// runOutput is the end of what a run wrote.
type runOutput struct {
	Spans []span
	Left  int64 // bytes before it that are not shown
	Path  string
}

// PageTitle implements what frame asks for.
func (p *runPage) PageTitle() string { return p.RunID }

// CanCancel tells whether it is not over yet.
func (p *runPage) CanCancel() bool { return p.Run.Phase != job.Done }

// IsLate tells whether it began so late that somebody may want to know.
func (p *runPage) IsLate() bool { return p.Late >= time.Second }

// outputShown is how many bytes of its output the page of a run has.
const outputShown = 256 << 10

func (s *Site) run(r *request) (any, error) {
	js := s.Service.Jobs()
	if js == nil {
		return nil, errMissing
	}
	info, err := s.runInfo(r, js)
	if err != nil {
		return nil, err
	}
	run := info.Present(time.Now())
	run.Work.Func = config.MaskText(run.Work.Func)
	p := &runPage{
		runRow: runRowOf(&info, &runWords{r.words}), RunID: run.ID, Key: "job:" + info.Store + "/" + run.Job, Ref: info.Store + "/" + run.ID,
		JobRef: info.Store + "/" + run.Job, Cancel: run.Cancel, Run: run, Result: pretty(run.Outcome.Result),
		Args: config.MaskText(pretty(jobspec.PublicArgs(job.Job{Args: run.Work.Args}))),
	}
	if !run.Started.IsZero() {
		p.Late = max(0, run.Started.Sub(run.Due))
	}
	p.End, p.Result = endOf(run, p.Result, &runWords{r.words})
	if p.Output, err = outputOf(js, info); err != nil {
		return nil, err
	}
	if r.part == "output" { // it is asked for each second
		return p, nil
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	_, err = js.Get(ctx, service.Ref{Store: info.Store, ID: run.Job})
	p.JobThere = err == nil
	return p, nil
}

// runInfo is the run that the path names, in the store that the query names.
func (s *Site) runInfo(r *request, js *service.Jobs) (service.RunInfo, error) {
	ctx, cancel := storeContext(r)
	defer cancel()
	id, store := r.PathValue("run"), r.Form.Get("jobstore")
	runs, err := js.Runs(ctx, service.RunFilter{Store: store, RunFilter: job.RunFilter{IDs: []string{id}, Limit: 1}})
	if err == nil && len(runs) == 0 {
		return service.RunInfo{}, fmt.Errorf("run %s %w", id, job.ErrNotFound)
	}
	if err != nil && len(runs) == 0 {
		return service.RunInfo{}, err
	}
	return runs[0], nil
}

// endOf says how the process of a command ended, and what is left of the result
// then. What a function returns may have any form.
func endOf(r *job.Run, result string, w *runWords) (end, rest string) {
	var of struct {
		Exit   *int   `json:"exit"`
		Signal string `json:"signal"`
	}
	if r.Work.Policy.Named || json.Unmarshal(r.Outcome.Result, &of) != nil {
		return "", result
	}
	switch {
	case of.Signal != "":
		return w.T("run.signal", of.Signal), ""
	case of.Exit != nil:
		return w.T("run.exit", *of.Exit), ""
	}
	return "", result
}

// outputOf is the end of what is kept of the output of a run here.
func outputOf(js *service.Jobs, i service.RunInfo) (*runOutput, error) {
	text, err := js.OpenLog(i)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("output of run %s: %w", i.Run.ID, err)
	}
	defer text.Close() // opened for reading: nothing to lose
	offset := max(0, text.Size()-outputShown)
	data := make([]byte, text.Size()-offset)
	n, err := text.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("output of run %s: %w", i.Run.ID, err)
	}
	if n == 0 {
		return nil, nil
	}
	path := "/api/v1/runs/" + url.PathEscape(i.Run.ID) + "/log?" + url.Values{"jobstore": {i.Store}, "offset": {"0"}, "limit": {"4194304"}}.Encode()
	return &runOutput{Spans: ansi(string(data[:n])), Left: offset, Path: path}, nil
}
