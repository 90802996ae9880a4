package supervise

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestStdin(t *testing.T) {
	t.Run("hands bytes over in order", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			s := &stdin{pipe: w}
			lines := make(chan string, 3)
			go func() {
				for in := bufio.NewScanner(r); in.Scan(); {
					lines <- in.Text()
				}
				close(lines)
			}()
			for _, text := range []string{"one\n", "tw", "o\n"} {
				if err := s.write(t.Context(), []byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			s.close()
			if got := (<-lines) + " " + (<-lines); got != "one two" {
				t.Errorf("the child read %q", got)
			}
		})
	})
	t.Run("queues what the child does not read, and waits a moment only", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			s := &stdin{pipe: w}
			began := time.Now()
			for range 3 {
				if err := s.write(t.Context(), []byte("x")); err != nil {
					t.Fatal(err)
				}
			}
			if waited := time.Since(began); waited > time.Second {
				t.Errorf("writes that nobody reads took %v", waited)
			}
			got := make([]byte, 3)
			if _, err := io.ReadFull(r, got); err != nil || string(got) != "xxx" {
				t.Errorf("the child read %q, %v later", got, err)
			}
			s.close()
		})
	})
	t.Run("says at once that the child closed it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, w := io.Pipe()
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			s := &stdin{pipe: w}
			for _, which := range []string{"first", "second"} {
				if err := s.write(t.Context(), []byte("x")); !errors.Is(err, ErrStdinClosed) {
					t.Errorf("the %s write fails with %v, want %v", which, err, ErrStdinClosed)
				}
			}
		})
	})
	t.Run("ends a write that waits when the child is reaped", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, w := io.Pipe()
			s := &stdin{pipe: w}
			failed := make(chan error)
			go func() { failed <- s.write(t.Context(), []byte(strings.Repeat("x", 1<<20))) }()
			synctest.Wait()
			s.close()
			if err := <-failed; !errors.Is(err, ErrStdinClosed) {
				t.Errorf("the write fails with %v, want %v", err, ErrStdinClosed)
			}
		})
	})
}
