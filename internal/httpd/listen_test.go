package httpd_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
	"github.com/watchkeeper-go/watchkeeper/internal/sockfile"
)

// socket is the address of a unix socket in a directory of the test.
func socket(t *testing.T) httpd.Address {
	t.Helper()
	dir, err := os.MkdirTemp("", "httpd") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return httpd.Address{Section: "unix_http_server", Network: "unix", Path: filepath.Join(dir, "s"), Mode: 0o700, UID: -1, GID: -1}
}

// occupy listens at path and never accepts. The path stays when it is closed.
func occupy(t *testing.T, path string) *net.UnixListener {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestListenGivesTheSocketItsModeAndTakesItAway(t *testing.T) {
	a := socket(t)
	l, err := httpd.Listen(a, func(p string) { t.Errorf("%s is called stale", p) })
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := info.Mode(), fs.ModeSocket|0o700; got != want {
		t.Errorf("mode = %v, want %v", got, want)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Dir(a.Path))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestListenReplacesAStaleSocket(t *testing.T) {
	a := socket(t)
	if err := occupy(t, a.Path).Close(); err != nil {
		t.Fatal(err)
	}
	told := ""
	l, err := httpd.Listen(a, func(p string) { told = p })
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if told != a.Path {
		t.Errorf("stale was told %q, want %q", told, a.Path)
	}
	conn, err := net.Dial("unix", a.Path)
	if err != nil {
		t.Fatalf("connect to the new socket: %v", err)
	}
	_ = conn.Close()
}

func TestListenLeavesALiveSocketAlone(t *testing.T) {
	a := socket(t)
	occupy(t, a.Path)
	_, err := httpd.Listen(a, nil)
	if !errors.Is(err, httpd.ErrInUse) {
		t.Fatalf("err = %v, want ErrInUse", err)
	}
	if pid := fmt.Sprintf("(pid %d)", os.Getpid()); runtime.GOOS == "linux" && !strings.Contains(err.Error(), pid) {
		t.Errorf("err = %v, want %s in it", err, pid)
	}
	if _, err := net.Dial("unix", a.Path); err != nil {
		t.Errorf("the other's socket is gone: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(a.Path)); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestListenNeverDeletesAFile(t *testing.T) {
	a := socket(t)
	if err := os.WriteFile(a.Path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := httpd.Listen(a, nil); !errors.Is(err, sockfile.ErrNotSocket) {
		t.Errorf("err = %v, want ErrNotSocket", err)
	}
	if got, err := os.ReadFile(a.Path); err != nil || string(got) != "precious" {
		t.Errorf("file = %q, %v", got, err)
	}
}

func TestListenSaysWhatTheOriginalSays(t *testing.T) {
	a := socket(t)
	a.Path = "/tmp/" + strings.Repeat("x", 120)
	if _, err := httpd.Listen(a, nil); !errors.Is(err, httpd.ErrPathTooLong) {
		t.Errorf("long path: err = %v, want ErrPathTooLong", err)
	}
	a.Path = "/no/such/directory/s"
	if _, err := httpd.Listen(a, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: err = %v, want ENOENT", err)
	}
	first, err := httpd.Listen(httpd.Address{Network: "tcp", Host: "127.0.0.1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	port := first.Addr().(*net.TCPAddr).Port
	if _, err := httpd.Listen(httpd.Address{Network: "tcp", Host: "127.0.0.1", Port: port}, nil); !errors.Is(err, httpd.ErrInUse) {
		t.Errorf("port taken: err = %v, want ErrInUse", err)
	}
}

// A daemon that was killed may hold its socket for a moment after it is gone.
func TestListenWaitsForWhoIsDying(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.sock")
	dying, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dying.SetUnlinkOnClose(false)
	asked := make(chan error, 1)
	go func() { // until somebody asks whether it lives
		conn, err := dying.Accept()
		if err == nil {
			err = conn.Close()
		}
		asked <- errors.Join(err, dying.Close())
	}()
	l, err := httpd.Listen(httpd.Address{Network: "unix", Path: path, Mode: 0o700, UID: -1, GID: -1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := <-asked; err != nil {
		t.Error(err)
	}
}
