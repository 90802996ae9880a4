package supervise

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/sockfile"
)

// open makes the socket, until the end of the test.
func open(t *testing.T, s *SocketSpec) (*os.File, error) {
	t.Helper()
	e, err := s.endpoint(net.DefaultResolver.LookupNetIP)
	if err != nil {
		return nil, err
	}
	file, err := e.listen(s)
	if err == nil {
		t.Cleanup(func() { file.Close() })
	}
	return file, err
}

// mustOpen opens a socket that can be had, and which Check finds so.
func mustOpen(t *testing.T, s *SocketSpec) *os.File {
	t.Helper()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	file, err := open(t, s)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// freePort is a port that nobody has.
func freePort(t *testing.T, network, host string) int {
	t.Helper()
	l, err := net.Listen(network, net.JoinHostPort(host, "0"))
	if err != nil {
		t.Skipf("this machine has no %s: %v", network, err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func TestSocketsOfTCP(t *testing.T) {
	for _, c := range []struct{ host, network, own, reached, refused string }{
		{"127.0.0.1", "tcp4", "127.0.0.1", "127.0.0.1", "127.0.0.2"},
		{"localhost", "tcp4", "127.0.0.1", "127.0.0.1", "::1"},
		{"*", "tcp4", "127.0.0.1", "127.0.0.2", "::1"},
		{"[::1]", "tcp6", "::1", "::1", "127.0.0.1"},
		{"[::]", "tcp6", "::1", "::1", "127.0.0.1"},
	} {
		t.Run(c.host, func(t *testing.T) {
			port := freePort(t, c.network, c.own)
			s := &SocketSpec{URL: fmt.Sprintf("tcp://%s:%d", c.host, port), Backlog: 7, UID: -1, GID: -1}
			file := mustOpen(t, s)
			if s.Port() != port {
				t.Errorf("Port() = %d, want %d", s.Port(), port)
			}
			dial := func(host string) error {
				conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, fmt.Sprint(port)), 5*time.Second)
				if err == nil {
					conn.Close()
				}
				return err
			}
			if err := dial(c.reached); err != nil {
				t.Error(err)
			}
			if err := dial(c.refused); err == nil {
				t.Errorf("%s is open as well", c.refused)
			}
			if err := s.Check(); !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("Check while it is open: %v, want EADDRINUSE", err)
			}
			if _, err := open(t, s); !errors.Is(err, syscall.EADDRINUSE) {
				t.Errorf("opened a second time: %v, want EADDRINUSE", err)
			}
			if err := shut(file); err != nil {
				t.Error(err)
			}
			if err := dial(c.reached); err == nil {
				t.Error("it is open when it is shut")
			}
		})
	}
}

// At the start of a daemon one that was killed a moment before may still have the
// address.
func TestTryWaitsForAnAddressInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		var log strings.Builder
		spec := &SocketSpec{URL: "tcp://" + held.Addr().String(), UID: -1, GID: -1}
		g := GroupSpec{Programs: []Program{{Socket: spec}}}
		if err := TrySockets(g, 0, slog.New(slog.DiscardHandler)); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("without patience: %v, want EADDRINUSE", err)
		}
		began := time.Now()
		time.AfterFunc(time.Second, func() { held.Close() })
		if err := TrySockets(g, 2*time.Second, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took > 1200*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		if n := strings.Count(log.String(), "Creating socket"); n != 1 {
			t.Errorf("the log tells of it %d times:\n%s", n, &log)
		}
	})
}

// A socket that connections were made to can be opened again at once.
func TestASocketIsReopenedAtOnce(t *testing.T) {
	s := &SocketSpec{URL: fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t, "tcp4", "127.0.0.1"))}
	for range 3 {
		file := mustOpen(t, s)
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "tcp://"))
		if err != nil {
			t.Fatal(err)
		}
		fd, _, err := syscall.Accept(fdOf(t, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(syscall.Close(fd), conn.Close(), shut(file)); err != nil { // ours closes first and so has TIME_WAIT
			t.Fatal(err)
		}
	}
}

func fdOf(t *testing.T, file *os.File) (fd int) {
	t.Helper()
	if err := control(file, "", func(n int) error { fd = n; return nil }); err != nil {
		t.Fatal(err)
	}
	return fd
}

