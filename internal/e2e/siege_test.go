package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// siege is a daemon under attack.
type siege struct {
	*pageDaemon

	rpc      *client.Client
	random   *rand.Rand
	files    int        // that the daemon may have open
	intact   string     // the configuration, before somebody has broken it
	breaking sync.Mutex // whoever breaks it
	crowding sync.Mutex // whoever comes in a crowd: two would need all files of the test
}

// The programs: some that are not to notice anything, one that is killed again and
// again, some that crash in a loop, and one that writes what no daemon likes to read.
// The job writes down when it was due.
const siegePrograms = `[program:steady]
command = sh -c 'n=0; while :; do n=$((n+1)); echo $n >>$DIR/steady%(process_num)d; sleep 0.1; done'
process_name = %(program_name)s_%(process_num)d
numprocs = 5
stdout_logfile = $DIR/steady%(process_num)d.log
startsecs = 0
[program:phoenix]
command = sleep 1000
autorestart = true
startsecs = 0
[program:crashes]
command = sh -c 'exit 1'
process_name = %(program_name)s_%(process_num)03d
numprocs = CRASHES
startretries = 1000000
stdout_logfile = NONE
stderr_logfile = NONE
[program:hell]
command = sh -c 'while :; do printf "<!--XSUPERVISOR:BEGIN-->\r\n2026-11-26 INFO spawned: nobody\n"; head -c 3000 /dev/urandom; printf "<!--XSUPERVISOR:END--><!--XSUPERVISOR:BEG"; sleep 0.05; done'
stdout_capture_maxbytes = 1KB
stdout_events_enabled = true
stdout_logfile_maxbytes = 50KB
startsecs = 0
[scheduler]
state_directory = $DIR/state
[job:tick]
trigger = interval
seconds = 1
max_instances = 5
command = sh -c 'echo $JOB_SCHEDULED_AT >>$DIR/ticks'
`

// TestSiege attacks a daemon for SIEGE (default 3 s) by all means that a client, a
// child and a careless administrator have, some of them at a time, drawn from a seed
// that SIEGE_SEED can give. Meanwhile each of our own requests is answered within its
// deadline, what was killed is started again, and who has nothing to do with it goes
// on undisturbed; afterwards the daemon has as many files open as before.
func TestSiege(t *testing.T) {
	duration, long := lasting(t, "SIEGE")
	crashes, most := 50, 1024
	if long {
		crashes, most = 1000, 4096
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SIEGE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SIEGE_SEED=%d", seed)
	s := startSiege(t, crashes, most, seed)
	began := time.Now()
	pids, files, resident := s.steady(), s.open(), residentMiB(t, s.cmd.Process.Pid)
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { s.probe(ctx) })
	all.Go(func() { s.burn(ctx) })
	attacks := s.attack(ctx)
	all.Wait()
	t.Logf("%d attacks", attacks)
	s.mend()

	if now := s.steady(); !slices.Equal(now, pids) {
		t.Errorf("programs that nobody attacked had the pids %v, and have %v", pids, now)
	}
	s.checkSteady(time.Since(began))
	s.checkTicks(time.Since(began))
	wait(t, fmt.Sprintf("files to be closed, of which it had %d", files), func() bool { return s.open() <= files+8 })
	now := residentMiB(t, s.cmd.Process.Pid)
	t.Logf("%d MiB resident before, %d after", resident, now)
	if now > 2*resident+64 {
		t.Errorf("the daemon has %d MiB resident, before the siege it had %d", now, resident)
	}
}

