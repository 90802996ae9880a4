package daemon

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// limitsVar makes the test binary raise its limits and tell the outcome.
const limitsVar = "DAEMON_TEST_MINFDS"

func TestMain(m *testing.M) {
	if minfds := os.Getenv(limitsVar); minfds != "" {
		os.Exit(tellLimits(minfds))
	}
	os.Exit(m.Run())
}

// tellLimits prints what raiseLimits did, and the limit that children have.
func tellLimits(minfds string) int {
	var limits config.Limits
	if _, err := fmt.Sscan(minfds, &limits.Minfds); err != nil {
		fmt.Println(err)
		return 1
	}
	lines, err := raiseLimits(limits)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	for _, l := range lines {
		fmt.Print(l.text, ", ")
	}
	out, err := exec.Command("/bin/sh", "-c", "ulimit -Sn; ulimit -Hn").Output()
	fmt.Println("children have", strings.Fields(string(out)), err)
	return 0
}

func TestLimitOfFiles(t *testing.T) {
	for name, tt := range map[string]struct{ limits, minfds, want string }{
		"lower than wanted":  {"ulimit -Sn 77; ulimit -Hn 500", "100", "Increased RLIMIT_NOFILE limit to 100, children have [100 500] <nil>\n"},
		"as high as wanted":  {"ulimit -Sn 100; ulimit -Hn 500", "100", "children have [100 500] <nil>\n"},
		"higher than wanted": {"ulimit -Sn 200; ulimit -Hn 500", "100", "children have [200 500] <nil>\n"},
		"soft and hard":      {"ulimit -Sn 500; ulimit -Hn 500", "100", "children have [500 500] <nil>\n"},
	} {
		t.Run(name, func(t *testing.T) {
			child := exec.Command("/bin/sh", "-c", tt.limits+`; exec "$0"`, os.Args[0])
			child.Env = append(os.Environ(), limitsVar+"="+tt.minfds)
			out, err := child.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if got := string(out); got != tt.want {
				t.Errorf("got  %swant %s", got, tt.want)
			}
		})
	}
}

// TestLimitBeyondTheHardOne: it is refused, in Supervisor's words, to whoever
// may not raise a hard limit.
func TestLimitBeyondTheHardOne(t *testing.T) {
	child := exec.Command("/bin/sh", "-c", `ulimit -n 77; exec "$0"`, os.Args[0])
	child.Env = append(os.Environ(), limitsVar+"=100")
	want := fmt.Sprintf(tooFewFiles, 100, 77) + "\n"
	if exec.Command("/bin/sh", "-c", "ulimit -n 77; ulimit -Hn 100").Run() == nil {
		want = "Increased RLIMIT_NOFILE limit to 100, children have [100 100] <nil>\n"
	}
	out, _ := child.CombinedOutput()
	if got := string(out); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestLimitsThatAreHighEnoughStay(t *testing.T) {
	var before, after syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	lines, err := raiseLimits(config.Limits{Minfds: 3, Minprocs: 1})
	if err != nil || len(lines) > 0 {
		t.Errorf("raiseLimits = %v, %v, want nothing", lines, err)
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Errorf("limit of files is %v, was %v", after, before)
	}
}
