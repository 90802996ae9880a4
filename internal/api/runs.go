package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// registerRuns is the table of operations on runs.
func (s *server) registerRuns() {
	addJob(s, operation{
		id: "listRuns", method: http.MethodGet, path: "/runs", role: auth.Viewer, tag: tagRuns,
		summary: "The history: runs, and times that were skipped", about: "The latest scheduled time comes first.",
		problems: ofJobs(kindNotFound),
	}, listRuns)
	addJob(s, operation{
		id: "getRun", method: http.MethodGet, path: "/runs/{run}", role: auth.Viewer, tag: tagRuns,
		summary: "One run", about: "With wait the answer comes when the run is over, or as it is after that time.", problems: ofJobs(kindNotFound),
	}, getRun)
	addJob(s, operation{
		id: "readRunLog", method: http.MethodGet, path: "/runs/{run}/log", role: auth.Viewer, tag: tagRuns,
		summary: "Read or follow what a run wrote",
		about: "It is kept by the daemon that carried the run out. The header Log-Next says where the next piece begins; at the end there is nothing. " +
			"With follow the answer goes on until the run is over.",
		text: plainText, headers: logHeaders(), problems: ofJobs(kindNotFound, kindNoLog, kindBeyondLog),
	}, s.readRunLog)
	addJob(s, operation{
		id: "cancelRun", method: http.MethodPost, path: "/runs/{run}/cancel", role: auth.Operator, tag: tagRuns,
		summary: "End a run, wherever it is carried out", about: "The answer is the run as it is then: one that is under way ends a little later.",
		problems: ofJobs(kindNotFound, kindRunOver),
	}, cancelRun)
}

type runAnswer struct{ Body api.Run }

func answerRun(i service.RunInfo, err error) (*runAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &runAnswer{runOf(&i, time.Now())}, nil
}

type listRunsInput struct {
	Job     string    `query:"job" doc:"Only those of the job."`
	Store   string    `query:"jobstore" doc:"Only those of the store."`
	Phase   string    `query:"phase" enum:"waiting,running,done"`
	Outcome string    `query:"outcome" enum:"succeeded,failed,cancelled,lost,missed"`
	Since   time.Time `query:"since" doc:"Only those that were scheduled for then or later."`
	Before  time.Time `query:"before" doc:"Only those that were scheduled for earlier."`
	After   string    `query:"after" doc:"Where to go on: next of the page before."`
	Limit   int       `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"How many there are on a page at most."`
}

// filter is what is asked for, without paging.
func (in *listRunsInput) filter() (service.RunFilter, error) {
	f := service.RunFilter{Store: in.Store}
	f.Job, f.Since, f.Before = in.Job, in.Since, in.Before
	if in.Phase != "" {
		var phase job.Phase
		if err := phase.UnmarshalText([]byte(in.Phase)); err != nil {
			return f, err
		}
		f.Phases = []job.Phase{phase}
	}
	if in.Outcome != "" {
		var kind job.OutcomeKind
		if err := kind.UnmarshalText([]byte(in.Outcome)); err != nil {
			return f, err
		}
		f.Kinds = []job.OutcomeKind{kind}
	}
	return f, nil
}

type listRunsOutput struct{ Body api.Runs }

func listRuns(ctx context.Context, jobs *service.Jobs, in *listRunsInput) (*listRunsOutput, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	from, err := parseRunCursor(in.After)
	if err != nil {
		return nil, err
	}
	if in.After != "" {
		if next := from.slot.Add(time.Microsecond); f.Before.IsZero() || next.Before(f.Before) {
			f.Before = next
		}
	}
	f.Limit = from.seen + in.Limit + 1
	runs, err := jobs.Runs(ctx, f)
	away, err := withoutAway(err)
	if err != nil {
		return nil, err
	}
	for range from.seen {
		if len(runs) > 0 && runs[0].Run.Slot.Equal(from.slot) {
			runs = runs[1:]
		}
	}
	out := api.Runs{Runs: []api.Run{}, Away: away}
	if len(runs) > in.Limit {
		runs = runs[:in.Limit]
		out.Next = from.past(runs).String()
	}
	now := time.Now()
	for i := range runs {
		out.Runs = append(out.Runs, runOf(&runs[i], now))
	}
	return &listRunsOutput{out}, nil
}

