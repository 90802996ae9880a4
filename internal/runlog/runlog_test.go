package runlog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// lines is a slog.Handler that keeps messages.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, r.Message)
	return nil
}

func (l *lines) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.text...)
}

// at is a run of the store that is called default.
func at(run string) runlog.Run { return runlog.Run{Store: "default", ID: run} }

// newLogs are logs in a directory, which is returned, and what they say.
func newLogs(t *testing.T, maxBytes int64) (*runlog.Logs, string, *lines) {
	t.Helper()
	said, dir := &lines{}, filepath.Join(t.TempDir(), "runs")
	return runlog.New(runlog.Options{Dir: dir, MaxBytes: maxBytes, Log: slog.New(said)}), dir, said
}

func wantLines(t *testing.T, said *lines, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), said.all()); diff != "" {
		t.Errorf("the log has (-want +got):\n%s", diff)
	}
}

func wantRead(t *testing.T, l *runlog.Logs, run, want string) {
	t.Helper()
	got, before, err := l.Read(at(run), 1<<30)
	if err != nil || before != 0 || string(got) != want {
		t.Errorf("the slice of %s is %q (%d before), %v, want %q", run, got, before, err, want)
	}
}

func wantFile(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s has %q, %v, want %q", path, got, err, want)
	}
}

func TestAttemptsOfARunShareItsSlice(t *testing.T) {
	l, dir, said := newLogs(t, 0)
	for _, text := range []string{"first\n", "second\n"} {
		s := l.Begin(at("a job@5"), runlog.Outputs{Keep: 100})
		s.Stdout().Write([]byte(text))
		if s.Stdout().Path() != filepath.Join(dir, "default", "a%20job", "@5.log") || s.Stderr() != nil {
			t.Errorf("it writes to %s and %v", s.Stdout().Path(), s.Stderr())
		}
		if got, dropped := s.Text(100); got != text || dropped != 0 {
			t.Errorf("the attempt wrote %q and %d, want %q", got, dropped, text)
		}
		s.End()
	}
	wantRead(t, l, "a job@5", "first\nsecond\n")
	wantLines(t, said)
}

func TestARunThatWroteNothingHasNoSlice(t *testing.T) {
	l, _, said := newLogs(t, 0)
	l.Begin(at("j@1"), runlog.Outputs{}).End()
	if _, err := l.Open(at("j@1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening it: %v", err)
	}
	wantLines(t, said)
}

// An attempt may begin before the one that it follows has ended; then that one
// does not take the file away.
func TestAttemptsThatMeet(t *testing.T) {
	l, _, said := newLogs(t, 0)
	first, second := l.Begin(at("j@1"), runlog.Outputs{}), l.Begin(at("j@1"), runlog.Outputs{})
	first.End()
	second.Write([]byte("hello"))
	second.End()
	wantRead(t, l, "j@1", "hello")
	wantLines(t, said)
}

// All runs of a job append to its log, which rotates; the slices stay whole.
func TestASliceIsFoundAfterTheRotationOfTheLog(t *testing.T) {
	l, _, said := newLogs(t, 0)
	log := runlog.LogFile{Path: filepath.Join(t.TempDir(), "job.log"), MaxBytes: 20, Backups: 1}
	for i := range 9 {
		s := l.Begin(at(fmt.Sprint("j@", i)), runlog.Outputs{Stdout: log})
		s.Stdout().Write(fmt.Appendf(nil, "run %d begins\n", i))
		s.Stdout().Write(fmt.Appendf(nil, "run %d ends\n", i))
		s.End()
	}
	wantFile(t, log.Path+".1", "run 8 begins\nrun 8 ends\n")
	wantFile(t, log.Path, "")
	for i := range 9 {
		wantRead(t, l, fmt.Sprint("j@", i), fmt.Sprintf("run %d begins\nrun %d ends\n", i, i))
	}
	wantLines(t, said)
}

