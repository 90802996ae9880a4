package output_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

const truncated = "==> File truncated <==\n"

func follow(t testing.TB, log *output.Log, tail int64) *output.Follower {
	t.Helper()
	f, err := log.Follow(tail)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestFollower(t *testing.T) {
	t.Run("begins with the last bytes", func(t *testing.T) {
		log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log")})
		log.Write([]byte("0123456789"))
		short, long := follow(t, log, 3), follow(t, log, 1024)
		wantFollowed(t, short, "789")
		wantFollowed(t, long, "0123456789")
		log.Write([]byte("ab"))
		wantFollowed(t, short, "ab")
		wantFollowed(t, long, "ab")
	})
	t.Run("finishes each file of several rotations, then the next", func(t *testing.T) {
		log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log"), MaxBytes: 4, Backups: 3})
		log.Write([]byte("ab"))
		f := follow(t, log, 1024)
		for _, chunk := range []string{"cd", "efgh", "ijkl", "m"} {
			log.Write([]byte(chunk))
		}
		wantFollowed(t, f, "abcdefghijklm")
	})
	t.Run("says so when files were rotated away unread", func(t *testing.T) {
		log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log"), MaxBytes: 2, Backups: 1})
		log.Write([]byte("a"))
		f := follow(t, log, 1024)
		for _, chunk := range []string{"b", "cd", "ef", "gh", "i"} {
			log.Write([]byte(chunk))
		}
		wantFollowed(t, f, "ab"+truncated+"ghi")
	})
	t.Run("says so when somebody removed a backup, and repeats nothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 2, Backups: 3})
		log.Write([]byte("a"))
		f := follow(t, log, 1024)
		for _, chunk := range []string{"b", "cd", "e"} {
			log.Write([]byte(chunk))
		}
		if err := os.Remove(path + ".1"); err != nil {
			t.Fatal(err)
		}
		wantFollowed(t, f, "ab"+truncated+"e")
	})
	t.Run("goes on after a clear, behind the end of the old file", func(t *testing.T) {
		log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log")})
		log.Write([]byte("a"))
		f := follow(t, log, 1024)
		log.Write([]byte("b"))
		if err := log.Clear(); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("c"))
		wantFollowed(t, f, "abc")
	})
	t.Run("tells of a truncation, also when the file has grown again", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 8})
		log.Write([]byte("abcd"))
		f := follow(t, log, 1024)
		wantFollowed(t, f, "abcd")
		log.Write([]byte("efgh")) // truncates
		log.Write([]byte("ijklmn"))
		wantFollowed(t, f, truncated+"ijklmn")
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		wantFollowed(t, f, truncated)
	})
	t.Run("sees what others write, and their rename once the log is reopened", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path})
		f := follow(t, log, 1024)
		if err := os.WriteFile(path, []byte("foreign "), 0); err != nil {
			t.Fatal(err)
		}
		wantFollowed(t, f, "foreign ")
		if err := os.Rename(path, path+".old"); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("moved "))
		wantFollowed(t, f, "moved ")
		if err := log.Reopen(); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("new"))
		wantFollowed(t, f, "new")
	})
	t.Run("ends with its context", func(t *testing.T) {
		log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log")})
		ctx, cancel := context.WithCancelCause(t.Context())
		gone := errors.New("client is gone")
		cancel(gone)
		if data, err := follow(t, log, 10).Next(ctx); !errors.Is(err, gone) {
			t.Errorf("%q, %v, want %v", data, err, gone)
		}
	})
	t.Run("does not wait for a device", func(t *testing.T) {
		log := openLog(t, output.Config{Path: "/dev/null"})
		if _, err := log.Follow(10); !errors.Is(err, output.ErrNotRegular) {
			t.Errorf("%v, want ErrNotRegular", err)
		}
	})
}

// Under load, a follower gets each line once and in order while files rotate,
// and so do the files.
func TestFollowerUnderLoad(t *testing.T) {
	const lines = 60_000
	path := filepath.Join(t.TempDir(), "log")
	log := openLog(t, output.Config{Path: path, MaxBytes: 40_000, Backups: 1000})
	f := follow(t, log, 0)
	go func() {
		for i := range lines {
			log.Write([]byte(numbered(i)))
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	want, rest := 0, ""
	for want < lines {
		data, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("after %d lines: %v", want, err)
		}
		rest += string(data)
		for line, after, found := strings.Cut(rest, "\n"); found; line, after, found = strings.Cut(rest, "\n") {
			if line+"\n" != numbered(want) {
				t.Fatalf("followed %q, want line %d", line, want)
			}
			want, rest = want+1, after
		}
	}
	wantEveryLine(t, path, lines)
}
