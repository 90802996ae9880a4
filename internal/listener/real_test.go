package listener_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/listener"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// The binary of this test is the stand-in of children that cannot be executed.
func TestMain(m *testing.M) {
	if code, ok := proc.RunStandIn(os.Args); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// real is a pool with one listener that is a shell script.
func real(t testing.TB, script string, edits ...edit) (*event.Bus, *supervise.Process) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "listener.sh")
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bus := event.NewBus()
	log := slog.New(slog.DiscardHandler)
	pools := listener.New(listener.Options{Bus: bus, Log: log, Server: "here", Serials: new(listener.Serials)})
	sup := supervise.New(supervise.Options{Starter: starter, Bus: bus, Log: log, Environ: os.Environ(), NewPool: pools.Open})
	t.Cleanup(func() {
		if err := sup.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		if err := starter.Close(); err != nil {
			t.Error(err)
		}
	})
	g := spec(edits...)
	g.Programs[0].Command = "/bin/sh " + path
	if err := sup.Add(g); err != nil {
		t.Fatal(err)
	}
	p, err := sup.Process("l", "l")
	if err != nil {
		t.Fatal(err)
	}
	return bus, p
}

// eventually waits for what the process will come to.
func eventually(t testing.TB, p *supervise.Process, what string, is func(*supervise.Status) bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(30 * time.Second)
	for !is(p.Status()) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %s: %+v", what, p.Status())
		}
	}
}

// Whoever cannot be told, or cannot answer, is of no use.
func TestAListenerWithoutItsPipesIsReplaced(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"it closes its input", "exec <&-; echo READY; exec sleep 1000", "has closed its standard input"},
		{"it closes its output", "exec >&-; exec sleep 1000", "has closed its standard output"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus, p := real(t, c.script)
			eventually(t, p, "a start", func(s *supervise.Status) bool { return s.State == supervise.Running })
			bus.Publish(event.Remote{Data: "e"})
			want := "restarted: broke the event listener protocol: " + c.want
			eventually(t, p, want, func(s *supervise.Status) bool { return strings.Contains(s.Note, want) })
		})
	}
}

// One that ends closes its pipes a moment before: that is no offence.
func TestAnEndIsNoOffence(t *testing.T) {
	bus, p := real(t, "echo READY; exec <&- >&-; exit 3")
	eventually(t, p, "an end", func(s *supervise.Status) bool { return !s.Stop.IsZero() })
	bus.Publish(event.Remote{Data: "e"})
	first := p.Status().PID
	eventually(t, p, "another child", func(s *supervise.Status) bool { return s.PID != first && s.PID != 0 })
	if s := p.Status(); strings.Contains(s.Note+s.SpawnErr, "broke") {
		t.Errorf("the end is taken for an offence: %+v", s)
	}
}

// answers is a listener that answers as fast as a shell can.
const answers = `
while :; do
	echo READY
	read -r header || exit 0
	head -c "${header##*len:}" >>"$RECORD"
	printf 'RESULT 2\nOK'
done`

// What a pipe cannot hold at once arrives all the same.
func TestALargeEventArrives(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	t.Setenv("RECORD", record)
	bus, p := real(t, answers)
	data := strings.Repeat("0123456789", 50_000)
	bus.Publish(event.Remote{Kind: "k", Data: data})
	bus.Publish(event.Remote{Kind: "k", Data: "end"})
	want := fmt.Sprintf("type:k\n%stype:k\nend", data)
	var got []byte
	eventually(t, p, "all of it", func(*supervise.Status) bool {
		got, _ = os.ReadFile(record) // it is there once something has arrived
		return len(got) >= len(want)
	})
	if string(got) != want {
		t.Errorf("%d bytes arrived, and not those that were sent", len(got))
	}
}
