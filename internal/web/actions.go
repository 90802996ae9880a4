package web

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// action is a row of the table of actions: POST /actions/NAME. The form says what
// it is about, and in "back" where to go afterwards.
type action struct {
	name string // also of the texts action.NAME, ask.NAME and done.NAME
	role auth.Role
	asks bool // it stops something, so it is asked for twice
	do   func(*Site, *request) (said, error)
}

// actions is the table of actions.
func actions() []action {
	return slices.Concat([]action{
		{"start", auth.Operator, false, (*Site).start},
		{"stop", auth.Operator, true, (*Site).stop},
		{"restart", auth.Operator, true, (*Site).restart},
	}, programActions(), jobActions(), configActions())
}

// said is what an action has to tell.
type said struct {
	Text   string `json:"text"`
	Failed bool   `json:"failed"`

	status int // for programs and modules; a browser is sent back
}

func (a said) send(_ *Site, w http.ResponseWriter, r *request) {
	if r.wantsJSON() {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(a) // a client that is gone misses nothing
		return
	}
	leaveFlash(w, r, flash{a.Text, a.Failed})
	noCache(w.Header())
	w.Header().Set("Location", r.back())
	w.WriteHeader(http.StatusSeeOther)
}

func (r *request) wantsJSON() bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json")
}

// back is where to go after an action: where the form says, or else the page that
// sent it.
func (r *request) back() string {
	if r.PostForm.Has("back") {
		return ownPath(r.PostForm.Get("back"))
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return ownPath(from.RequestURI())
}

// ownPath is a path of this server; what is none is the overview.
func ownPath(path string) string {
	u, err := url.Parse(path)
	own := err == nil && u.Scheme == "" && u.Host == "" && strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "//") &&
		!strings.ContainsAny(path, "\\\r\n\t")
	if !own {
		return "/"
	}
	return path
}

// act does what is asked for, or asks whether it is really wanted.
func (s *Site) act(a action, r *request) (answer, error) {
	if a.asks && r.PostForm.Get("confirmed") == "" {
		names := subjects(r.PostForm)
		if len(names) == 0 {
			return nothingChosen(r.words), nil
		}
		f := s.frame("confirm", r)
		f.Title = r.words.T("action." + a.name)
		f.Data = confirmation{Action: a.name, Names: names, Back: r.back(), Rest: rest(r.PostForm)}
		return &shown{f, http.StatusOK}, nil
	}
	done, err := a.do(s, r)
	if err != nil {
		return nil, err
	}
	if done.status == 0 {
		done.status = http.StatusOK
	}
	return done, nil
}

// confirmation is what the page shows that asks whether something is wanted.
type confirmation struct {
	Action string
	Names  []string
	Back   string
	Rest   []field // what the form has besides
}

// field is one of a form.
type field struct{ Name, Value string }

// rest is what a form says besides what it is about, such as which signal.
func rest(form url.Values) (fields []field) {
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if slices.Contains([]string{"form_token", "confirmed", "back", "only", "name"}, name) {
			continue
		}
		for _, value := range form[name] {
			fields = append(fields, field{name, value})
		}
	}
	return fields
}

// subjects are what a form is about: the one whose own button was pressed, or
// those that are selected. Members of a group that is selected as a whole are not
// named again.
func subjects(form url.Values) []string {
	if only := form["only"]; len(only) > 0 {
		return only[:1]
	}
	names := slices.Clone(form["name"])
	slices.Sort(names)
	names = slices.Compact(names)
	return slices.DeleteFunc(names, func(name string) bool {
		n := service.ParseNamespec(name)
		return !n.Whole && slices.Contains(names, n.Group+":*")
	})
}

func nothingChosen(w *lang.Words) said {
	return said{Text: w.T("done.nothing"), Failed: true, status: http.StatusBadRequest}
}

// patience is how long an answer waits for what was asked for. It goes on after
// that.
const patience = 10 * time.Second

// operation does something with what a namespec names, and waits for it.
type operation func(ctx context.Context, namespec string) ([]service.Result, error)

func (s *Site) start(r *request) (said, error) {
	return s.operate(r, "start", func(ctx context.Context, name string) ([]service.Result, error) {
		return s.Service.Start(ctx, name, true)
	})
}

