// Command idle measures what a scheduler costs that has a million jobs and
// nothing to do: how often its process wakes in windows of half a minute (Linux
// counts voluntary context switches by thread, and is asked by another process
// so that nothing is counted but the scheduler's), what a job takes of the heap,
// how long the start over the filled store lasts, and how long the question
// what is due next.
//
//	go run ./bench/idle [-jobs N] [-windows N] [-window DURATION] memory|sqlite
//
// A scheduler passes with at most two switches in every window and a median of
// at most one; the Go runtime has a monitor of its own. It also collects garbage
// every two minutes though there is none, which takes some hundred switches and
// is not the scheduler's: the measured process collects only with -gc.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// settings are what is measured.
type settings struct {
	jobs, windows int
	window        time.Duration
	collects      bool // also while it is looked at
}

func main() {
	var s settings
	flag.IntVar(&s.jobs, "jobs", 1_000_000, "how many `jobs` there are, due in a day")
	flag.IntVar(&s.windows, "windows", 4, "how many `windows` are looked at")
	flag.DurationVar(&s.window, "window", 30*time.Second, "how long each of them is")
	flag.BoolVar(&s.collects, "gc", false, "let the runtime collect garbage every two minutes")
	inside := flag.Bool("inside", false, "be the process that is measured")
	flag.Parse()
	passed, err := true, error(nil)
	if *inside {
		err = s.work(flag.Arg(0))
	} else {
		passed, err = s.measure()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "idle:", err)
		os.Exit(1)
	}
	if !passed {
		fmt.Println("FAILED: it is not idle")
		os.Exit(1)
	}
}

// measure starts the process that is measured and reports whether it is idle.
func (s settings) measure() (passed bool, err error) {
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	measured := exec.Command(self, append([]string{"-inside"}, os.Args[1:]...)...)
	measured.Stderr = os.Stderr
	input, err1 := measured.StdinPipe() // it ends when this does
	output, err2 := measured.StdoutPipe()
	if err := errors.Join(err1, err2, measured.Start()); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, input.Close(), measured.Wait()) }()
	lines := bufio.NewScanner(output)
	for lines.Scan() && lines.Text() != ready {
		fmt.Println(lines.Text())
	}
	if lines.Text() != ready {
		return false, errors.Join(errors.New("the measured process ended"), lines.Err())
	}
	return s.watch(measured.Process.Pid)
}

// ready is what the measured process says when it has nothing to do any more.
const ready = "ready"

// work prints what it finds, and then has an idle scheduler until its input ends.
func (s settings) work(kind string) (err error) {
	dir, err := os.MkdirTemp("", "idle")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	before := heap()
	open, err := s.filled(kind, filepath.Join(dir, "jobs.db"))
	if err != nil {
		return err
	}
	began := time.Now()
	store, shut, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	fmt.Printf("open the store: %v\n", time.Since(began).Round(time.Microsecond))
	sched, asked, err := start(store)
	if err != nil {
		return err
	}
	fmt.Printf("from Start to the first answered claim: %v\n", asked.first.Round(time.Microsecond))
	fmt.Printf("find what is due next: %v\n", asked.claim.Round(time.Microsecond))
	used := heap() - before
	fmt.Printf("heap: %.1f MiB, %d B/job\n", float64(used)/(1<<20), used/int64(s.jobs))
	debug.FreeOSMemory() // so that the runtime's scavenger has nothing left to do
	if !s.collects {
		debug.SetGCPercent(-1)
	}
	fmt.Println(ready)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return sched.Shutdown(context.Background())
}

// opener opens a filled store, and says how to close it.
type opener func() (job.Store, func() error, error)

// filled fills a store with jobs that are due in a day.
func (s settings) filled(kind, path string) (opener, error) {
	var open opener
	switch kind {
	case "memory":
		store := memory.New(memory.Options{})
		open = func() (job.Store, func() error, error) { return store, func() error { return nil }, nil }
	case "sqlite":
		open = func() (job.Store, func() error, error) {
			store, err := sqlite.Open(path, sqlite.Options{Fast: true})
			if err != nil {
				return nil, nil, err
			}
			return store, store.Close, nil
		}
	default:
		return nil, fmt.Errorf("%q is no store: say memory or sqlite", kind)
	}
	store, shut, err := open()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := s.fill(store); err != nil {
		return nil, errors.Join(err, shut())
	}
	took := time.Since(began)
	fmt.Printf("%s: %d jobs added in %v (%.0f/s)\n", kind, s.jobs, took.Round(time.Millisecond), float64(s.jobs)/took.Seconds())
	return open, shut()
}

