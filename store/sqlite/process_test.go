package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

// fileEnv makes this program one more process that writes to the file.
const fileEnv = "WATCHKEEPER_TEST_SQLITE_FILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(fileEnv); path != "" {
		if err := write(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// write adds jobs without an end, and tells each that was acknowledged.
func write(path string, out io.Writer) error {
	s, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		jobs := sqlstoretest.Due(3, fmt.Sprintf("%d-%d-", os.Getpid(), i), time.Now().Add(time.Hour))
		if errs, err := s.Add(context.Background(), jobs); errs != nil || err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, j := range jobs {
			if _, err := fmt.Fprintln(out, j.ID); err != nil {
				return err
			}
		}
	}
}

// TestProcessesThatAreKilledLoseNothing has processes write to one file and
// kills them at any moment.
func TestProcessesThatAreKilledLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jobs.db")
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	watch := s.Watch(t.Context())
	var acknowledged []string
	for range 3 {
		a, b := start(t, path), start(t, path)
		for range 60 {
			acknowledged = append(acknowledged, a.next(t), b.next(t))
		}
		acknowledged = append(acknowledged, a.kill(t)...)
		acknowledged = append(acknowledged, b.kill(t)...)
	}
	select {
	case <-watch:
	case <-time.After(time.Minute):
		t.Error("Watch gave no value for what other processes did")
	}
	jobs, err := s.List(t.Context(), job.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	stored := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		stored[j.ID] = true
	}
	for _, id := range acknowledged {
		if !stored[id] {
			t.Errorf("job %s was added, and is gone", id)
		}
	}
}

// process is one that writes.
type process struct {
	cmd *exec.Cmd
	out *bufio.Scanner
}

func start(t *testing.T, path string) *process {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fileEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd, bufio.NewScanner(out)}
}

func (p *process) next(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		t.Fatalf("the process ended: %v", p.out.Err())
	}
	return p.out.Text()
}

// kill returns what was acknowledged, and not read yet.
func (p *process) kill(t *testing.T) []string {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var rest []string
	for p.out.Scan() {
		rest = append(rest, p.out.Text())
	}
	_ = p.cmd.Wait() // that it was killed
	if n := len(rest); n > 0 {
		rest = rest[:n-1] // perhaps cut
	}
	return rest
}

func TestOpen(t *testing.T) {
	t.Run("leaves files of others alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "notes.txt")
		text := strings.Repeat("this is no database\n", 100)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(path, sqlite.Options{}); !errors.Is(err, job.ErrForeign) {
			t.Errorf("Open of a text: %v, want %v", err, job.ErrForeign)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("the text is %q, %v after it", got, err)
		}
	})
	t.Run("leaves the tables of others alone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "jobs.sqlite")
		execute(t, path, `create table apscheduler_jobs (id varchar(191) primary key, next_run_time float, job_state blob)`)
		if _, err := sqlite.Open(path, sqlite.Options{Prefix: "apscheduler_"}); !errors.Is(err, job.ErrForeign) {
			t.Errorf("Open over the table of APScheduler: %v, want %v", err, job.ErrForeign)
		}
		s, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatalf("Open beside it: %v, want no error", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Run("refuses the schema of a later release", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "jobs.db")
		if err := open(t, path, sqlite.Options{}).Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, path, `update watchkeeper_meta set value = 99 where key = 'schema'`)
		if _, err := sqlite.Open(path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("Open of version 99: %v, want an error that says so", err)
		}
	})
	t.Run("takes any name for a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "what? 100% of #1 & more.db")
		s := open(t, path, sqlite.Options{})
		defer s.Close()
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	t.Run("wants a file", func(t *testing.T) {
		for _, path := range []string{"", ":memory:"} {
			if _, err := sqlite.Open(path, sqlite.Options{}); err == nil {
				t.Errorf("Open of %q: no error", path)
			}
		}
	})
}

func TestExamine(t *testing.T) {
	for fast, want := range map[bool]int{false: 0, true: 1} {
		s := open(t, filepath.Join(t.TempDir(), "jobs.db"), sqlite.Options{Fast: fast})
		lines, err := s.Examine(t.Context())
		if err != nil || len(lines) != want {
			t.Errorf("Fast %v: %q, %v, want %d lines", fast, lines, err, want)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