func (s *Site) stop(r *request) (said, error) {
	return s.operate(r, "stop", func(ctx context.Context, name string) ([]service.Result, error) {
		return s.Service.Stop(ctx, name, true)
	})
}

// restart does not mind what did not run.
func (s *Site) restart(r *request) (said, error) {
	return s.operate(r, "restart", func(ctx context.Context, name string) ([]service.Result, error) {
		if _, err := s.Service.Stop(ctx, name, true); err != nil && !errors.Is(err, supervise.ErrNotRunning) {
			return nil, err
		}
		return s.Service.Start(ctx, name, true)
	})
}

// operate does it with all that the form is about, at once.
func (s *Site) operate(r *request, name string, do operation) (said, error) {
	names := subjects(r.PostForm)
	if len(names) == 0 {
		return nothingChosen(r.words), nil
	}
	t := &tally{results: make(chan []service.Result, len(names))}
	for _, n := range names {
		// It does not end with the request: a restart has a second half.
		s.work.Go(func() { t.results <- resultsOf(n, do) })
	}
	t.await(len(names))
	return t.tell(r.words, name), nil
}

func resultsOf(name string, do operation) []service.Result {
	results, err := do(context.Background(), name)
	if err != nil || results == nil {
		n := service.ParseNamespec(name)
		return []service.Result{{Group: n.Group, Name: n.Process, Err: err}}
	}
	return results
}

// tally collects results.
type tally struct {
	results  chan []service.Result
	all      []service.Result
	underWay bool
}

func (t *tally) await(n int) {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for range n {
		select {
		case more := <-t.results:
			t.all = append(t.all, more...)
		case <-timeout.C:
			t.underWay = true
			return
		}
	}
}

// mostReasons is how many failures are told one by one.
const mostReasons = 3

// tell says in a sentence or two what became of it.
func (t *tally) tell(w *lang.Words, name string) said {
	var done, reasons []string
	failed := 0
	for _, r := range t.all {
		subject := service.Namespec{Group: r.Group, Process: r.Name}.String()
		if r.Err == nil {
			done = append(done, subject)
			continue
		}
		if failed++; failed <= mostReasons {
			reasons = append(reasons, w.T("done.failed", subject, reason(w, r.Err)))
		}
	}
	var sentences []string
	switch {
	case len(done) == 1:
		sentences = append(sentences, w.T("done."+name+".one", done[0]))
	case len(done) > 1 || failed == 0 && !t.underWay:
		sentences = append(sentences, w.T("done."+name, len(done)))
	}
	sentences = append(sentences, reasons...)
	if failed > mostReasons {
		sentences = append(sentences, w.T("done.more", failed-mostReasons))
	}
	if t.underWay {
		sentences = append(sentences, w.T("done.underway"))
	}
	return said{Text: strings.Join(sentences, " "), Failed: failed > 0}
}

// reason says why something failed; what has no words of ours says it itself.
func reason(w *lang.Words, err error) string {
	for _, known := range []struct {
		err error
		key string
	}{
		{supervise.ErrNoFile, "why.no-file"},
		{supervise.ErrNotExecutable, "why.not-executable"},
		{supervise.ErrAlreadyStarted, "why.already-started"},
		{supervise.ErrSpawn, "why.spawn"},
		{supervise.ErrAbnormal, "why.abnormal"},
		{supervise.ErrNotRunning, "why.not-running"},
		{service.ErrBadName, "why.bad-name"},
		{service.ErrBadSignal, "why.bad-signal"},
		{service.ErrShuttingDown, "why.shutting-down"},
		{service.ErrDeclared, "why.declared"},
		{service.ErrNoScheduler, "why.no-scheduler"},
		{service.ErrSchedulerDown, "why.scheduler-down"},
		{errStore, "why.store"},
		{job.ErrFenced, "why.run-over"},
		{job.ErrChanged, "why.changed"},
		{job.ErrNotFound, "why.no-job"},
	} {
		if errors.Is(err, known.err) {
			return w.T(known.key)
		}
	}
	return err.Error()
}

// Close waits for what goes on beyond the requests that asked for it. The
// supervisor must be about to end, or it may take long.
func (s *Site) Close() { s.work.Wait() }
