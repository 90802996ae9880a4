package e2e_test

import (
	"os"
	"os/exec"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// TestPythonClient runs the tests of the Python client, which are Python's, against
// the binary. CHAOS_SECONDS is how long workers of uvicorn are killed there.
func TestPythonClient(t *testing.T) {
	t.Parallel()
	python := servertest.Python(t)
	for _, module := range []string{"test_examples", "test_names", "test_schedulers", "test_uvicorn"} {
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
