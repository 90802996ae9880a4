package listener_test

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/listener"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// world is a supervisor with pools in a bubble, whose children play scripts.
type world struct {
	t       *testing.T
	sup     *supervise.Supervisor
	starter *proctest.Starter
	bus     *event.Bus

	mu    sync.Mutex
	lines []string // of the main log
}

// inBubble runs f in a world of its own and ends it.
func inBubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		f(t, w)
		w.end()
	})
}

// newWorld must be called in a bubble.
func newWorld(t *testing.T) *world {
	w := &world{t: t, starter: &proctest.Starter{}, bus: event.NewBus()}
	pools := listener.New(listener.Options{Bus: w.bus, Log: slog.New(w), Server: "here", Serials: new(listener.Serials)})
	w.sup = supervise.New(supervise.Options{
		Starter: w.starter, Bus: w.bus, Log: slog.New(w), Environ: []string{"PATH=/bin"}, NewPool: pools.Open,
	})
	return w
}

// end kills what lives and shuts the supervisor down, unless the test did.
func (w *world) end() {
	w.starter.EndAll()
	if err := w.sup.Shutdown(context.Background()); err != nil && err != supervise.ErrShutdown {
		w.t.Error(err)
	}
}

// Enabled, Handle, WithAttrs and WithGroup implement slog.Handler.
func (w *world) Enabled(context.Context, slog.Level) bool { return true }
func (w *world) Handle(_ context.Context, r slog.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, fmt.Sprintf("%v %s", r.Level, strings.ReplaceAll(r.Message, "\n", "|")))
	return nil
}
func (w *world) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w *world) WithGroup(string) slog.Handler      { return w }

// wantLog compares the lines of the main log that contain one of the texts,
// and forgets all.
func (w *world) wantLog(want string, texts ...string) {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	var got []string
	for _, line := range w.lines {
		for _, text := range texts {
			if strings.Contains(line, text) {
				got = append(got, line)
				break
			}
		}
	}
	w.lines = nil
	if diff := cmp.Diff(linesOf(want), got); diff != "" {
		w.t.Errorf("main log (-want +got):\n%s", diff)
	}
}

func linesOf(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

type edit = func(*supervise.GroupSpec)

func bufferSize(n int) edit        { return func(g *supervise.GroupSpec) { g.Listener.BufferSize = n } }
func events(names ...string) edit  { return func(g *supervise.GroupSpec) { g.Listener.Events = names } }
func jobs(names ...string) edit    { return func(g *supervise.GroupSpec) { g.Listener.JobEvents = names } }
func named(name string) edit       { return func(g *supervise.GroupSpec) { g.Name = name } }
func stays(g *supervise.GroupSpec) { g.Programs[0].Start.Autorestart = supervise.RestartNever }
func startsecs(d time.Duration) edit {
	return func(g *supervise.GroupSpec) { g.Programs[0].Start.Secs = d }
}

// processes makes so many of the one program.
func processes(n int) edit {
	return func(g *supervise.GroupSpec) {
		one := g.Programs[0]
		g.Programs = nil
		for i := range n {
			one.Name = "l" + strconv.Itoa(i)
			g.Programs = append(g.Programs, one)
		}
	}
}

// spec is a pool that is called l, with one process, RUNNING at once, that is
// told of remote events.
func spec(edits ...edit) supervise.GroupSpec {
	g := supervise.GroupSpec{
		Name: "l", Priority: -1, Kind: supervise.KindListener,
		Listener: &supervise.ListenerSpec{BufferSize: 10, Events: []string{"REMOTE_COMMUNICATION"}},
		Programs: []supervise.Program{{
			Name: "l", Command: "/bin/true", Priority: 999,
			Child: supervise.ChildSpec{Umask: -1},
			Start: supervise.StartPolicy{Auto: true, Autorestart: supervise.RestartUnexpected, Retries: 3, ExitCodes: []int{0}},
			Stop:  supervise.StopPolicy{Signal: 15, Wait: 10 * time.Second},
		}},
	}
	for _, edit := range edits {
		edit(&g)
	}
	for i := range g.Programs {
		g.Programs[i].Group = g.Name
	}
	return g
}

// pool adds a pool as spec has it.
func (w *world) pool(edits ...edit) {
	w.t.Helper()
	if err := w.sup.Add(spec(edits...)); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// process finds one of the pool l.
func (w *world) process(name string) *supervise.Process {
	w.t.Helper()
	p, err := w.sup.Process("l", name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// wantNote compares what the description of the process l is to tell.
func (w *world) wantNote(want string) {
	w.t.Helper()
	synctest.Wait()
	if got := w.process("l").Status().Note; got != want {
		w.t.Errorf("the note is %q, want %q", got, want)
	}
}

// remote publishes so many events with the data e0, e1 and so on.
func (w *world) remote(from, to int) {
	for n := from; n <= to; n++ {
		w.bus.Publish(event.Remote{Kind: "k", Data: "e" + strconv.Itoa(n)})
	}
	synctest.Wait()
}

// told are the events that child was sent: serial, pool's serial and last line.
func told(child *proctest.Child) (all []string) {
	for _, one := range strings.Split(child.Input(), "ver:3.0 ")[1:] {
		header, payload, _ := strings.Cut(one, "\n")
		words := strings.Fields(header)
		lines := strings.Split(payload, "\n")
		all = append(all, fmt.Sprintf("%s %s %s", value(words[1]), value(words[3]), lines[len(lines)-1]))
	}
	return all
}

func value(word string) string {
	_, v, _ := strings.Cut(word, ":")
	return v
}

// wantTold compares what the n-th child was sent.
func (w *world) wantTold(n int, want ...string) {
	w.t.Helper()
	synctest.Wait()
	if diff := cmp.Diff(want, told(w.starter.Children()[n])); diff != "" {
		w.t.Errorf("child %d was sent (-want +got):\n%s", n, diff)
	}
}

type script = proctest.Script

// plays tells what the children to come do, each in its turn; the last goes on.
func (w *world) plays(scripts ...script) { w.starter.Queue("", scripts...) }

// answering is a listener that answers each event with text, and is ready
// for the next at once.
func answering(text string) script {
	return script{
		Output:  []proctest.Chunk{{Data: "READY\n"}},
		OnInput: func(c *proctest.Child, _ []byte) { c.Say(text+"READY\n", false) },
	}
}

// saying is a listener that says the texts at the beginning and then nothing.
func saying(texts ...string) script {
	var s script
	for _, text := range texts {
		s.Output = append(s.Output, proctest.Chunk{Data: text})
	}
	return s
}

const ok = "RESULT 2\nOK"
