package executor_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// workers is a Python whose workers find testdata/tasks.py. They must all be
// gone after the test, in peace unless it wants otherwise.
func workers(t testing.TB, o executor.PythonOptions) *executor.Python {
	t.Helper()
	if o.Python == "" {
		o.Python = servertest.Python(t)
	}
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	o.Starter = s
	if o.Directory == "" {
		if o.Directory, err = filepath.Abs("testdata"); err != nil {
			t.Fatal(err)
		}
	}
	if o.Environment == nil {
		o.Environment = []string{"PATH=/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE=1"}
	}
	p := executor.NewPython(o)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// call makes an attempt of a function with arguments as Go values.
func call(fn string, args ...any) job.Task {
	if args == nil {
		return task(fn, "")
	}
	data, err := json.Marshal(args)
	if err != nil {
		panic(err)
	}
	return task(fn, string(data))
}

// returned reads the result of a function.
func returned(t testing.TB, result string) executor.PythonResult {
	t.Helper()
	var r executor.PythonResult
	if err := json.Unmarshal([]byte(result), &r); err != nil {
		t.Fatalf("result %q: %v", result, err)
	}
	return r
}

// value runs a function that must succeed, and returns its value.
func value(t testing.TB, p *executor.Python, task job.Task) string {
	t.Helper()
	result, err := p.Execute(t.Context(), task)
	if err != nil {
		t.Errorf("%s: %v", task.Run.Work.Func, err)
		return ""
	}
	return string(returned(t, string(result)).Value)
}

// lines is a log that many may write to.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// begun waits for a file that a function makes.
func begun(t testing.TB, path string) {
	t.Helper()
	if !settles(func() bool { _, err := os.Stat(path); return err == nil }) {
		t.Fatalf("%s does not come", path)
	}
}
