package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// onOldKernel are the scripts that run once more as on Linux 3.10: start, stop
// and restart, users, logs, reloads, what a crash leaves, sockets, listeners, jobs.
func onOldKernel() []string {
	return []string{
		"background", "childutils", "crash", "groups", "jobs_crash", "jobs_run", "life", "notify", "orphans", "reload",
		"signals", "update", "user", "walkthrough",
	}
}

// TestScriptsOnAnOldKernel runs scripts with every system call of ours, and of
// the children, filtered: testdata/oldkernel says how.
func TestScriptsOnAnOldKernel(t *testing.T) {
	t.Parallel()
	bin := filepath.Dir(mustLook(t, "supervisord"))
	old := filepath.Join(bin, "oldkernel")
	helper := filepath.Join(old, "probe")
	if out, err := exec.Command("go", "build", "-o", helper, "./testdata/oldkernel").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{"watchkeeper", "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"} {
		if err := os.Symlink("probe", filepath.Join(old, name)); err != nil {
			t.Fatal(err)
		}
	}
	p := scripts(t)
	p.Dir, p.Files = "", []string{"testdata/oldkernel/filter.txtar"}
	for _, name := range onOldKernel() {
		p.Files = append(p.Files, filepath.Join("testdata/script", name+".txtar"))
	}
	setup := p.Setup
	p.Setup = func(e *testscript.Env) error {
		e.Setenv("PATH", old+string(os.PathListSeparator)+os.Getenv("PATH"))
		err := setup(e)
		e.Setenv("BIN", old)
		return err
	}
	testscript.Run(t, p)
}