func TestRunsThatLiveTogetherShareTheLogOfTheirJob(t *testing.T) {
	l, _, _ := newLogs(t, 0)
	log := runlog.LogFile{Path: filepath.Join(t.TempDir(), "job.log")}
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			s := l.Begin(at(fmt.Sprint("j@", i)), runlog.Outputs{Stdout: log})
			defer s.End()
			for range 100 {
				s.Stdout().Write([]byte("0123456789\n"))
			}
		})
	}
	running.Wait()
	wantFile(t, log.Path, strings.Repeat("0123456789\n", 800))
}

func TestStreamsThatComeApart(t *testing.T) {
	l, dir, _ := newLogs(t, 0)
	out, err := runlog.LogFile{Path: filepath.Join(filepath.Dir(dir), "out")}, runlog.LogFile{Path: filepath.Join(filepath.Dir(dir), "err")}
	s := l.Begin(at("j@1"), runlog.Outputs{Apart: true, Stdout: out, Stderr: err, StripANSI: true})
	s.Stdout().Write([]byte("one \x1b[1mbold\x1b[0m\n"))
	s.Stderr().Write([]byte("two\n"))
	s.Write([]byte("three\n"))
	s.End()
	wantRead(t, l, "j@1", "one bold\ntwo\nthree\n")
	wantFile(t, out.Path, "one bold\nthree\n")
	wantFile(t, err.Path, "two\n")
}

// The end of what was written is kept, at least a part of the cap, and the files
// never take more than that.
func TestASliceIsCapped(t *testing.T) {
	for _, limit := range []int64{100, 4096, 1 << 20} {
		l, dir, _ := newLogs(t, limit)
		s := l.Begin(at("j@1"), runlog.Outputs{})
		var all bytes.Buffer
		for i := 0; int64(all.Len()) < 5*limit; i++ {
			line := fmt.Appendf(nil, "line %d %s\n", i, strings.Repeat("x", i%1000))
			all.Write(line)
			s.Stdout().Write(line)
			if size := sizeOf(t, dir); size > limit {
				t.Fatalf("of %d bytes %d are on the disk", limit, size)
			}
		}
		s.Stdout().Write(bytes.Repeat([]byte{'y'}, int(limit))) // more than a piece at once
		all.Write(bytes.Repeat([]byte{'y'}, int(limit)))
		if size := sizeOf(t, dir); size > limit {
			t.Fatalf("of %d bytes %d are on the disk", limit, size)
		}
		s.End()
		got, _, err := l.Read(at("j@1"), 1<<30)
		if err != nil || !bytes.HasSuffix(all.Bytes(), got) || int64(len(got)) < limit/4 {
			t.Errorf("of %d bytes %d are kept, %v", limit, len(got), err)
		}
	}
}

