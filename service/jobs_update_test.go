package service_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// TestUpdateNeverMovesAnUnchangedJob plays random histories of a file: jobs
// come, go, and change their triggers or something else, while time goes by.
// Whatever update did, a job whose trigger is as before is due when it was due
// before, one that is paused stays so, and a job of the API is as it was.
func TestUpdateNeverMovesAnUnchangedJob(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			store := memory.New(memory.Options{})
			text := map[string]section{}
			d := newJobDaemon(t, "a", store, &notes{}, files(t, ""))
			posted, err := d.Add(t.Context(), "posted", options("trigger", "interval", "days", "9", "command", "x"), schedule.Fail)
			if err != nil {
				t.Fatal(err)
			}
			for round := range 12 {
				before, due := clone(text), nexts(t, d)
				change(random, text)
				if random.IntN(4) == 0 {
					pauseOne(t, random, d, due)
					due = nexts(t, d)
				}
				d.update(t, files(t, written(text)))
				after := nexts(t, d)
				if len(after) != len(text)+1 {
					t.Fatalf("seed %d, round %d: %d jobs, want %d", seed, round, len(after), len(text)+1)
				}
				for name, s := range text {
					if old, had := before[name]; had && old.trigger == s.trigger && after[name] != due[name] {
						t.Errorf("seed %d, round %d: job %s was due %v and is now due %v\n%s", seed, round, name, due[name], after[name], written(text))
					}
				}
				if got := after["posted"]; got != (next{at: posted.Job.State.Next}) {
					t.Errorf("seed %d, round %d: the job of the API is now due %v", seed, round, got)
				}
				time.Sleep(time.Duration(random.IntN(60)) * time.Second)
			}
		})
	}
}

// section is what a test varies of a job.
type section struct{ trigger, rest string }

type next struct {
	at     time.Time
	paused bool
}

func clone(text map[string]section) map[string]section {
	c := make(map[string]section, len(text))
	for name, s := range text {
		c[name] = s
	}
	return c
}

// change makes a few random changes. No job is due while the test lasts.
func change(random *rand.Rand, text map[string]section) {
	for range 1 + random.IntN(4) {
		name := fmt.Sprintf("job%d", random.IntN(5))
		s, had := text[name]
		switch {
		case had && random.IntN(4) == 0:
			delete(text, name)
			continue
		case !had || random.IntN(3) == 0:
			s.trigger = []string{
				fmt.Sprintf("trigger = interval\nhours = %d\n", 1+random.IntN(3)),
				fmt.Sprintf("trigger = interval\nhours = 2\nstart_date = +1h\nend_date = +%dh\n", 10+random.IntN(2)),
				"trigger = date\nrun_date = +3h\n",
				fmt.Sprintf("crontab = 0 %d 1 6 *\n", random.IntN(3)),
			}[random.IntN(4)]
		}
		s.rest = fmt.Sprintf("command = work %d\nmax_instances = %d\n", random.IntN(3), 1+random.IntN(2))
		text[name] = s
	}
}

func written(text map[string]section) string {
	var b strings.Builder
	for name, s := range text {
		fmt.Fprintf(&b, "[job:%s]\n%s%s", name, s.trigger, s.rest)
	}
	return b.String()
}

func nexts(t *testing.T, d *jobDaemon) map[string]next {
	t.Helper()
	infos, err := d.List(t.Context(), service.JobFilter{})
	if err != nil {
		t.Fatal(err)
	}
	due := make(map[string]next)
	for _, i := range infos {
		due[i.Job.ID] = next{i.Job.State.Next, i.Job.State.Paused}
	}
	return due
}

// pauseOne pauses a job of the files.
func pauseOne(t *testing.T, random *rand.Rand, d *jobDaemon, due map[string]next) {
	t.Helper()
	name := fmt.Sprintf("job%d", random.IntN(5))
	if _, ok := due[name]; !ok {
		return
	}
	if _, err := d.Pause(t.Context(), service.Ref{ID: name}); err != nil {
		t.Fatal(err)
	}
}
