package supervise_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// world is a supervisor in a bubble, with children from a script, and a
// transcript of all that its log and its bus say, each line with the time
// since the beginning.
type world struct {
	t       *testing.T
	sup     *supervise.Supervisor
	starter *proctest.Starter
	bus     *event.Bus
	level   slog.Level // of the log
	// unsubscribe keeps events out of the transcript.
	unsubscribe func()

	mu         sync.Mutex
	began      time.Time
	transcript []string
	endings    []string // what the supervisor told of ends that nobody asked for
	emptied    int      // how often it told that there may be nothing left
}

// inBubble runs f in a world of its own and ends it.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, starter: &proctest.Starter{}, bus: event.NewBus(), began: time.Now()}
		w.unsubscribe = w.bus.Subscribe(w, event.Any)
		w.sup = supervise.New(supervise.Options{
			Starter: w.starter,
			Bus:     w.bus,
			Log:     slog.New(w),
			Environ: []string{"PATH=/bin"},
			Ended:   w.ended,
			Emptied: func() {
				w.mu.Lock()
				defer w.mu.Unlock()
				w.emptied++
			},
		})
		f(t, w)
		w.end()
	})
}

// end kills what lives and shuts the supervisor down, unless the test did.
func (w *world) end() {
	w.starter.EndAll()
	if err := w.sup.Shutdown(context.Background()); err != nil && err != supervise.ErrShutdown {
		w.t.Error(err)
	}
}

// say adds a line.
func (w *world) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.transcript = append(w.transcript, since(w.began)+" "+fmt.Sprintf(format, args...))
}

// since is the time passed in milliseconds; a plus stands for a rest.
func since(t time.Time) string {
	d := time.Since(t)
	text := d.Truncate(time.Millisecond).String()
	if d != d.Truncate(time.Millisecond) {
		text += "+"
	}
	return text
}

func (w *world) ended(e supervise.Ending) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := fmt.Sprintf("%s %s:%s code %d: %s", since(w.began), e.Group, e.Process, e.Code, e.How)
	if e.Essential {
		text += "; essential"
	}
	w.endings = append(w.endings, text)
}

// want compares the transcript with lines, forgets it, and goes on.
func (w *world) want(text string) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	got := append([]string{}, w.transcript...)
	w.transcript = nil
	w.mu.Unlock()
	want := []string{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			want = append(want, line)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("transcript (-want +got):\n%s", diff)
	}
}

// only forgets all lines of the transcript but those that contain text.
func (w *world) only(text string) {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.transcript = slices.DeleteFunc(w.transcript, func(line string) bool { return !strings.Contains(line, text) })
}

// Accept implements event.Subscription.
func (w *world) Accept(e event.Event) {
	switch e := e.(type) {
	case supervise.StateChanged:
		extra := ""
		switch e.To {
		case supervise.Starting, supervise.Backoff:
			extra = fmt.Sprintf(" tries:%d", e.Tries)
		case supervise.Running, supervise.Stopping, supervise.Stopped:
			extra = fmt.Sprintf(" pid:%d", e.PID)
		case supervise.Exited:
			extra = fmt.Sprintf(" expected:%v pid:%d", e.Expected, e.PID)
		}
		w.say("%s %v -> %v%s", e.Process, e.From, e.To, extra)
	case supervise.Output:
		w.say("%v %s pid:%d %q", e.EventType(), e.Process, e.PID, e.Data)
	case supervise.Communication:
		w.say("%v %s pid:%d %q", e.EventType(), e.Process, e.PID, e.Data)
	case event.GroupChanged:
		w.say("%v %s", e.EventType(), e.Group)
	default:
		w.say("%v", e.EventType())
	}
}

// Enabled, Handle, WithAttrs and WithGroup implement slog.Handler.
func (w *world) Enabled(_ context.Context, l slog.Level) bool { return l >= w.level }
func (w *world) Handle(_ context.Context, r slog.Record) error {
	w.say("%v %s", r.Level, strings.ReplaceAll(r.Message, "\n", "|"))
	return nil
}
func (w *world) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w *world) WithGroup(string) slog.Handler      { return w }

// run adds one program as a group of its own and returns its process.
func (w *world) run(p supervise.Program) *supervise.Process {
	w.t.Helper()
	w.add(supervise.GroupSpec{Name: p.Name, Priority: p.Priority, Programs: []supervise.Program{p}})
	process, err := w.sup.Process(p.Name, p.Name)
	if err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.transcript) > 0 && strings.Contains(w.transcript[0], "PROCESS_GROUP_ADDED") {
		w.transcript = w.transcript[1:] // told by a test of its own
	}
	return process
}

func (w *world) add(g supervise.GroupSpec) {
	w.t.Helper()
	for i := range g.Programs {
		g.Programs[i].Group = g.Name
	}
	if err := w.sup.Add(g); err != nil {
		w.t.Fatal(err)
	}
}

// program has Supervisor's defaults and is called p.
func program(edits ...func(*supervise.Program)) supervise.Program {
	p := supervise.Program{
		Name: "p", Command: "/bin/true", Priority: 999,
		Child: supervise.ChildSpec{Umask: -1},
		Start: supervise.StartPolicy{Auto: true, Autorestart: supervise.RestartUnexpected, Secs: time.Second, Retries: 3, ExitCodes: []int{0}},
		Stop:  supervise.StopPolicy{Signal: 15, Wait: 10 * time.Second},
	}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

// wantState checks the state that the status shows.
func wantState(t *testing.T, p *supervise.Process, want supervise.State) {
	t.Helper()
	if got := p.Status().State; got != want {
		t.Errorf("the process is %v, want %v", got, want)
	}
}

// contextWithCause returns a context that ends with the given cause.
func contextWithCause(t *testing.T, cause error) (ctx context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(t.Context())
	return ctx, func() { cancel(cause) }
}

// optionsWith are options for a supervisor that starts nothing.
func optionsWith(edit func(*supervise.Options)) supervise.Options {
	o := supervise.Options{Starter: &proctest.Starter{}, Bus: event.NewBus(), Log: slog.New(slog.DiscardHandler)}
	edit(&o)
	return o
}

type (
	script    = proctest.Script
	reactions = map[syscall.Signal]proctest.Reaction
)

// plays tells what the children to come do, each in its turn; what comes
// after them lives until it is stopped.
func (w *world) plays(scripts ...script) {
	w.starter.Queue("", append(slices.Clone(scripts), script{})...)
}

// alive lists the pids of the children that live.
func alive(s *proctest.Starter) []int {
	var pids []int
	for _, c := range s.Children() {
		select {
		case <-c.Done():
		default:
			pids = append(pids, c.PID())
		}
	}
	return pids
}

// signals are those that the child was sent.
func signals(c *proctest.Child) string {
	var names []string
	for _, sent := range c.Sent() {
		name := proc.SignalName(sent.Signal)
		if sent.Group {
			name += " to the group"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}
