package servertest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// inCI reports whether nothing may be skipped.
func inCI() bool { return os.Getenv("CI") == "true" }

// Missing skips a test that needs what is not there, and fails it where CI is true.
func Missing(tb testing.TB, what string, why error) {
	tb.Helper()
	if inCI() {
		tb.Fatalf("%s is missing: %v", what, why)
	}
	tb.Skipf("%s is missing: %v", what, why)
}

// Program is for a test that needs a program, with all that probe, a command line,
// needs in order to succeed. Debian is what Debian's packages with it are called.
func Program(tb testing.TB, debian string, probe ...string) {
	tb.Helper()
	if err := try(probe); err != nil {
		Missing(tb, fmt.Sprintf("%s (Debian: %s)", probe[0], debian), err)
	}
}

// Have is Program for who can do without: whether it is there. In CI it has to be.
func Have(probe ...string) bool { return inCI() || try(probe) == nil }

// Root is for a test of what only root may do.
func Root(tb testing.TB) {
	tb.Helper()
	if os.Geteuid() != 0 {
		Missing(tb, "root", errors.New("the user is another"))
	}
}

// Python is an interpreter that has modules: that which PYTHON names, or else
// Debian's, or else the first in PATH. Debian's is before it as it is the one that
// has the modules of Debian's packages.
func Python(tb testing.TB, modules ...string) string {
	tb.Helper()
	names := []string{os.Getenv("PYTHON")}
	if names[0] == "" {
		names = []string{"/usr/bin/python3", "python3"}
	}
	program := "pass"
	if len(modules) > 0 {
		program = "import " + strings.Join(modules, ", ")
	}
	var why error
	for _, name := range names {
		err := try([]string{name, "-c", program})
		if err == nil {
			return name
		}
		why = errors.Join(why, fmt.Errorf("%s: %w", name, err))
	}
	Missing(tb, strings.Join(append([]string{"Python 3 with"}, modules...), " "), why)
	return ""
}

// try runs a command line, whose error has what it printed.
func try(words []string) error {
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil && len(out) > 0 {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return err
}
