package proc_test

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// BenchmarkSpawn starts a program that ends at once and waits for its end:
// through an OS, and by the calls that cannot be saved.
func BenchmarkSpawn(b *testing.B) {
	const program = "/bin/true"
	if _, err := os.Stat(program); err != nil {
		b.Skip(err)
	}
	b.Run("bare", func(b *testing.B) {
		for b.Loop() {
			bareSpawn(b, program)
		}
	})
	b.Run("proc", func(b *testing.B) {
		s := newOS(b)
		for b.Loop() {
			child, err := s.Start(proc.Command{Path: program, Args: []string{program}, Umask: -1})
			if err != nil {
				b.Fatal(err)
			}
			<-child.Done()
			closeAll(b, child)
		}
	})
}

// bareSpawn starts and collects a program with three pipes.
func bareSpawn(b *testing.B, program string) {
	var pipes [3][2]int
	for i := range pipes {
		if err := syscall.Pipe(pipes[i][:]); err != nil {
			b.Fatal(err)
		}
		syscall.CloseOnExec(pipes[i][0])
		syscall.CloseOnExec(pipes[i][1])
	}
	pid, err := syscall.ForkExec(program, []string{program}, &syscall.ProcAttr{
		Files: []uintptr{uintptr(pipes[0][0]), uintptr(pipes[1][1]), uintptr(pipes[2][1])},
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		b.Fatal(err)
	}
	for i := range pipes {
		syscall.Close(pipes[i][0])
		syscall.Close(pipes[i][1])
	}
}

// BenchmarkIdleChild tells what a child that is read from and says nothing
// costs us in memory.
func BenchmarkIdleChild(b *testing.B) {
	s := newOS(b)
	for b.Loop() {
		before := memory()
		const n = 100
		var children []proc.Child
		ended := make(chan error, 2*n)
		for range n {
			child, err := s.Start(proc.Command{Path: "/bin/sleep", Args: []string{"sleep", "1000"}, Umask: -1})
			if err != nil {
				b.Fatal(err)
			}
			children = append(children, child)
			go func() { ended <- child.Stdout().Next(func([]byte) {}) }()
			go func() { ended <- child.Stderr().Next(func([]byte) {}) }()
		}
		b.ReportMetric(float64(memory()-before)/n, "B/child")
		for _, child := range children {
			if err := child.Signal(syscall.SIGKILL, true); err != nil {
				b.Fatal(err)
			}
		}
		for range 2 * n {
			if err := <-ended; fmt.Sprint(err) != "EOF" {
				b.Errorf("read: %v", err)
			}
		}
		for _, child := range children {
			<-child.Done()
			closeAll(b, child)
		}
	}
}

// memory is what the heap and the stacks of goroutines take.
func memory() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse)
}
