package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestPythonClient runs the tests of the Python client, which are Python's, against
// the binary. CHAOS_SECONDS is how long workers of uvicorn are killed there.
func TestPythonClient(t *testing.T) {
	t.Parallel()
	python := servertest.Python(t)
	modules, err := filepath.Glob("../../python/tests/test_*.py")
	if err != nil || len(modules) == 0 {
		t.Fatalf("%d modules, %v", len(modules), err)
	}
	for _, path := range modules {
		module := strings.TrimSuffix(filepath.Base(path), ".py")
		t.Run(module, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(python, "-W", "ignore", "-m", "unittest", module)
			cmd.Dir = mustAbs(t, "../../python/tests")
			cmd.Env = append(os.Environ(), "WATCHKEEPER="+mustLook(t, "watchkeeper"), "PYTHONDONTWRITEBYTECODE=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