// runCursor is a place in the history: behind so many runs of a scheduled time.
type runCursor struct {
	slot time.Time
	seen int
}

func (c runCursor) String() string { return fmt.Sprintf("%d.%d", c.slot.UnixMicro(), c.seen) }

// past is the place behind a page.
func (c runCursor) past(page []service.RunInfo) runCursor {
	next := runCursor{slot: page[len(page)-1].Run.Slot}
	if next.slot.Equal(c.slot) {
		next.seen = c.seen
	}
	for i := range page {
		if page[i].Run.Slot.Equal(next.slot) {
			next.seen++
		}
	}
	return next
}

func parseRunCursor(text string) (runCursor, error) {
	if text == "" {
		return runCursor{}, nil
	}
	slot, seen, _ := strings.Cut(text, ".")
	micros, err := strconv.ParseInt(slot, 10, 64)
	n, err2 := strconv.ParseUint(seen, 10, 20)
	if err != nil || err2 != nil {
		p := problemOf(kindInvalid, "validation failed")
		p.Errors = []api.FieldError{{Location: "query.after", Message: "this is not the next of a page"}}
		return runCursor{}, p
	}
	return runCursor{time.UnixMicro(micros).UTC(), int(n)}, nil
}

// RunPath names a run.
type RunPath struct {
	Run   string `path:"run" doc:"Its id." example:"nightly@1767225600000000"`
	Store string `query:"jobstore" doc:"The store that has it; any, if left out."`
}

// get looks a run up. Ids are unique but for jobs of one id in two stores. What
// is not found may be in a store that is away.
func (p RunPath) get(ctx context.Context, jobs *service.Jobs) (service.RunInfo, error) {
	i, err := jobs.Run(ctx, p.Run)
	if err == nil && p.Store != "" && i.Store != p.Store {
		err = fmt.Errorf("run %s of store %s %w", p.Run, p.Store, job.ErrNotFound)
	}
	if !errors.Is(err, job.ErrNotFound) {
		return i, err
	}
	for _, store := range jobs.Stores() {
		if store.Err != nil && (p.Store == "" || p.Store == store.Name) {
			return i, service.ErrStoreAway
		}
	}
	return i, err
}

type getRunInput struct {
	RunPath
	Wait int `query:"wait" minimum:"0" maximum:"86400" doc:"Seconds to wait for its end at most."`
}

