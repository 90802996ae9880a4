package output

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"
)

// Whoever waits for room in a pipe waits on when the logs are opened anew.
func TestReopenLosesNothingThatWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	info, err := pipe.Stat()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := &reader{open: make(chan struct{})}
		d := newDevice(r)
		d.users, d.key = 0, identify(info, path)
		d.home.open = map[identity]*device{d.key: d}
		f := d.home.NewFile(path, 0, 0)
		if err := f.Open(); err != nil {
			t.Fatal(err)
		}
		for range queueMost / longLine {
			f.Append(line('x'))
		}
		notices := make(chan string)
		go func() { notices <- f.Append([]byte("waits\n")) }()
		synctest.Wait()
		if err := f.Reopen(); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		close(r.open)
		if notice := <-notices; notice != "" || f.Lost() != 0 {
			t.Errorf("%d bytes were lost: %s", f.Lost(), notice)
		}
		if err := d.home.Flush(); err != nil {
			t.Error(err)
		}
		if notice, err := f.Close(); notice != "" || err != nil {
			t.Error(notice, err)
		}
		synctest.Wait()
		if n := len(d.home.open); n != 0 || d.users != 0 {
			t.Errorf("%d devices are left, with %d users", n, d.users)
		}
	})
}
