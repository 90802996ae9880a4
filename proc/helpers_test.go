package proc_test

import (
	"io"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// run starts a command and returns what it wrote and how it ended.
func run(t *testing.T, s proc.Starter, c proc.Command) (stdout, stderr string, e proc.Exit) {
	t.Helper()
	child, err := s.Start(c)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	stdout = readAll(t, child.Stdout())
	if child.Stderr() != nil {
		stderr = readAll(t, child.Stderr())
	}
	<-child.Done()
	closeAll(t, child)
	return stdout, stderr, child.Exit()
}

func readAll(t testing.TB, s proc.Stream) string {
	t.Helper()
	var all strings.Builder
	for {
		err := s.Next(func(p []byte) { all.Write(p) })
		if err != nil {
			if err != io.EOF {
				t.Fatalf("read: %v", err)
			}
			return all.String()
		}
	}
}

func closeAll(t testing.TB, c proc.Child) {
	t.Helper()
	var errs []error
	if c.Stdin() != nil {
		errs = append(errs, c.Stdin().Close())
	}
	errs = append(errs, c.Stdout().Close())
	if c.Stderr() != nil {
		errs = append(errs, c.Stderr().Close())
	}
	for _, err := range errs {
		if err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func shell(script string) proc.Command {
	return proc.Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", script}, Umask: -1,
		Env: []string{"PATH=/usr/local/bin:/usr/bin:/bin"},
	}
}
