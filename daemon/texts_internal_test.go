package daemon

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

func TestListenError(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"another daemon": {
			fmt.Errorf("unix:///s (pid 7): %w", httpd.ErrInUse),
			"Another program is already listening on a port that one of our HTTP servers is configured to use." +
				"  Shut this program down first before starting supervisord.\nunix:///s (pid 7): address in use",
		},
		"no permission": {
			&os.PathError{Op: "bind", Path: "/s", Err: syscall.EACCES},
			"Cannot open an HTTP server: socket.error reported errno.EACCES (13)\nbind /s: permission denied",
		},
		"an owner that only root can give": {
			&httpd.ChownError{Section: "unix_http_server", Path: "/s", UID: 1, GID: 2, Err: syscall.EPERM},
			fmt.Sprintf("Not permitted to chown /s to uid/gid (1, 2); adjust \"sockchown\" value in config file or on command line"+
				" to values that the current user (%s) can successfully chown\n"+
				"not permitted to chown /s to uid 1, gid 2; change chown of [unix_http_server]: operation not permitted", currentUser()),
		},
		"no socket": {
			fmt.Errorf("/s is no socket"),
			"Cannot open an HTTP server: /s is no socket",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr strings.Builder
			o := Options{Prog: "supervisord", Stderr: &stderr}
			if code := o.failed(listenError(tt.err)); code != exitUsage {
				t.Errorf("exit code = %d, want %d", code, exitUsage)
			}
			want := "Error: " + tt.want + "\nFor help, use supervisord -h\n"
			if got := stderr.String(); got != want {
				t.Errorf("stderr = %q, want %q", got, want)
			}
		})
	}
}

func TestPidfile(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	path := filepath.Join(t.TempDir(), "d.pid")
	if !writePidfile(path, logger) {
		t.Fatalf("writePidfile: %s", log.String())
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%d\n", os.Getpid()); string(content) != want {
		t.Errorf("content = %q, want %q", content, want)
	}
	if want := fmt.Sprintf("supervisord started with pid %d", os.Getpid()); !strings.Contains(log.String(), want) {
		t.Errorf("log = %q, want %q in it", log.String(), want)
	}

	log.Reset()
	if writePidfile(filepath.Join(path, "below"), logger) {
		t.Error("a pid file below a file was written")
	}
	if want := "could not write pidfile " + path; !strings.Contains(log.String(), want) {
		t.Errorf("log = %q, want %q in it", log.String(), want)
	}
	if writePidfile(os.DevNull, logger) {
		t.Error("the null device is ours to remove")
	}
}

// TestBecomingOneselfNeedsNothing: an unprivileged daemon may name its own
// user, but no other.
func TestBecomingOneselfNeedsNothing(t *testing.T) {
	self := config.Daemon{User: fmt.Sprint(os.Getuid()), UID: os.Getuid(), GID: os.Getgid()}
	lines, err := becomeUser(self)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("Set uid to user %d succeeded", os.Getuid())
	if len(lines) != 1 || lines[0].text != want {
		t.Errorf("lines = %v, want %q", lines, want)
	}
}

func TestLogOfConfigKeepsTheOriginalsOrder(t *testing.T) {
	var out strings.Builder
	drop := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	i := &instance{
		log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: drop})),
		config: &config.Config{
			Warnings: []config.Warning{{Level: slog.LevelInfo, Text: "included"}, {Level: slog.LevelWarn, Text: "unmatched"}},
			Notes:    []*config.Error{{File: "f", Line: 1, Section: "s", Key: "k", Err: io.EOF}},
		},
	}
	early, err := becomeUser(config.Daemon{User: fmt.Sprint(os.Getuid()), UID: os.Getuid()})
	if err != nil {
		t.Fatal(err)
	}
	i.logConfig(append(early, line{slog.LevelInfo, "raised"}, line{slog.Level(12), "critical"}))
	var got []string
	for l := range strings.Lines(out.String()) {
		_, message, _ := strings.Cut(l, "msg=")
		got = append(got, strings.Trim(strings.Fields(message)[0], `"`))
	}
	want := "[critical unmatched included Set raised f:1:]"
	if fmt.Sprint(got) != want {
		t.Errorf("lines begin with %v, want %s\n%s", got, want, out.String())
	}
}
