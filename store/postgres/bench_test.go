package postgres_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
)

func bench(b *testing.B) sqlstoretest.Bench {
	b.Helper()
	server := pgtest.Need(b)
	s := open(b, server.Database(b))
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return sqlstoretest.Bench{Store: s, CPU: func() float64 { return server.CPU(b).Seconds() }}
}

func BenchmarkAdd(b *testing.B)     { bench(b).Add(b) }
func BenchmarkAddMany(b *testing.B) { bench(b).AddMany(b) }
func BenchmarkCycle(b *testing.B)   { bench(b).Cycle(b) }
func BenchmarkMillion(b *testing.B) { bench(b).Million(b) }
func BenchmarkPrune(b *testing.B)   { bench(b).Prune(b) }