// Programs for FastCGI expect a socket that blocks, and nobody else is to get it.
func TestASocketBlocksAndIsClosedOnExec(t *testing.T) {
	file := mustOpen(t, unixSpec(filepath.Join(t.TempDir(), "s")))
	status, err := unix.FcntlInt(uintptr(fdOf(t, file)), unix.F_GETFL, 0)
	if err != nil || status&unix.O_NONBLOCK != 0 {
		t.Errorf("status flags are %#x (%v), want none of O_NONBLOCK", status, err)
	}
	flags, err := unix.FcntlInt(uintptr(fdOf(t, file)), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags are %#x (%v), want FD_CLOEXEC", flags, err)
	}
}

func unixSpec(path string) *SocketSpec {
	return &SocketSpec{URL: "unix://" + path, Mode: 0o700, UID: -1, GID: -1}
}

func TestAUnixSocketHasItsOwnerAndMode(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give a file away")
	}
	dir := t.TempDir()
	for _, c := range []struct {
		mode             uint32
		uid, gid         int
		wantUID, wantGID uint32
	}{
		{0o700, -1, -1, 0, 0},
		{0o777, 65534, -1, 65534, 0},
		{0o620, 65534, 33, 65534, 33},
	} {
		s := &SocketSpec{URL: "unix://" + dir + "/s", Mode: c.mode, UID: c.uid, GID: c.gid}
		mustOpen(t, s)
		var got syscall.Stat_t
		if err := syscall.Lstat(dir+"/s", &got); err != nil {
			t.Fatal(err)
		}
		if uint32(got.Mode) != syscall.S_IFSOCK|c.mode || got.Uid != c.wantUID || got.Gid != c.wantGID {
			t.Errorf("mode %o, owner %d:%d; want %o, %d:%d", got.Mode, got.Uid, got.Gid, c.mode, c.wantUID, c.wantGID)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the directory has %v (%v), want the socket alone", left, err)
	}
}

// What is at the path of a socket is replaced if it is one, used or not, and
// left alone if it is not.
func TestWhatIsAtThePath(t *testing.T) {
	for name, c := range map[string]struct {
		put  func(path string) error
		want error
	}{
		"nothing": {func(string) error { return nil }, nil},
		"a socket that was left": {func(path string) error {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				return err
			}
			l.SetUnlinkOnClose(false)
			return l.Close()
		}, nil},
		"a socket in use": {func(path string) error {
			l, err := net.Listen("unix", path)
			if err == nil {
				t.Cleanup(func() { l.Close() })
			}
			return err
		}, nil},
		"a link to a socket": {func(path string) error {
			l, err := net.Listen("unix", path+".target")
			if err == nil {
				t.Cleanup(func() { l.Close() })
			}
			return errors.Join(err, os.Symlink(path+".target", path))
		}, nil},
		"a file":       {func(path string) error { return os.WriteFile(path, []byte("precious"), 0o600) }, sockfile.ErrNotSocket},
		"a directory":  {func(path string) error { return os.Mkdir(path, 0o700) }, sockfile.ErrNotSocket},
		"no directory": {func(path string) error { return os.Remove(filepath.Dir(path)) }, os.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			s := unixSpec(filepath.Join(t.TempDir(), "s"))
			if err := c.put(strings.TrimPrefix(s.URL, "unix://")); err != nil {
				t.Fatal(err)
			}
			if err := s.Check(); !errors.Is(err, c.want) {
				t.Errorf("Check: %v, want %v", err, c.want)
			}
			_, err := open(t, s)
			if !errors.Is(err, c.want) {
				t.Errorf("open: %v, want %v", err, c.want)
			}
			if err != nil {
				return
			}
			conn, err := net.Dial("unix", strings.TrimPrefix(s.URL, "unix://"))
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
		})
	}
}

func TestCheckLeavesASocketInUseAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := unixSpec(path).Check(); err != nil {
		t.Error(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatalf("it is not what it was: %v", err)
	}
	conn.Close()
}

func TestAPathThatIsTooLong(t *testing.T) {
	s := unixSpec("/" + strings.Repeat("x", 200))
	if err := s.Check(); !errors.Is(err, errPathTooLong) {
		t.Errorf("Check: %v, want %v", err, errPathTooLong)
	}
}
