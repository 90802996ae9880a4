package mainlog_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func open(t testing.TB, c mainlog.Config) *mainlog.Log {
	t.Helper()
	log, err := mainlog.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func read(t testing.TB, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

type lineList []string

func (l *lineList) WriteLine(line string) { *l = append(*l, line) }

// at is a moment of local time.
func at() time.Time { return time.Date(2026, 11, 2, 6, 20, 38, 421_999_999, time.Local) }

func emit(t testing.TB, l *slog.Logger, level slog.Level, message string, attrs ...slog.Attr) {
	t.Helper()
	r := slog.NewRecord(at(), level, message, 0)
	r.AddAttrs(attrs...)
	if err := l.Handler().Handle(context.Background(), r); err != nil {
		t.Error(err)
	}
}

func TestLine(t *testing.T) {
	var stdout copied
	var syslog lineList
	path := filepath.Join(t.TempDir(), "log")
	log := open(t, mainlog.Config{Path: path, Level: mainlog.Blather, Stdout: &stdout, Syslog: &syslog})
	l := log.Logger()
	for _, level := range []slog.Level{
		mainlog.Critical, slog.LevelError, slog.LevelWarn, slog.LevelInfo, slog.LevelDebug, mainlog.Trace, mainlog.Blather,
	} {
		emit(t, l, level, "spawned: 'x' with pid 7")
	}
	emit(t, l, slog.LevelInfo, "'x' stdout output:\na\n")
	emit(t, l.With("a", 1).WithGroup("g"), slog.LevelInfo, "attributes",
		slog.String("b", "two words"), slog.Group("h", slog.Bool("c", true)), slog.Attr{})

	const stamp = "2026-11-02 06:20:38,421 "
	want := ""
	for _, code := range []string{"CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"} {
		want += stamp + code + " spawned: 'x' with pid 7\n"
	}
	want += stamp + "INFO 'x' stdout output:\na\n\n"
	want += stamp + "INFO attributes a=1 g.b=\"two words\" g.h.c=true\n"
	if diff := cmp.Diff(want, read(t, path)); diff != "" {
		t.Errorf("file: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(want, stdout.String()); diff != "" {
		t.Errorf("standard output: -want +got\n%s", diff)
	}
	if got, want := strings.Join(syslog[7:9], ""), stamp+"INFO 'x' stdout output:\n"+stamp+"INFO a\n"; got != want {
		t.Errorf("system log got %q, want %q", got, want)
	}
}

func TestLevel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	level, ok := mainlog.ParseLevel("WARN")
	if !ok {
		t.Fatal("WARN is no level")
	}
	l := open(t, mainlog.Config{Path: path, Level: level}).Logger()
	l.Info("too low")
	l.Warn("high enough")
	if got := read(t, path); !regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} WARN high enough\n$`).MatchString(got) {
		t.Errorf("log has %q", got)
	}
	for _, word := range []string{"warning", "crit", "30", ""} {
		if level, ok := mainlog.ParseLevel(word); ok {
			t.Errorf("%q is level %v, want none", word, level)
		}
	}
}

func TestRotatesReopensAndClears(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := open(t, mainlog.Config{Path: path, MaxBytes: 40, Backups: 1})
	l := log.Logger()
	emit(t, l, slog.LevelInfo, "one line")
	emit(t, l, slog.LevelInfo, "one more")
	if got := read(t, path+".1"); strings.Count(got, "\n") != 2 {
		t.Errorf("the backup has %q", got)
	}
	if err := os.Rename(path, path+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := log.Reopen(); err != nil {
		t.Fatal(err)
	}
	emit(t, l, slog.LevelInfo, "new")
	follower, err := log.Follow(4)
	if err != nil {
		t.Fatal(err)
	}
	defer follower.Close()
	if got, err := follower.Next(t.Context()); string(got) != "new\n" || err != nil {
		t.Errorf("followed %q, %v", got, err)
	}
	if err := log.Clear(); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "" {
		t.Errorf("after a clear the log has %q", got)
	}
}

// Nothing that refuses a line hurts the daemon, and the other places get it.
func TestRefusal(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	var syslog lineList
	var devices output.Devices
	log, err := mainlog.Open(mainlog.Config{Path: "/dev/full", MaxBytes: 1, Devices: &devices, Syslog: &syslog})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"first", "second"} {
		emit(t, log.Logger(), slog.LevelInfo, line)
		if err := devices.Flush(); err != nil {
			t.Error(err)
		}
	}
	want := "INFO first\nINFO second\nWARN main log /dev/full: no space left on device; output is dropped until it can be written\n"
	if got := strings.ReplaceAll(strings.Join(syslog, ""), "2026-11-02 06:20:38,421 ", ""); got != want {
		t.Errorf("system log got\n%s\nwant\n%s", got, want)
	}
	if err := log.Close(); err == nil || !strings.Contains(err.Error(), "bytes were dropped") {
		t.Errorf("close: %v, want the count", err)
	}
}

// copied keeps the copy of the lines, and has nothing to say.
type copied struct{ strings.Builder }

func (c *copied) TryAppend(p []byte) string {
	c.Write(p)
	return ""
}

func (c *copied) Close() (string, error) { return "", nil }

// What the copy has to say is in the log, too.
func TestNoticeOfTheCopy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := open(t, mainlog.Config{Path: path, Stdout: &talker{left: []string{"", "stdout: nobody reads it"}}})
	for _, line := range []string{"first", "second", "third"} {
		emit(t, log.Logger(), slog.LevelInfo, line)
	}
	want := "INFO first\nINFO second\nWARN main log stdout: nobody reads it\nINFO third\n"
	if got := strings.ReplaceAll(read(t, path), "2026-11-02 06:20:38,421 ", ""); got != want {
		t.Errorf("the log has\n%s\nwant\n%s", got, want)
	}
}

// talker gives its notices one after another.
type talker struct{ left []string }

func (k *talker) Close() (string, error) { return "", nil }

func (k *talker) TryAppend([]byte) (notice string) {
	if len(k.left) > 0 {
		notice, k.left = k.left[0], k.left[1:]
	}
	return notice
}

// Where the log and the copy of it are one place, each line is there once.
func TestCopyInTheSamePlace(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	var devices output.Devices
	stdout := devices.NewFile(pipe, 0, 0)
	if err := stdout.Open(); err != nil {
		t.Fatal(err)
	}
	log := open(t, mainlog.Config{Path: pipe, Devices: &devices, Stdout: stdout})
	emit(t, log.Logger(), slog.LevelInfo, "once")
	if err := devices.Flush(); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1000)
	n, err := reader.Read(buffer)
	if got, want := string(buffer[:n]), "2026-11-02 06:20:38,421 INFO once\n"; got != want || err != nil {
		t.Errorf("the pipe has %q (%v), want %q", got, err, want)
	}
}

func TestConcurrentLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log := open(t, mainlog.Config{Path: path})
	var all sync.WaitGroup
	const writers, lines = 4, 200
	for w := range writers {
		all.Go(func() {
			l := log.Logger()
			for i := range lines {
				l.Info(fmt.Sprintf("writer %d line %d end", w, i))
			}
		})
	}
	for range 20 {
		if err := log.Reopen(); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
	whole := regexp.MustCompile(`(?m)^\S+ \S+ INFO writer \d line \d+ end$`)
	if n := len(whole.FindAllString(read(t, path), -1)); n != writers*lines {
		t.Errorf("%d whole lines, want %d", n, writers*lines)
	}
}

func TestWithoutAFile(t *testing.T) {
	log := open(t, mainlog.Config{})
	log.Logger().Info("nowhere")
	if err := errors.Join(log.Reopen(), log.Clear()); err != nil {
		t.Error(err)
	}
	if _, err := log.Follow(1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("follow: %v", err)
	}
	if _, err := mainlog.Open(mainlog.Config{Path: t.TempDir()}); err == nil {
		t.Error("a directory can be opened as the log")
	}
}

func BenchmarkLine(b *testing.B) {
	log := open(b, mainlog.Config{Path: filepath.Join(b.TempDir(), "log"), MaxBytes: 50 << 20, Backups: 1})
	l := log.Logger()
	b.ReportAllocs()
	for b.Loop() {
		l.Info("spawned: 'web_1' with pid 12345")
	}
}
