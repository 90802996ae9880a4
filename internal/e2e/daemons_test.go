package e2e_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// TestTwoDaemons has two daemons share the jobs of one store while one of them
// is killed and started again at random. Each run of each job appends its
// scheduled time to the job's file: no time may stand there twice, and one that
// does not must have a row in the history that says why. CHAOS_SECONDS says for
// how long; without it, a few seconds.
func TestTwoDaemons(t *testing.T) {
	t.Parallel()
	t.Run("redis", func(t *testing.T) {
		t.Parallel()
		server := redistest.Need(t, "--appendonly", "yes", "--appendfsync", "always")
		url := "redis://" + server.Address() + "/0"
		store, err := redis.Open(t.Context(), redis.Options{URL: url})
		if err != nil {
			t.Fatal(err)
		}
		twoDaemons(t, url, store)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Need(t).Database(t)
		store, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		twoDaemons(t, url, store)
	})
}

const (
	sharedJobs = 10
	quickChaos = 12 * time.Second
)

func twoDaemons(t *testing.T, url string, store job.Store) {
	defer store.Close()
	lasting := quickChaos
	if text := os.Getenv("CHAOS_SECONDS"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		lasting = time.Duration(seconds) * time.Second
	}
	dir := t.TempDir()
	first := time.Now().Add(2 * time.Second).Truncate(time.Second).Add(time.Second)
	last := first.Add(lasting)
	steady := newSharedDaemon(t, dir, "steady", url, first, last)
	shaken := newSharedDaemon(t, dir, "shaken", url, first, last)
	steady.start(t)
	shaken.start(t)
	random := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	kills := 0
	for time.Now().Before(last) {
		time.Sleep(time.Second + time.Duration(random.IntN(2000))*time.Millisecond)
		shaken.kill(t)
		kills++
		time.Sleep(time.Duration(random.IntN(1500)) * time.Millisecond)
		shaken.start(t)
	}
	settled(t, store, last)
	shaken.stop(t)
	steady.stop(t)
	total, lost := 0, 0
	for n := range sharedJobs {
		id := fmt.Sprintf("job%d", n)
		ran := effects(t, filepath.Join(dir, id))
		rows := rowsOf(t, store, id)
		for slot := first; !slot.After(last); slot = slot.Add(time.Second) {
			total++
			switch count, why := ran[slot.UTC().Format(time.RFC3339Nano)], rows.of(slot); {
			case count > 1:
				t.Errorf("%s at %v ran %d times", id, slot, count)
			case count == 0 && why == "":
				t.Errorf("%s at %v did not run, and no row says why", id, slot)
			case count == 0 && why == job.Succeeded.String():
				t.Errorf("%s at %v has succeeded, but did nothing", id, slot)
			case count == 0:
				lost++
			}
		}
	}
	t.Logf("%d kills, %d due times, each run once but %d that the history has as lost or missed", kills, total, lost)
	if lost > total/2 {
		t.Errorf("%d of %d times were lost", lost, total)
	}
}

// sharedDaemon is a daemon whose jobs are in a store that it shares.
type sharedDaemon struct {
	name, conf string
	log        string
	cmd        *exec.Cmd
}

func newSharedDaemon(t *testing.T, dir, name, url string, first, last time.Time) *sharedDaemon {
	t.Helper()
	d := &sharedDaemon{name: name, conf: filepath.Join(dir, name+".conf"), log: filepath.Join(dir, name+".log")}
	var b strings.Builder
	fmt.Fprintf(&b, "[supervisord]\nnodaemon = true\nidentifier = %s\nlogfile = %s\npidfile = %s/%s.pid\n", name, d.log, dir, name)
	fmt.Fprintf(&b, "[scheduler]\nstate_directory = %s/%s.state\nhistory_runs = none\n[jobstore:shared]\nurl = %s\n", dir, name, url)
	for n := range sharedJobs {
		fmt.Fprintf(&b, "[job:job%d]\njobstore = shared\ntrigger = interval\nseconds = 1\nstart_date = %s\nend_date = %s\n"+
			"coalesce = all\noverlap = queue\nmax_instances = 5\ncommand = sh -c 'echo $JOB_SCHEDULED_AT >> %s/$JOB_ID'\n",
			n, first.UTC().Format(time.RFC3339), last.UTC().Format(time.RFC3339), dir)
	}
	if err := os.WriteFile(d.conf, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd != nil {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		}
		if t.Failed() {
			text, _ := os.ReadFile(d.log)
			t.Logf("log of %s:\n%s", d.name, text)
		}
	})
	return d
}

func (d *sharedDaemon) start(t *testing.T) {
	t.Helper()
	d.cmd = exec.Command("supervisord", "-c", d.conf)
	d.cmd.Stderr = os.Stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

func (d *sharedDaemon) kill(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Kill(); err != nil {
		t.Fatalf("kill %s: %v", d.name, err)
	}
	_ = d.cmd.Wait() // it says that it was killed
}

// ready waits until the daemon takes signals.
func (d *sharedDaemon) ready(t *testing.T) {
	t.Helper()
	want := strconv.Itoa(d.cmd.Process.Pid) + "\n"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if text, err := os.ReadFile(strings.TrimSuffix(d.conf, ".conf") + ".pid"); err == nil && string(text) == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not up after 10 s", d.name)
		}
	}
}

func (d *sharedDaemon) stop(t *testing.T) {
	t.Helper()
	d.ready(t)
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("stop %s: %v", d.name, err)
	}
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("stop %s: %v", d.name, err)
	}
	d.cmd = nil
}

// settled waits until nothing is left to run.
func settled(t *testing.T, store job.Store, last time.Time) {
	t.Helper()
	deadline := last.Add(90 * time.Second)
	for {
		jobs, err := store.List(t.Context(), job.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		live, err := store.Runs(t.Context(), job.RunFilter{Phases: []job.Phase{job.Waiting, job.Running}})
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 && len(live) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d jobs and %d runs are left after %v", len(jobs), len(live), time.Since(last))
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// effects are how often each scheduled time stands in the file of a job.
func effects(t *testing.T, path string) map[string]int {
	t.Helper()
	ran := make(map[string]int)
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return ran
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		ran[lines.Text()]++
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return ran
}

// rows are the history of a job.
type rows []job.Run

func rowsOf(t *testing.T, store job.Store, id string) rows {
	t.Helper()
	runs, err := store.Runs(context.WithoutCancel(t.Context()), job.RunFilter{Job: id})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// of is the outcome of the row that covers a scheduled time; "" for none.
func (rs rows) of(slot time.Time) string {
	for _, r := range rs {
		covers := r.Skipped.Count > 0 && !slot.Before(r.Skipped.First) && !slot.After(r.Skipped.Last)
		if r.Slot.Equal(slot) || covers {
			return r.Outcome.Kind.String()
		}
	}
	return ""
}
