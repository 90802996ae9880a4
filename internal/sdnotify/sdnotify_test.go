package sdnotify_test

import (
	"net"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/sdnotify"
)

// listen is a service manager; it returns the value of NOTIFY_SOCKET.
func listen(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func read(t *testing.T, c *net.UnixConn) string {
	t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1024)
	n, err := c.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n])
}

func TestEachMessageIsOneDatagram(t *testing.T) {
	t.Parallel()
	sockets := map[string]string{"in the file system": filepath.Join(t.TempDir(), "notify")}
	if runtime.GOOS == "linux" {
		sockets["abstract"] = "@watchkeeper/sdnotify/" + strconv.FormatInt(time.Now().UnixNano(), 36)
	}
	for name, socket := range sockets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			manager := listen(t, socket)
			n := sdnotify.New(socket, "", "", 1)
			for want, send := range map[string]func() error{
				`^READY=1\nSTATUS=all is up$`: func() error { return n.Ready("all\nis up\n") },
				`^STOPPING=1\nSTATUS=bye$`:    func() error { return n.Stopping("bye") },
				`^WATCHDOG=1$`:                n.Alive,
			} {
				if err := send(); err != nil {
					t.Fatal(err)
				}
				if got := read(t, manager); !regexp.MustCompile(want).MatchString(got) {
					t.Errorf("got %q, want %s", got, want)
				}
			}
		})
	}
}

func TestAReloadCarriesItsTime(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "notify")
	manager := listen(t, socket)
	before := monotonic(t)
	if err := sdnotify.New(socket, "", "", 1).Reloading("reading"); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`^RELOADING=1\nMONOTONIC_USEC=(\d+)\nSTATUS=reading$`).FindStringSubmatch(read(t, manager))
	if got == nil {
		t.Fatal("the message has another form")
	}
	if at, err := strconv.ParseInt(got[1], 10, 64); err != nil || at < before || at > monotonic(t) {
		t.Errorf("MONOTONIC_USEC=%s is not a time since %d", got[1], before)
	}
}

func monotonic(t *testing.T) int64 {
	t.Helper()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		t.Fatal(err)
	}
	return now.Nano() / 1000
}

func TestWithoutAManagerNothingIsSent(t *testing.T) {
	t.Parallel()
	if err := (sdnotify.Notifier{}).Ready("x"); err != nil {
		t.Errorf("the zero Notifier: %v", err)
	}
	gone := sdnotify.New(filepath.Join(t.TempDir(), "gone"), "", "", 1)
	if err := gone.Ready("x"); err == nil {
		t.Error("a manager that is gone: no error")
	}
}

func TestTheWatchdogHearsOfUsTwiceInItsTime(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		usec, pid string
		want      time.Duration // 0: never
	}{
		"for us":          {"30000000", "7", 15 * time.Second},
		"for everybody":   {"30000000", "", 15 * time.Second},
		"for another one": {"30000000", "8", 0},
		"not set":         {"", "7", 0},
		"no number":       {"soon", "7", 0},
		"zero":            {"0", "7", 0},
		"absurd":          {"9223372036854775807", "7", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				due, stop := sdnotify.New("/socket", c.usec, c.pid, 7).Watch()
				defer stop()
				begin := time.Now()
				select {
				case now := <-due:
					if got := now.Sub(begin); got != c.want {
						t.Errorf("after %v, want %v", got, c.want)
					}
				case <-time.After(time.Hour):
					if c.want != 0 {
						t.Errorf("never, want after %v", c.want)
					}
				}
			})
		})
	}
}
