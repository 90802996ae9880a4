package httpd_test

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// listenAndLeave is set for the process of the test below that begins to
// listen on its descriptor 3 and ends.
const listenAndLeave = "HTTPD_TEST_LISTEN_AND_LEAVE"

// TestListenNamesNoProcessThatIsGone: a daemon that forked after it had begun
// to listen is not the process that the system names.
func TestListenNamesNoProcessThatIsGone(t *testing.T) {
	if os.Getenv(listenAndLeave) != "" {
		if err := unix.Listen(3, 1); err != nil {
			t.Fatal(err)
		}
		return
	}
	a := socket(t)
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), a.Path)
	defer file.Close()
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: a.Path}); err != nil {
		t.Fatal(err)
	}
	first := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	first.Env = append(os.Environ(), listenAndLeave+"=1")
	first.ExtraFiles = []*os.File{file}
	if out, err := first.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	_, err = httpd.Listen(a, nil)
	if !errors.Is(err, httpd.ErrInUse) || strings.Contains(err.Error(), "pid") {
		t.Errorf("err = %v, want ErrInUse and no pid", err)
	}
}
