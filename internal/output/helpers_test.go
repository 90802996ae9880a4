package output_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// script is a Source that has its chunks ready.
type script []string

func (s *script) Next(use func([]byte)) error {
	if len(*s) == 0 {
		return io.EOF
	}
	use([]byte((*s)[0]))
	*s = (*s)[1:]
	return nil
}

// reports is a slog.Handler that keeps messages.
type reports struct {
	mu   sync.Mutex
	text []string
}

func (r *reports) Enabled(context.Context, slog.Level) bool { return true }
func (r *reports) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r *reports) WithGroup(string) slog.Handler            { return r }

func (r *reports) Handle(_ context.Context, record slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.text = append(r.text, record.Message)
	return nil
}

func (r *reports) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.text...)
}

func openLog(t testing.TB, c output.Config) *output.Log {
	t.Helper()
	log := output.NewLog(c)
	if err := log.Open(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func wantFile(t testing.TB, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	} else if string(got) != want {
		t.Errorf("%s has %q, want %q", path, got, want)
	}
}

func wantNoFile(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("%s: %v, want it not to exist", path, err)
	}
}

// next waits for what a Follower has, until it has said want in full.
func wantFollowed(t testing.TB, f *output.Follower, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got strings.Builder
	for got.Len() < len(want) {
		data, err := f.Next(ctx)
		if err != nil {
			t.Fatalf("after %q: %v, want %q", got.String(), err, want)
		}
		got.Write(data)
	}
	if got.String() != want {
		t.Fatalf("followed %q, want %q", got.String(), want)
	}
}

// numbered is line i of a stream in which each can be told apart.
func numbered(i int) string { return fmt.Sprintf("line %07d\n", i) }

func removeIfThere(t testing.TB, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}
