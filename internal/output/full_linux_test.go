package output_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// A disk that is full for a while costs the bytes of that while and nothing
// else: they are counted, and what comes later is written.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("needs a small file system: mount: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "log")
	if err := os.WriteFile(ballast, make([]byte, 192<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	var r reports
	log := output.NewLog(output.Config{Name: "x", Channel: "stdout", Path: path, Logger: newLogger(&r)})
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	const sent = 5
	chunk := bytes.Repeat([]byte{'x'}, 30_000)
	for range sent {
		log.Write(chunk)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dropped := sent*len(chunk) - len(before)
	if len(before) == 0 || dropped <= 0 {
		t.Fatalf("%d bytes were written, %d dropped: the disk was not full", len(before), dropped)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	log.Write([]byte("again"))
	log.Write([]byte(" and again"))
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	wantFile(t, path, string(before)+"again and again")
	want := fmt.Sprintf("'x' stdout log %[1]s: no space left on device; output is dropped until it can be written\n"+
		"'x' stdout log %[1]s: written to again; %[2]d bytes were dropped", path, dropped)
	if got := strings.Join(r.all(), "\n"); got != want {
		t.Errorf("reports\n%s\nwant\n%s", got, want)
	}
}

// With no directory entry left for a new file, rotation gives up and the old
// file stays in use.
func TestRotationWithoutInodes(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "nr_inodes=2"); err != nil {
		t.Skipf("needs a small file system: mount: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	var r reports
	path := filepath.Join(dir, "log")
	log := output.NewLog(output.Config{Name: "x", Channel: "stdout", Path: path, MaxBytes: 4, Backups: 2, Logger: newLogger(&r)})
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		log.Write([]byte("abcd"))
	}
	wantFile(t, path, "abcdabcdabcd")
	wantNoFile(t, path+".1")
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if got := r.all(); len(got) != 1 || !strings.Contains(got[0], "rotation failed: open") {
		t.Errorf("reports %q, want one", got)
	}
}
