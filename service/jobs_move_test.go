package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// inStore is a file with jobs in the store of that name.
func inStore(t *testing.T, store string, jobs ...string) *config.Config {
	t.Helper()
	text := "[jobstore:default]\nurl = memory:\n[jobstore:another]\nurl = memory:\n"
	for _, j := range jobs {
		text += j + "jobstore = " + store + "\n"
	}
	return files(t, text)
}

// newMovers starts a daemon that has the stores default and another.
func newMovers(t *testing.T, ledger service.Ledger, c *config.Config, another job.Store, e job.Executor) *jobDaemon {
	t.Helper()
	d := newJobDaemonWith(t, "a", memory.New(memory.Options{}), ledger, c, e)
	if err := d.Scheduler().AddStore("another", another); err != nil {
		t.Fatal(err)
	}
	d.DeclareStore(t.Context(), "another")
	return d
}

func (d *jobDaemon) get(t *testing.T, store, id string) (service.JobInfo, bool) {
	t.Helper()
	info, err := d.Get(t.Context(), service.Ref{Store: store, ID: id})
	if err != nil && !errors.Is(err, job.ErrNotFound) {
		t.Fatal(err)
	}
	return info, err == nil
}

// TestAJobMovesWithItsNextTime changes nothing but the store.
func TestAJobMovesWithItsNextTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			relative = "[job:relative]\ntrigger = interval\nhours = 2\nstart_date = +1h\ncommand = x\n"
			paused   = "[job:paused]\ntrigger = interval\nhours = 1\ncommand = x\n"
		)
		ledger := &notes{}
		d := newMovers(t, ledger, inStore(t, "default", relative, paused), memory.New(memory.Options{}), succeed{})
		if _, err := d.Pause(t.Context(), service.Ref{ID: "paused"}); err != nil {
			t.Fatal(err)
		}
		before, _ := d.get(t, "default", "relative")
		time.Sleep(20 * time.Minute)
		d.update(t, inStore(t, "another", relative, paused))
		for _, id := range []string{"relative", "paused"} {
			if _, there := d.get(t, "default", id); there {
				t.Errorf("job %s is in its old store still", id)
			}
		}
		after, _ := d.get(t, "another", "relative")
		if !after.Job.State.Next.Equal(before.Job.State.Next) || after.Job.Trigger.String() != before.Job.Trigger.String() {
			t.Errorf("it is due %v (%v), and was %v (%v)", after.Job.State.Next, after.Job.Trigger, before.Job.State.Next, before.Job.Trigger)
		}
		if p, there := d.get(t, "another", "paused"); !there || !p.Job.State.Paused {
			t.Errorf("the paused job is %+v, %v", p.Job.State, there)
		}
		if got := fmt.Sprint(ledger.declared); strings.Contains(got, "default") {
			t.Errorf("ledger %s", got)
		}
	})
}

// counts are how often each slot was run.
type counts struct {
	mu    sync.Mutex
	slots map[time.Time]int
}

func (c *counts) Execute(_ context.Context, t job.Task) (json.RawMessage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.slots[t.Run.Slot.UTC()]++
	return nil, nil
}

// TestAJobThatMovesRunsEachTimeOnce moves it to and fro while it is due five
// times a second, some of which are planned ahead of their time.
func TestAJobThatMovesRunsEachTimeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const busy = "[job:busy]\ntrigger = interval\nseconds = 0.2\nmax_instances = 9\ncoalesce = all\ncommand = x\n"
		c := &counts{slots: map[time.Time]int{}}
		slot := time.Now().UTC().Add(200 * time.Millisecond)
		d := newMovers(t, &notes{}, inStore(t, "default", busy), memory.New(memory.Options{}), c)
		for round := range 40 {
			time.Sleep(time.Duration(130+37*round) * time.Millisecond)
			d.update(t, inStore(t, []string{"another", "default"}[round%2], busy))
		}
		time.Sleep(time.Second)
		c.mu.Lock()
		defer c.mu.Unlock()
		for ; slot.Before(time.Now().Add(-100 * time.Millisecond)); slot = slot.Add(200 * time.Millisecond) {
			if c.slots[slot] != 1 {
				t.Errorf("%v was run %d times", slot, c.slots[slot])
			}
			delete(c.slots, slot)
		}
		if len(c.slots) > 1 {
			t.Errorf("run without being due: %v", c.slots)
		}
	})
}

