package executor_test

import (
	"context"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// BenchmarkFuncs is what the registry adds to a call: finding the function,
// decoding arguments, encoding a result.
func BenchmarkFuncs(b *testing.B) {
	f := executor.NewFuncs(0)
	executor.RegisterPlain(f, "plain", func(context.Context) error { return nil })
	executor.Register(f, "typed", func(_ context.Context, a syncArgs) (syncResult, error) { return syncResult{a.Limit}, nil })
	for name, run := range map[string]struct{ fn, args string }{
		"plain": {fn: "plain"},
		"typed": {fn: "typed", args: `{"table":"users","limit":3}`},
	} {
		b.Run(name, func(b *testing.B) {
			one := task(run.fn, run.args)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Execute(b.Context(), one); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCommand is a whole run of the smallest program.
func BenchmarkCommand(b *testing.B) {
	s, err := proc.NewOS(proc.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}()
	e := executor.NewCommand(s, executor.CommandOptions{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Execute(b.Context(), task("/bin/true", "")); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPython is a call of the smallest function: through warm workers, one
// after another and as many at a time as there may be, and in a fresh
// interpreter each.
func BenchmarkPython(b *testing.B) {
	for _, fn := range []string{"tasks:add", "tasks:async_add"} {
		b.Run("warm/"+fn, func(b *testing.B) {
			p := workers(b, executor.PythonOptions{Workers: 1})
			one := call(fn, 1, 2)
			value(b, p, one)
			for b.Loop() {
				value(b, p, one)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
		b.Run("together/"+fn, func(b *testing.B) {
			p := workers(b, executor.PythonOptions{})
			one := call(fn, 1, 2)
			value(b, p, one)
			b.SetParallelism(100)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					value(b, p, one)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
	b.Run("fresh", func(b *testing.B) {
		s, err := proc.NewOS(proc.Options{})
		if err != nil {
			b.Fatal(err)
		}
		defer func() {
			if err := s.Close(); err != nil {
				b.Error(err)
			}
		}()
		e := executor.NewCommand(s, executor.CommandOptions{Dir: "testdata", Environ: []string{"PATH=/usr/bin:/bin"}})
		one := task(servertest.Python(b)+` -c "print(1 + 2)"`, "")
		for b.Loop() {
			if _, err := e.Execute(b.Context(), one); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	})
}