func (s settings) fill(store job.Store) error {
	sched, err := schedule.New(schedule.Options{Store: store, Executor: executor{}})
	if err != nil {
		return err
	}
	day := trigger.EveryFrom(time.Now().Add(24*time.Hour), 24*time.Hour)
	for from := 0; from < s.jobs; {
		part := make([]job.Job, min(10_000, s.jobs-from))
		for i := range part {
			part[i] = job.Job{ID: strconv.Itoa(from + i), Trigger: day}
		}
		errs, err := sched.AddMany(context.Background(), part)
		if err := errors.Join(append(errs, err)...); err != nil {
			return err
		}
		from += len(part)
	}
	return nil
}

// answers are how long a scheduler waited for its store.
type answers struct{ first, claim time.Duration }

// start starts a scheduler and waits until it has asked what is due.
func start(store job.Store) (*schedule.Scheduler, answers, error) {
	var a answers
	claimed := make(chan time.Time, 16)
	sched, err := schedule.New(schedule.Options{Store: noted(store, claimed), Executor: executor{}})
	if err != nil {
		return nil, a, err
	}
	began := time.Now()
	if err := sched.Start(); err != nil {
		return nil, a, err
	}
	a.first = (<-claimed).Sub(began)
	const times = 20
	for range times {
		began := time.Now()
		sched.Wake()
		a.claim += (<-claimed).Sub(began) / times
		time.Sleep(10 * time.Millisecond) // it rests between two claims
	}
	return sched, a, nil
}

// noting is a store that tells when a claim was answered.
type noting struct {
	job.Store
	claimed chan<- time.Time
}

// watched is noting over a store that tells of changes.
type watched struct {
	noting
	job.Watcher
}

func noted(store job.Store, claimed chan<- time.Time) job.Store {
	n := noting{Store: store, claimed: claimed}
	if w, ok := store.(job.Watcher); ok {
		return watched{n, w}
	}
	return n
}

// Claim implements job.Store.
func (n noting) Claim(ctx context.Context, c job.Claim) (job.Batch, error) {
	b, err := n.Store.Claim(ctx, c)
	select {
	case n.claimed <- time.Now():
	default: // nobody asks any more
	}
	return b, err
}

// watch counts how often a process wakes in each window.
func (s settings) watch(pid int) (passed bool, err error) {
	time.Sleep(5 * time.Second) // what was begun comes to rest
	var counts []int
	for range s.windows {
		before, err := switches(pid)
		if err != nil {
			return false, err
		}
		time.Sleep(s.window)
		after, err := switches(pid)
		if err != nil {
			return false, err
		}
		counts = append(counts, after-before)
	}
	fmt.Printf("voluntary switches in windows of %v: %v\n", s.window, counts)
	slices.Sort(counts)
	if len(counts) == 0 {
		return true, nil
	}
	middle := counts[(len(counts)-1)/2] + counts[len(counts)/2] // twice the median
	return counts[len(counts)-1] <= 2 && middle <= 2, nil
}

// switches is how often the threads of a process gave up a processor by
// themselves.
func switches(pid int) (n int, err error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err == nil && len(files) == 0 {
		err = errors.New("this system does not count context switches by thread")
	}
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue // the thread has ended
		}
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(text)) {
			if value, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				count, err := strconv.Atoi(strings.TrimSpace(value))
				if err != nil {
					return 0, err
				}
				n += count
			}
		}
	}
	return n, nil
}

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// executor never runs anything here.
type executor struct{}

// Execute implements job.Executor.
func (executor) Execute(context.Context, job.Task) (json.RawMessage, error) {
	return nil, errors.New("nothing is due")
}
