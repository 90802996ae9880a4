package httpd_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/httpd"
)

// TestListenTellsThatItMayNotChown, and leaves nothing behind.
func TestListenTellsThatItMayNotChown(t *testing.T) {
	a := socket(t)
	a.UID, a.GID = 0, 0
	if os.Getuid() == 0 {
		unprivileged(t, filepath.Dir(a.Path))
	}
	_, err := httpd.Listen(a, nil)
	if want := "change chown of [unix_http_server]"; !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), want) {
		t.Errorf("err = %v, want EPERM with %q", err, want)
	}
	if left, err := os.ReadDir(filepath.Dir(a.Path)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestListenNamesTheDirectoryThatItMayNotWrite: nothing but the system's error.
func TestListenNamesTheDirectoryThatItMayNotWrite(t *testing.T) {
	a := socket(t)
	if os.Getuid() == 0 {
		unprivileged(t, filepath.Dir(a.Path))
	}
	if err := os.Chmod(filepath.Dir(a.Path), 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := httpd.Listen(a, nil); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("err = %v, want EACCES", err)
	}
}

// unprivileged gives dir to nobody and takes root's powers over files from the
// test, which must stay on its thread, until it ends.
func unprivileged(t *testing.T, dir string) {
	t.Helper()
	const nobody = 65534
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread()
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Setfsuid(0); err != nil {
			t.Error(err) // the thread ends with the test
			return
		}
		runtime.UnlockOSThread()
	})
}