func startSiege(t *testing.T, crashes, files int, seed uint64) *siege {
	t.Helper()
	d := servePage(t, "", strings.ReplaceAll(siegePrograms, "CRASHES", strconv.Itoa(crashes)), "prlimit", fmt.Sprintf("--nofile=%d", files))
	s := &siege{pageDaemon: d, random: rand.New(rand.NewPCG(seed, 2)), files: files, intact: d.read()}
	var err error
	if s.rpc, err = client.New(client.Options{ServerURL: "unix://" + d.dir + "/s.sock"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.rpc.Close)
	wait(t, "all that can run to run", func() bool {
		p, err := s.rpc.Process(t.Context(), "hell")
		return err == nil && p.StateName == "RUNNING" && len(s.steady()) == 5 && !slices.Contains(s.steady(), 0)
	})
	return s
}

// steady are the pids of the programs that are not to notice anything.
func (s *siege) steady() (pids []int) {
	s.t.Helper()
	for n := range 5 {
		p, err := s.rpc.Process(s.t.Context(), fmt.Sprintf("steady:steady_%d", n))
		if err != nil {
			s.t.Error(err)
		}
		pids = append(pids, p.PID)
	}
	return pids
}

// open is how many files the daemon has open.
func (s *siege) open() int {
	s.t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.cmd.Process.Pid))
	if err != nil {
		s.t.Error(err)
	}
	return len(entries)
}

// deadline is how long one of our own requests may take while the daemon is attacked.
const deadline = 10 * time.Second

// probe asks like a monitor does, again and again, and is always answered.
func (s *siege) probe(ctx context.Context) {
	var longest time.Duration
	asked := 0
	for ; ctx.Err() == nil; asked++ {
		began := time.Now()
		within, cancel := context.WithTimeout(s.t.Context(), deadline)
		all, err := s.rpc.AllProcesses(within)
		cancel()
		if err != nil || len(all) < 50 {
			s.t.Errorf("a request of ours got %d programs and %v after %v", len(all), err, time.Since(began))
			return
		}
		longest = max(longest, time.Since(began))
		pause(ctx, 20*time.Millisecond)
	}
	s.t.Logf("%d requests of ours, the longest took %v", asked, longest)
}

// burn kills a program again and again, which is always started again.
func (s *siege) burn(ctx context.Context) {
	var longest time.Duration
	kills := 0
	for ; ctx.Err() == nil; kills++ {
		before, err := s.rpc.Process(s.t.Context(), "phoenix")
		if err != nil {
			s.t.Error(err)
			return
		}
		if before.PID > 0 {
			_ = syscall.Kill(before.PID, syscall.SIGKILL) // it may be gone
		}
		began := time.Now()
		for {
			now, err := s.rpc.Process(s.t.Context(), "phoenix")
			if err != nil || time.Since(began) > deadline {
				s.t.Errorf("what was killed is %s after %v (%v)", now.StateName, time.Since(began), err)
				return
			}
			if now.StateName == "RUNNING" && now.PID != before.PID {
				break
			}
			pause(s.t.Context(), time.Millisecond)
		}
		longest = max(longest, time.Since(began))
		pause(ctx, 20*time.Millisecond)
	}
	s.t.Logf("%d kills, the longest restart took %v", kills, longest)
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// checkSteady holds each steady program to having counted all the time, in one life.
func (s *siege) checkSteady(lasted time.Duration) {
	s.t.Helper()
	for n := range 5 {
		lines := s.lines(fmt.Sprintf("steady%d", n))
		for i, line := range lines {
			if line != strconv.Itoa(i+1) {
				s.t.Errorf("steady_%d has counted %q after %d", n, line, i)
				break
			}
		}
		// It counts ten times a second, on a machine that has nothing else to do.
		if least := int(lasted / time.Second); len(lines) < least {
			s.t.Errorf("steady_%d has counted to %d in %v", n, len(lines), lasted)
		}
	}
}

// checkTicks holds the runs of the job to the history: each time once, and none
// missing of which the history does not say so.
func (s *siege) checkTicks(lasted time.Duration) {
	s.t.Helper()
	ticks := s.lines("ticks")
	seen := map[string]bool{}
	for _, tick := range ticks {
		if seen[tick] {
			s.t.Errorf("the job has run twice for %s", tick)
		}
		seen[tick] = true
	}
	if least := int(lasted/time.Second) / 2; len(ticks) < least {
		s.t.Errorf("the job has run %d times in %v", len(ticks), lasted)
	}
}

func (s *siege) lines(name string) []string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Error(err)
	}
	return strings.Fields(string(text))
}
