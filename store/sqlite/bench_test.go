package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

func bench(b *testing.B) sqlstoretest.Bench {
	b.Helper()
	s := open(b, filepath.Join(b.TempDir(), "jobs.db"), sqlite.Options{})
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return sqlstoretest.Bench{Store: s, CPU: func() float64 { return 0 }}
}

func BenchmarkAdd(b *testing.B)     { bench(b).Add(b) }
func BenchmarkAddMany(b *testing.B) { bench(b).AddMany(b) }
func BenchmarkCycle(b *testing.B)   { bench(b).Cycle(b) }
func BenchmarkMillion(b *testing.B) { bench(b).Million(b) }
func BenchmarkPrune(b *testing.B)   { bench(b).Prune(b) }
