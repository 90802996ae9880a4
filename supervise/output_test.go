package supervise_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestOutputBecomesEventsWithThePidOfItsLife(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Output: []proctest.Chunk{{Data: "one\n"}}, Lives: 2 * time.Second, Code: 1}, script{Output: []proctest.Chunk{{Data: "two\n"}}})
		w.run(program(startsecs(0), func(p *supervise.Program) { p.Stdout.Events = true }))
		time.Sleep(3 * time.Second)
		w.only("PROCESS_LOG")
		w.want(`
			0s PROCESS_LOG_STDOUT p pid:100 "one\n"
			2s PROCESS_LOG_STDOUT p pid:101 "two\n"`)
	})
}

func TestOutputBetweenTagsBecomesAnEvent(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Output: []proctest.Chunk{{Data: "a<!--XSUPERVISOR:BEGIN-->hello<!--XSUPERVISOR:END-->b and what follows, longer than a tag"}}})
		w.run(program(startsecs(0), func(p *supervise.Program) { p.Stdout.CaptureMax = 1000 }))
		w.only("PROCESS_COMMUNICATION")
		w.want(`0s PROCESS_COMMUNICATION_STDOUT p pid:100 "hello"`)
	})
}

func TestAListenersOutputIsItsProtocolAndNoEvent(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Output: []proctest.Chunk{{Data: "READY\n"}}})
		p := program(func(p *supervise.Program) { p.Stdout.Events = true })
		w.add(supervise.GroupSpec{Name: "p", Kind: supervise.KindListener, Programs: []supervise.Program{p}})
		synctest.Wait()
		w.only("PROCESS_LOG")
		w.want(``)
	})
}

func TestOutputIsInTheMainLogAtLevelDebug(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.level = slog.LevelDebug
		w.plays(script{Output: []proctest.Chunk{{Data: "caf\xe9\n"}}})
		p := w.run(program(startsecs(0)))
		if err := p.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		w.only("DEBUG")
		w.want("0s DEBUG 'p' stdout output:|caf\uFFFD|" + `
			0s DEBUG killing p (pid 100) with signal SIGTERM`)
	})
}

// Two lives write to one file, the last bytes of the first before the first
// of the second, and a file that was moved away is made anew at the start.
func TestALogGoesOnOverTheLivesOfAProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.log")
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Output: []proctest.Chunk{{Data: "one\n"}}, Lives: 2 * time.Second}, script{Output: []proctest.Chunk{{Data: "two\n"}}, Lives: 2 * time.Second}, script{Output: []proctest.Chunk{{Data: "three\n"}}})
		p := w.run(program(startsecs(0), autorestart, func(p *supervise.Program) { p.Stdout.File = path }))
		if got := p.Stdout().Path(); got != path {
			t.Errorf("the log is at %q, want %q", got, path)
		}
		time.Sleep(3 * time.Second)
		wantFile(t, path, "one\ntwo\n")
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		wantFile(t, path, "three\n")
		if err := os.Rename(path, path+".older"); err != nil {
			t.Fatal(err)
		}
		w.sup.ReopenLogs()
		synctest.Wait()
		wantFile(t, path, "")
		if err := p.Stop(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("left over"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := p.ClearLogs(); err != nil {
			t.Error(err)
		}
		wantFile(t, path, "")
	})
}

func TestALogThatCannotBeOpenedIsASpawnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gone", "p.log")
	inBubble(t, func(t *testing.T, w *world) {
		w.run(program(startretries(0), func(p *supervise.Program) { p.Stderr.File = path }))
		w.want(`
			0s p STOPPED -> STARTING tries:0
			0s INFO spawnerr: unknown error making dispatchers for 'p': ENOENT
			0s p STARTING -> BACKOFF tries:1
			0s p BACKOFF -> FATAL
			0s INFO gave up: p entered FATAL state, too many start retries too quickly`)
	})
}

func TestNothingIsPublishedThatNobodyWants(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.unsubscribe()
		w.bus.Subscribe(w, event.ProcessStateFatal)
		w.plays(script{Output: []proctest.Chunk{{Data: "one\n"}}, Lives: time.Millisecond})
		w.run(program(startretries(0), func(p *supervise.Program) { p.Stdout.Events = true }))
		time.Sleep(time.Second)
		w.only("p BACKOFF")
		w.want(`1ms p BACKOFF -> FATAL`)
	})
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	synctest.Wait()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	if string(got) != want {
		t.Errorf("%s holds %q, want %q", filepath.Base(path), got, want)
	}
}

func TestEachLineOfALogHasItsPrefix(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		path := filepath.Join(t.TempDir(), "log")
		w.plays(script{Output: []proctest.Chunk{{Data: "one\ntwo\nunfinished"}}}, script{Output: []proctest.Chunk{{Data: "next\n"}}})
		p := w.run(program(startsecs(0), func(p *supervise.Program) {
			p.Stdout = supervise.LogSpec{File: path, Prefix: "web | ", Events: true}
		}))
		for range 2 {
			synctest.Wait()
			if err := p.Stop(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			if err := p.Start(t.Context(), true); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		got, err := os.ReadFile(path)
		if want := "web | one\nweb | two\nweb | unfinished\nweb | next\n"; string(got) != want || err != nil {
			t.Errorf("the log has %q (%v), want %q", got, err, want)
		}
		w.only("PROCESS_LOG") // which has what the program wrote
		w.want(`
			0s PROCESS_LOG_STDOUT p pid:100 "one\ntwo\nunfinished"
			0s PROCESS_LOG_STDOUT p pid:101 "next\n"`)
	})
}
