package output_test

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func newLogger(h slog.Handler) *slog.Logger { return slog.New(h) }

func TestFile(t *testing.T) {
	t.Run("stays with a file that was renamed until it is reopened", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path})
		log.Write([]byte("a"))
		if err := os.Rename(path, path+".moved"); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("b"))
		wantNoFile(t, path)
		if err := log.Reopen(); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("c"))
		wantFile(t, path+".moved", "ab")
		wantFile(t, path, "c")
	})
	t.Run("keeps the old file when the path cannot be reopened", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "dir")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		log := openLog(t, output.Config{Path: filepath.Join(dir, "log")})
		if err := os.Rename(dir, dir+".moved"); err != nil {
			t.Fatal(err)
		}
		if err := log.Reopen(); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("reopen: %v", err)
		}
		log.Write([]byte("a"))
		wantFile(t, filepath.Join(dir+".moved", "log"), "a")
	})
	t.Run("is removed and made anew by Clear, its backups stay", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 3, Backups: 1})
		log.Write([]byte("abc"))
		log.Write([]byte("d"))
		if err := log.Clear(); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("e"))
		wantFile(t, path, "e")
		wantFile(t, path+".1", "abc")
	})
	t.Run("is cleared while it is closed, and not made", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := output.NewLog(output.Config{Path: path})
		if err := log.Clear(); err != nil {
			t.Error(err)
		}
		wantNoFile(t, path)
		if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
			t.Fatal(err)
		}
		if err := log.Clear(); err != nil {
			t.Error(err)
		}
		wantFile(t, path, "")
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v (%v), want that of before", info.Mode(), err)
		}
	})
	t.Run("tells the errno of what cannot be opened", func(t *testing.T) {
		log := output.NewLog(output.Config{Path: filepath.Join(t.TempDir(), "none", "log")})
		if err := log.Open(); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("open: %v, want ENOENT", err)
		}
	})
	t.Run("does nothing without a path", func(t *testing.T) {
		log := openLog(t, output.Config{})
		log.Write([]byte("a"))
		log.Finish()
		if err := errors.Join(log.Reopen(), log.Clear()); err != nil {
			t.Error(err)
		}
		if _, err := log.Follow(1); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("follow: %v", err)
		}
	})
}

// A named pipe blocks its writer when it is full, and only its writer.
func TestPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	log := output.NewLog(output.Config{Path: path, MaxBytes: 10, Backups: 1})
	if err := log.Open(); !errors.Is(err, syscall.ENXIO) {
		t.Fatalf("open without a reader: %v, want ENXIO and no wait", err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		log.Write(bytes.Repeat([]byte{'x'}, 4<<20))
		close(written)
	}()
	if n, err := reader.Read(make([]byte, 4096)); n != 4096 {
		t.Fatalf("read %d bytes: %v", n, err)
	}
	if err := log.Clear(); err != nil {
		t.Error(err)
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	<-written // Close has given it up
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("%v (%v) in place of the pipe", info, err)
	}
	wantNoFile(t, path+".1")
}

func TestFileThatRefuses(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	var r reports
	var devices output.Devices
	log := output.NewLog(output.Config{Name: "x", Channel: "stdout", Devices: &devices, Path: "/dev/full", MaxBytes: 1, Logger: newLogger(&r)})
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		log.Write([]byte("abc\n"))
		if err := devices.Flush(); err != nil {
			t.Error(err)
		}
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(r.all(), "\n")
	want := "'x' stdout log /dev/full: no space left on device; output is dropped until it can be written\n" +
		"'x' stdout log /dev/full: closed; 12 bytes were dropped"
	if got != want {
		t.Errorf("reports\n%s\nwant\n%s", got, want)
	}
}

func TestIdleLogIsSmall(t *testing.T) {
	const logs, limit = 2000, 1024
	dir := t.TempDir()
	kept := make([]*output.Log, 0, logs)
	before := heap()
	for range logs {
		log := output.NewLog(output.Config{Name: "x", Path: filepath.Join(dir, "log"), MaxBytes: 1 << 20, Backups: 10})
		if err := log.Open(); err != nil {
			for _, l := range kept {
				l.Close()
			}
			t.Skipf("not that many descriptors: %v", err)
		}
		log.Write([]byte("hello\n"))
		kept = append(kept, log)
	}
	each := (heap() - before) / logs
	for _, l := range kept {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d bytes for an idle Log", each)
	if each > limit {
		t.Errorf("an idle Log takes %d bytes, want at most %d", each, limit)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