func getRun(ctx context.Context, jobs *service.Jobs, in *getRunInput) (*runAnswer, error) {
	i, err := in.get(ctx, jobs)
	if err != nil || in.Wait == 0 {
		return answerRun(i, err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(in.Wait)*time.Second)
	defer cancel()
	return answerRun(jobs.Wait(ctx, in.Run))
}

func cancelRun(ctx context.Context, jobs *service.Jobs, in *RunPath) (*runAnswer, error) {
	if _, err := in.get(ctx, jobs); err != nil {
		return nil, err
	}
	return answerRun(jobs.CancelRun(ctx, in.Run))
}

type readRunLogInput struct {
	RunPath
	Offset int64 `query:"offset" doc:"The byte to begin at; if negative, so many bytes before the end."`
	Limit  int64 `query:"limit" default:"4194304" minimum:"1" maximum:"4194304" doc:"How many bytes at most. Not with follow."`
	Follow bool  `query:"follow" doc:"Go on until the run is over."`
}

func (s *server) readRunLog(ctx context.Context, jobs *service.Jobs, in *readRunLogInput) (*streamed, error) {
	run, err := in.get(ctx, jobs)
	if err != nil {
		return nil, err
	}
	read := func(offset, limit int64) (service.LogRange, error) { return runLog(jobs, run, offset, limit) }
	if !in.Follow {
		return logSource{read: read}.answer(LogRange{Offset: in.Offset, Limit: in.Limit})
	}
	begin, err := read(in.Offset, 0)
	if errors.Is(err, service.ErrNoLog) && run.Run.Phase != job.Done {
		err = nil // it will come
	}
	if err != nil {
		return nil, err
	}
	return &streamed{func(ctx huma.Context) {
		f := &runFollower{read: read, offset: begin.Offset, over: make(chan struct{}), closed: s.service.Closed()}
		wait := func(ctx context.Context) (service.RunInfo, error) {
			i, err := jobs.Wait(ctx, in.Run)
			if errors.Is(err, job.ErrNotFound) {
				return in.get(ctx, jobs) // its store may be away
			}
			return i, err
		}
		defer f.watch(ctx.Context(), wait)()
		ctx.SetHeader("Log-Offset", strconv.FormatInt(begin.Offset, 10))
		ctx.SetHeader("Content-Type", plainText)
		stream(ctx, func(w io.Writer) error { return f.next(ctx.Context(), w) })
	}}, nil
}

// runLog reads a part of what is kept of the output of a run.
func runLog(jobs *service.Jobs, run service.RunInfo, offset, limit int64) (service.LogRange, error) {
	text, err := jobs.OpenLog(run)
	if errors.Is(err, fs.ErrNotExist) {
		return service.LogRange{}, fmt.Errorf("%w of run %s here", service.ErrNoLog, run.Run.ID)
	}
	if err != nil {
		return service.LogRange{}, err
	}
	defer text.Close() // opened for reading: nothing to lose
	size := text.Size()
	if offset < 0 {
		offset = max(0, size+offset)
	}
	if offset > size {
		return service.LogRange{}, fmt.Errorf("run %s: %w", run.Run.ID, service.ErrBeyondLog)
	}
	data := make([]byte, min(limit, size-offset))
	n, err := text.ReadAt(data, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return service.LogRange{}, err
	}
	return service.LogRange{Data: data[:n], Offset: offset, Size: size}, nil
}

const (
	// followPoll is how often a follower looks for more: the files of runs tell
	// nobody that they have grown.
	followPoll = 250 * time.Millisecond
	// overPoll comes before the next try when a run could not be looked up.
	overPoll = time.Second
	// followPart is how many bytes it sends at once.
	followPart = 64 << 10
)

// runFollower sends the output of a run until that is over.
type runFollower struct {
	read   func(offset, limit int64) (service.LogRange, error)
	offset int64
	over   chan struct{} // closed when the run is
	closed <-chan struct{}
}

// watch closes over when the run is. It ends with stop at the latest, which
// waits for that.
func (f *runFollower) watch(ctx context.Context, wait runWait) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if untilOver(ctx, wait) {
			close(f.over)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// runWait gives a run when it is done, or as it stands when ctx is.
type runWait func(ctx context.Context) (service.RunInfo, error)

// untilOver waits until a run is done, or nobody knows it any more; false when ctx
// ends before that. Other errors may pass, such as those of a store that is away.
func untilOver(ctx context.Context, wait runWait) bool {
	for ctx.Err() == nil {
		i, err := wait(ctx)
		if err == nil && i.Run.Phase == job.Done || errors.Is(err, job.ErrNotFound) {
			return true
		}
		select {
		case <-time.After(overPoll):
		case <-ctx.Done():
		}
	}
	return false
}

// next writes what has come. io.EOF says that the run is over, and all was sent.
func (f *runFollower) next(ctx context.Context, w io.Writer) error {
	for {
		last := false
		select {
		case <-f.over:
			last = true // what it wrote is in the file by now
		default:
		}
		part, err := f.read(f.offset, followPart)
		switch {
		case errors.Is(err, service.ErrBeyondLog): // older output has made room for newer
			f.offset = 0
			continue
		case errors.Is(err, service.ErrNoLog): // nothing yet
		case err != nil:
			return err
		case len(part.Data) > 0:
			f.offset += int64(len(part.Data))
			_, err := w.Write(part.Data)
			return err
		}
		if last {
			return io.EOF
		}
		select {
		case <-f.over:
		case <-time.After(followPoll):
		case <-f.closed:
			return io.EOF
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
