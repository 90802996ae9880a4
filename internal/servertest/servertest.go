// Package servertest gives tests the real servers and programs that they need,
// and says what becomes of a test where there are none.
package servertest

import (
	"errors"
	"testing"
)

// Need starts a server for a test, and stops it with the test. Where it is absent
// (start returns that error; nil stands for any) the test is skipped, and fails
// where CI is true.
func Need[S interface{ Stop() error }](tb testing.TB, start func() (S, error), absent error) S {
	tb.Helper()
	s, err := start()
	if err != nil {
		if absent != nil && !errors.Is(err, absent) {
			tb.Fatal(err)
		}
		Missing(tb, "a server", err)
		return s
	}
	tb.Cleanup(func() {
		if err := s.Stop(); err != nil {
			tb.Error(err)
		}
	})
	return s
}