// refusing is a store that takes no job while it is told so.
type refusing struct {
	job.Store
	err error
}

func (r *refusing) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	if r.err != nil {
		return nil, r.err
	}
	return r.Store.Add(ctx, jobs)
}

func TestAJobThatCannotMoveStaysWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const one = "[job:one]\ntrigger = interval\nhours = 1\ncommand = x\n"
		another := &refusing{Store: memory.New(memory.Options{})}
		d := newMovers(t, &notes{}, inStore(t, "default", one), another, succeed{})
		before, _ := d.get(t, "default", "one")
		time.Sleep(10 * time.Minute)
		another.err = errors.New("the disk is full")
		moved := inStore(t, "another", one)
		d.load = func() *config.Config { return moved }
		if _, _, _, err := d.service.Reread(); err != nil {
			t.Fatal(err)
		}
		if err := d.service.AddGroup("job:one"); err == nil || !strings.Contains(err.Error(), "the disk is full") {
			t.Errorf("error %v", err)
		}
		if after, there := d.get(t, "default", "one"); !there || !after.Job.State.Next.Equal(before.Job.State.Next) {
			t.Errorf("it is %+v, there: %v", after.Job.State, there)
		}
		another.err = nil
		d.update(t, moved)
		if after, there := d.get(t, "another", "one"); !there || !after.Job.State.Next.Equal(before.Job.State.Next) {
			t.Errorf("it is %+v, there: %v", after.Job.State, there)
		}
	})
}

// TestAJobWaitsForItsNewStore leaves it where it is until there is one.
func TestAJobWaitsForItsNewStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const one = "[job:one]\ntrigger = interval\nhours = 1\ncommand = x\n"
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, inStore(t, "default", one))
		before, _ := d.get(t, "default", "one")
		time.Sleep(10 * time.Minute)
		d.update(t, inStore(t, "another", one))
		d.DeclareStore(t.Context(), "default")
		if _, there := d.get(t, "default", "one"); !there {
			t.Error("it is nowhere")
		}
		if err := d.Scheduler().AddStore("another", memory.New(memory.Options{})); err != nil {
			t.Fatal(err)
		}
		if !d.DeclareStore(t.Context(), "another") {
			t.Error("not all is declared")
		}
		if _, there := d.get(t, "default", "one"); there {
			t.Error("it is in its old store still")
		}
		if after, there := d.get(t, "another", "one"); !there || !after.Job.State.Next.Equal(before.Job.State.Next) {
			t.Errorf("it is %+v, there: %v", after.Job.State, there)
		}
	})
}

// TestASharedJobMovesWithItsLastDaemon: the files of another daemon have it in
// the old store still.
func TestASharedJobMovesWithItsLastDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const one = "[job:one]\ntrigger = interval\nhours = 1\ncommand = x\n"
		shared, another := memory.New(memory.Options{}), memory.New(memory.Options{})
		var both [2]*jobDaemon
		for i, name := range []string{"a", "b"} {
			both[i] = newJobDaemon(t, name, shared, &notes{}, inStore(t, "default", one))
			if err := both[i].Scheduler().AddStore("another", another); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := both[0].Scheduler().In("default").PauseJob(t.Context(), "one"); err != nil {
			t.Fatal(err)
		}
		both[0].update(t, inStore(t, "another", one))
		if _, there := both[1].get(t, "default", "one"); !there {
			t.Error("it left the other daemon")
		}
		both[1].update(t, inStore(t, "another", one))
		if _, there := both[1].get(t, "default", "one"); there {
			t.Error("it is in its old store still")
		}
		if after, there := both[1].get(t, "another", "one"); !there || !after.Job.State.Paused || len(after.Daemons) != 2 {
			t.Errorf("it is %+v", after)
		}
	})
}
