package e2e_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(soakChild); dir != "" {
		os.Exit(soakTalk(dir))
	}
	os.Exit(build(m))
}

// build makes the binary, as it ships, and its old names, puts them on the PATH,
// and runs the tests.
func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "watchkeeper-e2e")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // children may run as another user
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary := filepath.Join(dir, "watchkeeper")
	for _, command := range [][]string{
		{"go", "build", "-o", binary, "../../cmd/watchkeeper"},
		{binary, "links", dir},
	} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%v: %v\n%s", command, err, out)
			return 1
		}
	}
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	// The tests wait most of the time; -parallel on the command line wins.
	if err := flag.Set("test.parallel", "6"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, scripts(t))
}

// scripts are the scripts of the binary, with the commands that they use.
func scripts(t *testing.T) testscript.Params {
	return testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"certificates": certificates,
			"connects":     connects,
			"dead":         dead,
			"expand":       expand,
			"freeport":     freePort,
			"gone":         gone,
			"listen":       listen,
			"manager":      manager,
			"processes":    processes,
			"redis":        redisServer,
			"rc":           rc,
			"shows":        shows,
			"signal":       signal,
			"told":         told,
			"until":        until,
			"untilfile":    untilFile,
		},
		Condition: condition,
		Setup: func(e *testscript.Env) error {
			e.Setenv("BIN", filepath.Dir(mustLook(t, "supervisord")))
			e.Setenv("QUICKSTART", mustAbs(t, "../../examples/quickstart.conf"))
			e.Setenv("PYTHONCLIENT", mustAbs(t, "../../python"))
			e.Setenv("APSCHEDULER", mustAbs(t, "../../examples/apscheduler/daemon"))
			authority, err := certtest.New()
			if err != nil {
				return err
			}
			e.Values[authorityOf{}] = authority
			e.Values[redisOf{}] = &redisBox{}
			e.Values[managerOf{}] = &managerBox{}
			e.Defer(func() { killLeft(t, e.WorkDir) })
			// Daemons and programs that run as another user come in, too.
			return errors.Join(os.Chmod(filepath.Dir(e.WorkDir), 0o755), os.Chmod(e.WorkDir, 0o755))
		},
	}
}

func mustAbs(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

func mustLook(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "proc":
		_, err := os.Stat("/proc/self/cmdline")
		return err == nil, nil
	case "apscheduler": // and what it stores jobs with
		return servertest.Have("/usr/bin/python3", "-c", "import apscheduler, sqlalchemy"), nil
	case "childutils": // Supervisor's helpers for event listeners
		return servertest.Have("/usr/bin/python3", "-c", "import supervisor.childutils"), nil
	case "redis":
		return servertest.Have("redis-server", "--version"), nil
	case "pidns":
		return exec.Command("unshare", "--pid", "--fork", "--mount-proc", "true").Run() == nil, nil
	default:
		return false, fmt.Errorf("unknown condition %q", name)
	}
}
