package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// What a worker is told by its environment.
const (
	driverVar  = "CHAOS_DRIVER"
	urlVar     = "CHAOS_URL"
	effectsVar = "CHAOS_EFFECTS"
	numberVar  = "CHAOS_NUMBER"
)

func TestMain(m *testing.M) {
	if os.Getenv(driverVar) != "" {
		if err := work(); err != nil {
			fmt.Fprintln(os.Stderr, "worker:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// worker is a scheduler in a process of its own.
type worker struct {
	number  int
	command *exec.Cmd
	ended   chan struct{}
	stopped bool // by SIGSTOP
}

// startWorker begins a worker that appends what its runs do to a file in dir.
func startWorker(t *testing.T, driver, url, dir string, number int) *worker {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &worker{number: number, command: exec.Command(self), ended: make(chan struct{})}
	w.command.Env = append(os.Environ(), driverVar+"="+driver, urlVar+"="+url,
		effectsVar+"="+effectsFile(dir, number), numberVar+"="+strconv.Itoa(number))
	log, err := os.Create(fmt.Sprintf("%s/worker-%d.log", dir, number))
	if err != nil {
		t.Fatal(err)
	}
	w.command.Stdout, w.command.Stderr = log, log
	if err := w.command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		_ = w.command.Wait() // most are killed
		_ = log.Close()
	}()
	return w
}

func effectsFile(dir string, number int) string { return fmt.Sprintf("%s/effects-%d", dir, number) }

func (w *worker) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := w.command.Process.Signal(s); err != nil {
		t.Errorf("signal %v to worker %d: %v", s, w.number, err)
	}
}

// work is the life of a worker.
func work() error {
	number, err := strconv.Atoi(os.Getenv(numberVar))
	if err != nil {
		return err
	}
	file, err := os.OpenFile(os.Getenv(effectsVar), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	store, err := open(ctx, os.Getenv(driverVar), os.Getenv(urlVar))
	if err != nil {
		return err
	}
	s, err := schedule.New(schedule.Options{
		Store:    store,
		Executor: &effects{file, number},
		History:  job.Keep{PerJob: 1 << 20},
		Name:     fmt.Sprintf("worker-%d", number),
		Log:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Timing:   drivers()[os.Getenv(driverVar)].timing,
	})
	if err != nil {
		return err
	}
	if err := s.Run(ctx); err != nil {
		return err
	}
	return store.Close()
}

// open opens a store, and tries again while its server is away.
func open(ctx context.Context, driver, url string) (job.Store, error) {
	for {
		store, err := drivers()[driver].open(ctx, url)
		if err == nil || ctx.Err() != nil {
			return store, err
		}
		fmt.Fprintln(os.Stderr, "open:", err)
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// effects is the executor: a run appends a line, and takes a little while.
type effects struct {
	file    *os.File
	process int
}

// Execute implements job.Executor.
func (e *effects) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	effect := chaos.Effect{
		Job: t.Run.Job, Slot: t.Run.Slot.UnixMicro(), Token: t.Token, Process: e.process, At: time.Now().UnixMicro(),
	}
	if err := effect.Write(e.file); err != nil {
		return nil, err
	}
	select {
	case <-time.After(time.Duration(rand.IntN(40)) * time.Millisecond):
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
