package output_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

const (
	chunk  = 64 << 10
	capped = 50_000_000 // size of a file, at which both truncate it, so that both use as much disk
)

// pipeSource reads a real pipe as proc does: one read into a lent buffer.
type pipeSource struct {
	pipe   *os.File
	buffer []byte
}

func (s *pipeSource) Next(use func([]byte)) error {
	n, err := s.pipe.Read(s.buffer)
	if n > 0 {
		use(s.buffer[:n])
	}
	return err
}

// carriers move what comes from a pipe to a file: ours, and the loop that
// nothing can beat by much.
func carriers(t testing.TB) map[string]func(pipe *os.File, path string) error {
	return map[string]func(*os.File, string) error{
		"pump": func(pipe *os.File, path string) error {
			log := output.NewLog(output.Config{Name: "x", Channel: "stdout", Path: path, MaxBytes: capped})
			if err := log.Open(); err != nil {
				return err
			}
			return errors.Join(output.Pump(log, &pipeSource{pipe, make([]byte, chunk)}), log.Close())
		},
		"bare": func(pipe *os.File, path string) error {
			file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
			if err != nil {
				return err
			}
			defer file.Close()
			return bareLoop(pipe, file)
		},
	}
}

// bareLoop reads and writes, and does nothing else but truncate.
func bareLoop(pipe, file *os.File) error {
	buffer, size := make([]byte, chunk), 0
	for {
		n, err := pipe.Read(buffer)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := file.Write(buffer[:n]); err != nil {
			return err
		}
		if size += n; size >= capped {
			if err := file.Truncate(0); err != nil {
				return err
			}
			size = 0
		}
	}
}

// BenchmarkPump has the pump beside the bare loop: one writer of whole
// blocks, and 50 writers of lines of 100 bytes. Compare MB/s and cpu-s/GiB.
func BenchmarkPump(b *testing.B) {
	for _, load := range []struct {
		name           string
		writers, block int
	}{{"blocks", 1, chunk}, {"lines", 50, 100}} {
		for _, name := range []string{"bare", "pump"} {
			b.Run(load.name+"/"+name, func(b *testing.B) {
				benchmarkCarry(b, carriers(b)[name], load.writers, load.block)
			})
		}
	}
}

func benchmarkCarry(b *testing.B, carry func(*os.File, string) error, writers, block int) {
	dir := b.TempDir()
	each := max(1, b.N/writers)
	b.SetBytes(int64(block))
	b.ReportAllocs()
	var all sync.WaitGroup
	b.ResetTimer()
	before := cpu(b)
	for i := range writers {
		reader, writer, err := os.Pipe()
		if err != nil {
			b.Fatal(err)
		}
		all.Go(func() {
			if err := carry(reader, filepath.Join(dir, string(rune('a'+i)))); err != nil {
				b.Error(err)
			}
			reader.Close()
		})
		all.Go(func() {
			defer writer.Close()
			data := make([]byte, block)
			for range each {
				if _, err := writer.Write(data); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric((cpu(b)-before).Seconds()*(1<<30)/float64(each*writers*block), "cpu-s/GiB")
}

// cpu is what this process has used.
func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkCapture(b *testing.B) {
	log := output.NewLog(output.Config{CaptureMax: 1 << 20, StripANSI: true})
	data := make([]byte, chunk)
	b.SetBytes(chunk)
	b.ReportAllocs()
	for b.Loop() {
		log.Write(data)
	}
}

// A chunk costs no allocation, whatever stages are on.
func TestWriteAllocatesNothing(t *testing.T) {
	log := openLog(t, output.Config{Path: filepath.Join(t.TempDir(), "log"), MaxBytes: 1 << 30, CaptureMax: 100, StripANSI: true})
	data := []byte("a line with \x1b[1mcolour\x1b[0m and a < in it\n")
	if n := testing.AllocsPerRun(100, func() { log.Write(data) }); n > 0 {
		t.Errorf("%v allocations for a chunk", n)
	}
}
