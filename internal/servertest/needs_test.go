package servertest_test

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// recorder notes how a test that needs something ends.
type recorder struct {
	testing.TB
	skipped, failed string
}

func (r *recorder) Helper() {}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// record runs a test, which may end before its end.
func record(t *testing.T, test func(testing.TB)) *recorder {
	r := &recorder{TB: t}
	var running sync.WaitGroup
	running.Go(func() { test(r) })
	running.Wait()
	return r
}

func TestWhatIsMissing(t *testing.T) {
	needs := map[string]func(testing.TB){
		"Missing": func(tb testing.TB) { servertest.Missing(tb, "rain", os.ErrNotExist) },
		"Program": func(tb testing.TB) { servertest.Program(tb, "nothing", "/no/such/program") },
		"Python":  func(tb testing.TB) { servertest.Python(tb, "no_such_module") },
		"Need": func(tb testing.TB) {
			servertest.Need(tb, func() (server, error) { return server{}, os.ErrNotExist }, os.ErrNotExist)
		},
	}
	for name, need := range needs {
		for _, ci := range []string{"", "true"} {
			t.Setenv("CI", ci)
			r := record(t, need)
			if (r.failed != "") != (ci == "true") || (r.skipped != "") != (ci == "") {
				t.Errorf("%s with CI=%q: skipped %q, failed %q", name, ci, r.skipped, r.failed)
			}
		}
	}
}

// server is one that is never there.
type server struct{}

func (server) Stop() error { return nil }

func TestWhatIsThere(t *testing.T) {
	t.Setenv("CI", "")
	python := "skipped"
	r := record(t, func(tb testing.TB) {
		servertest.Program(tb, "coreutils", "true")
		python = servertest.Python(tb, "json", "os")
	})
	if r.failed != "" || python == "" {
		t.Errorf("the interpreter is %q; %s", python, r.failed)
	}
	if !servertest.Have("true") || servertest.Have("/no/such/program") {
		t.Error("Have does not tell what is there from what is not")
	}
	t.Setenv("CI", "true")
	if !servertest.Have("/no/such/program") {
		t.Error("in CI all of it is taken to be there")
	}
}