// sizeOf is how much the files in dir take.
func sizeOf(t *testing.T, dir string) (size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		size += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func TestATextIsReadFromAnywhere(t *testing.T) {
	l, _, _ := newLogs(t, 100)
	s := l.Begin(at("j@1"), runlog.Outputs{})
	for i := range 30 {
		s.Write(fmt.Appendf(nil, "line %d\n", i))
	}
	s.End()
	text, err := l.Open(at("j@1"))
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	all, err := io.ReadAll(io.NewSectionReader(text, 0, text.Size()))
	if err != nil || int64(len(all)) != text.Size() || len(all) < 40 || !bytes.HasSuffix(all, []byte("line 28\nline 29\n")) {
		t.Fatalf("it is %q, %v", all, err)
	}
	for from := range len(all) + 2 {
		for length := range len(all) + 2 {
			p := make([]byte, length)
			n, err := text.ReadAt(p, int64(from))
			want := all[min(from, len(all)):min(from+length, len(all))]
			if !bytes.Equal(p[:n], want) || (err == io.EOF) != (n < length) {
				t.Fatalf("%d bytes from %d are %q, %v, want %q", length, from, p[:n], err, want)
			}
		}
	}
	data, before, err := l.Read(at("j@1"), 8)
	if string(data) != "line 29\n" || before != text.Size()-8 || err != nil {
		t.Errorf("the last 8 bytes are %q behind %d, %v", data, before, err)
	}
}

// A directory that cannot be made costs the slices, and nothing else.
func TestWhereNoSliceCanBeMade(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(parent, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	said, dir := &lines{}, filepath.Join(parent, "runs")
	l := runlog.New(runlog.Options{Dir: dir, Log: slog.New(said)})
	log := runlog.LogFile{Path: filepath.Join(filepath.Dir(parent), "job.log")}
	for i := range 3 {
		s := l.Begin(at(fmt.Sprint("j@", i)), runlog.Outputs{Keep: 10, Stdout: log})
		s.Stdout().Write([]byte("hello\n"))
		if text, _ := s.Text(100); text != "hello\n" || s.Lost() != 6 {
			t.Errorf("the text is %q, %d bytes were lost", text, s.Lost())
		}
		s.End()
	}
	l.Begin(at("silent@1"), runlog.Outputs{}).End()
	wantFile(t, log.Path, "hello\nhello\nhello\n")
	wantLines(t, said, "output of runs: "+filepath.Join(dir, "default", "j", "@0.log")+": not a directory; output is dropped until it can be written")
	if got := l.Dropped(); got != 18 {
		t.Errorf("%d bytes were dropped", got)
	}
	if err := os.Remove(parent); err != nil {
		t.Fatal(err)
	}
	s := l.Begin(at("j@4"), runlog.Outputs{})
	s.Write([]byte("again"))
	s.End()
	wantRead(t, l, "j@4", "again")
	if got := said.all(); len(got) != 2 || got[1] != "output of runs: "+dir+": written to again; 18 bytes were dropped" {
		t.Errorf("the log has %q", got)
	}
}

func TestTheLogOfAJobIsReopened(t *testing.T) {
	l, _, _ := newLogs(t, 0)
	log := runlog.LogFile{Path: filepath.Join(t.TempDir(), "job.log")}
	s := l.Begin(at("j@1"), runlog.Outputs{Stdout: log})
	defer s.End()
	s.Write([]byte("old"))
	if err := os.Rename(log.Path, log.Path+".old"); err != nil {
		t.Fatal(err)
	}
	l.Reopen()
	s.Write([]byte("new"))
	wantFile(t, log.Path+".old", "old")
	wantFile(t, log.Path, "new")
}

// history has some runs.
type history struct {
	mu   sync.Mutex
	runs []string
	err  error
}

func (h *history) Runs(_ context.Context, f job.RunFilter) (found []job.Run, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, has := range h.runs {
		for _, id := range f.IDs {
			if id == has {
				found = append(found, job.Run{ID: id})
			}
		}
	}
	return found, h.err
}

// histories are those of stores; others are not known.
type histories map[string]*history

func (hs histories) of(store string) runlog.History {
	if h := hs[store]; h != nil {
		return h
	}
	return &history{err: errors.New("there is no such store")}
}

func (h *history) has(runs ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs = runs
}

// write makes slices.
func write(l *runlog.Logs, runs ...string) {
	for _, run := range runs {
		s := l.Begin(at(run), runlog.Outputs{})
		s.Write(bytes.Repeat([]byte("hello world\n"), 20))
		s.End()
	}
}

// kept lists the slices in dir, their older parts included.
func kept(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && path != dir {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestPruneGoesByTheHistoryOfEachStore(t *testing.T) {
	l, dir, said := newLogs(t, 200)
	write(l, "a@1", "a@2", "b~X", "c@1")
	other := runlog.Run{Store: "other", ID: "a@1"}
	s := l.Begin(other, runlog.Outputs{})
	s.Write([]byte("x"))
	s.End()
	living := l.Begin(at("d@1"), runlog.Outputs{})
	living.Write([]byte("x"))
	if err := os.WriteFile(filepath.Join(dir, "default", "a", "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stores := histories{"default": {runs: []string{"a@2", "b~X"}}, "other": {runs: []string{"a@1"}}}
	if n, err := l.Prune(t.Context(), stores.of, job.Keep{Now: time.Now()}); n != 2 || err != nil {
		t.Errorf("%d are removed, %v, want 2", n, err)
	}
	want := "default default/a default/a/@2.log default/a/@2.log.1 default/a/README default/b default/b/~X.log default/b/~X.log.1 default/d default/d/@1.log other other/a other/a/@1.log"
	if got := kept(t, dir); got != want {
		t.Errorf("left are %s, want %s", got, want)
	}
	wantRead(t, l, "d@1", "x")
	living.End()
	stores["other"].has()
	if n, err := l.Prune(t.Context(), stores.of, job.Keep{Now: time.Now()}); n != 2 || err != nil {
		t.Errorf("at the end of a run that nobody knows %d are removed, %v", n, err)
	}
	if _, err := l.Open(other); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the slice of the other store is there still: %v", err)
	}
	wantLines(t, said)
}

// What a store has that is away, or was taken out of the configuration, nobody
// knows: the limits of its history hold for the slices themselves.
func TestPruneKeepsWhatNobodyCanBeAskedAbout(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		name string
		keep job.Keep
		ages map[string]time.Duration
		want string
	}{
		{"young ones stay", job.Keep{PerJob: 3, Age: 30 * day}, map[string]time.Duration{"a@1": 29 * day, "a@2": 0, "b@1": day}, "a@1 a@2 b@1"},
		{"old ones go", job.Keep{Age: 30 * day}, map[string]time.Duration{"a@1": 31 * day, "a@2": 29 * day}, "a@2"},
		{"the newest of each job stay", job.Keep{PerJob: 2}, map[string]time.Duration{"a@1": 3 * day, "a@2": 2 * day, "a@3": day, "b~X": 4 * day}, "a@2 a@3 b~X"},
		{"without a limit a year is one", job.Keep{}, map[string]time.Duration{"a@1": 366 * day, "a@2": 364 * day}, "a@2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, dir, said := newLogs(t, 0)
			c.keep.Now = time.Now()
			for run, age := range c.ages {
				write(l, run)
				path := filepath.Join(dir, "default", run[:1], run[1:]+".log")
				if written := c.keep.Now.Add(-age); os.Chtimes(path, written, written) != nil {
					t.Fatalf("there is no %s", path)
				}
			}
			stores := histories{"other": {}}
			if _, err := l.Prune(t.Context(), stores.of, c.keep); err != nil {
				t.Error(err)
			}
			var left []string
			for _, run := range slices.Sorted(maps.Keys(c.ages)) {
				if _, _, err := l.Read(at(run), 1); err == nil {
					left = append(left, run)
				}
			}
			if got := strings.Join(left, " "); got != c.want {
				t.Errorf("left are %s, want %s", got, c.want)
			}
			wantLines(t, said)
		})
	}
}

func TestPruneWithoutSlices(t *testing.T) {
	l, _, _ := newLogs(t, 0)
	if n, err := l.Prune(t.Context(), histories{}.of, job.Keep{}); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// Tend prunes at once, then at most once a minute, and only behind runs.
func TestTend(t *testing.T) {
	said, dir := &lines{}, filepath.Join(t.TempDir(), "runs")
	synctest.Test(t, func(t *testing.T) {
		l := runlog.New(runlog.Options{Dir: dir, Log: slog.New(said)})
		h := &history{}
		write(l, "j@1")
		ctx, cancel := context.WithCancel(t.Context())
		var tending sync.WaitGroup
		tending.Go(func() { l.Tend(ctx, func(string) runlog.History { return h }, job.Keep{Age: time.Hour}) })
		synctest.Wait()
		if got := kept(t, dir); got != "" {
			t.Errorf("at the start %s is left", got)
		}
		h.has("k@1")
		write(l, "k@1", "k@2")
		<-time.After(30 * time.Second)
		if got := kept(t, dir); got != "default default/k default/k/@1.log default/k/@2.log" {
			t.Errorf("after half a minute there is %s", got)
		}
		<-time.After(31 * time.Second)
		if got := kept(t, dir); got != "default default/k default/k/@1.log" {
			t.Errorf("after a minute there is %s", got)
		}
		h.has()
		<-time.After(time.Hour)
		if got := kept(t, dir); got != "default default/k default/k/@1.log" {
			t.Errorf("without a run it went on, and left %s", got)
		}
		h.err = errors.New("away")
		write(l, "k@3")
		synctest.Wait()
		cancel()
		tending.Wait()
	})
	wantLines(t, said)
}
