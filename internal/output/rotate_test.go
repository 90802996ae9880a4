package output_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func TestRotation(t *testing.T) {
	t.Run("shifts the backups after the write that reaches the size", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 4, Backups: 2})
		for _, chunk := range []string{"ab", "cd", "efghij", "klmn", "o"} {
			log.Write([]byte(chunk))
		}
		wantFile(t, path, "o")
		wantFile(t, path+".1", "klmn")
		wantFile(t, path+".2", "efghij") // a chunk is never split
		wantNoFile(t, path+".3")
	})
	t.Run("counts what was there before", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte("old "), 0o600); err != nil {
			t.Fatal(err)
		}
		log := openLog(t, output.Config{Path: path, MaxBytes: 6, Backups: 1})
		log.Write([]byte("a"))
		log.Write([]byte("b"))
		log.Write([]byte("c"))
		wantFile(t, path+".1", "old ab")
		wantFile(t, path, "c")
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the new file has mode %v (%v), want that of the old one", info.Mode(), err)
		}
	})
	t.Run("truncates without backups", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 4})
		log.Write([]byte("abcdef"))
		wantFile(t, path, "")
		log.Write([]byte("gh"))
		wantFile(t, path, "gh")
		wantNoFile(t, path+".1")
	})
	t.Run("never happens with 0 or less", func(t *testing.T) {
		for _, size := range []int64{0, -1} {
			path := filepath.Join(t.TempDir(), "log")
			log := openLog(t, output.Config{Path: path, MaxBytes: size, Backups: 3})
			log.Write([]byte("abc"))
			log.Write([]byte("def"))
			wantFile(t, path, "abcdef")
		}
	})
	t.Run("takes a truncation by others into account", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		log := openLog(t, output.Config{Path: path, MaxBytes: 8, Backups: 1})
		log.Write([]byte("abcdef"))
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		log.Write([]byte("ghi"))
		wantFile(t, path, "ghi") // and no hole
		wantNoFile(t, path+".1")
	})
	t.Run("spares a device reached through a symbolic link", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.Symlink("/dev/null", path); err != nil {
			t.Fatal(err)
		}
		log := openLog(t, output.Config{Path: path, MaxBytes: 1, Backups: 1})
		log.Write([]byte("abc"))
		if err := log.Clear(); err != nil {
			t.Error(err)
		}
		if target, err := os.Readlink(path); err != nil || target != "/dev/null" {
			t.Errorf("the link leads to %q (%v)", target, err)
		}
		wantNoFile(t, path+".1")
	})
	t.Run("loses no line of two Logs that share a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "log")
		c := output.Config{Path: path, MaxBytes: 500, Backups: 1000}
		logs := []*output.Log{openLog(t, c), openLog(t, c), openLog(t, c)}
		const lines = 3000
		for i := range lines {
			logs[i%3].Write([]byte(numbered(i)))
		}
		wantEveryLine(t, path, lines)
	})
}

// A failing rename is told once; the bytes go on to the file.
func TestRotationThatFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.MkdirAll(path+".1/full", 0o700); err != nil {
		t.Fatal(err)
	}
	var r reports
	log := openLog(t, output.Config{Name: "x", Channel: "stderr", Path: path, MaxBytes: 4, Backups: 1, Logger: newLogger(&r)})
	for range 5 {
		log.Write([]byte("abcd"))
	}
	wantFile(t, path, strings.Repeat("abcd", 5))
	if got := r.all(); len(got) != 1 || !strings.HasPrefix(got[0], "'x' stderr log "+path+": rotation failed: rename") {
		t.Errorf("reports %q, want one", got)
	}
	if err := os.RemoveAll(path + ".1"); err != nil {
		t.Fatal(err)
	}
	log.Write([]byte("efgh"))
	log.Write([]byte("i"))
	wantFile(t, path+".1", strings.Repeat("abcd", 5)+"efgh")
	wantFile(t, path, "i")
}

// Whatever the sizes, the files together have every byte, in order, as long
// as the backups suffice.
func TestRotationKeepsAll(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		path := filepath.Join(t.TempDir(), "log")
		size := rapid.Int64Range(1, 300).Draw(r, "maxbytes")
		log := openLog(t, output.Config{Path: path, MaxBytes: size, Backups: 1000})
		var all, want strings.Builder
		chunks := rapid.SliceOfN(rapid.StringN(1, 80, -1), 0, 60).Draw(r, "chunks")
		for _, c := range chunks {
			log.Write([]byte(c))
			all.WriteString(c)
		}
		for _, file := range rotated(t, path) {
			data, err := os.ReadFile(file)
			if err != nil {
				r.Fatal(err)
			}
			want.Write(data)
			if file != path && int64(len(data)) < size {
				r.Errorf("%s was rotated with %d bytes, before it had %d", file, len(data), size)
			}
		}
		if all.String() != want.String() {
			r.Errorf("files have %q, want %q", want.String(), all.String())
		}
	})
}

// rotated lists the files of a log, oldest first.
func rotated(t testing.TB, path string) []string {
	t.Helper()
	files := []string{path}
	for i := 1; ; i++ {
		name := fmt.Sprintf("%s.%d", path, i)
		if _, err := os.Stat(name); err != nil {
			return files
		}
		files = append([]string{name}, files...)
	}
}

// wantEveryLine counts each numbered line over all files of a log.
func wantEveryLine(t testing.TB, path string, lines int) {
	t.Helper()
	seen := make(map[string]int)
	for _, file := range rotated(t, path) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			seen[line]++
		}
	}
	for i := range lines {
		if n := seen[numbered(i)]; n != 1 {
			t.Fatalf("line %d occurs %d times", i, n)
		}
	}
	if len(seen) != lines {
		t.Errorf("%d different lines, want %d", len(seen), lines)
	}
}
