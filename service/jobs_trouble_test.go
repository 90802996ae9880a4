package service_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// troubled is a store that a test gets into trouble.
type troubled struct {
	job.Store
	add    func(ctx context.Context, jobs []job.Job) error // nil: as it is
	remove func()                                          // before a job is removed
}

func (s *troubled) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	if s.add != nil {
		if err := s.add(ctx, jobs); err != nil {
			return nil, err
		}
	}
	return s.Store.Add(ctx, jobs)
}

func (s *troubled) Remove(ctx context.Context, id string, rev int64) error {
	if s.remove != nil {
		s.remove()
	}
	return s.Store.Remove(ctx, id, rev)
}

// fullDisk is a ledger that cannot be written.
type fullDisk struct{ notes }

func (*fullDisk) Write([]service.Declaration) error { return errors.New("no space left on device") }

func TestDeclarationsThatFailAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &troubled{Store: memory.New(memory.Options{})}
		store.add = func(context.Context, []job.Job) error { return errors.New("away") }
		d := newJobDaemon(t, "a", store, &notes{}, files(t, `
[job:soon]
trigger = date
run_date = +1m
command = x
[job:daily]
crontab = @daily
command = x
`))
		if d.DeclareStore(t.Context(), "default") {
			t.Error("it is done while the store is away")
		}
		store.add = nil
		if !d.DeclareStore(t.Context(), "default") {
			t.Error("it is not done when the store is back")
		}
		if diff := cmp.Diff([]string{"daily file", "soon file"}, d.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		time.Sleep(2 * time.Minute) // one comes to its end
		if !d.DeclareStore(t.Context(), "default") {
			t.Error("it is not done a second time")
		}
		if diff := cmp.Diff([]string{"daily file"}, d.ids(t)); diff != "" {
			t.Errorf("jobs later (-want +got):\n%s", diff)
		}
	})
}

func TestOneIDThatIsTakenHoldsUpNoOtherJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Options{})
		other := newJobDaemon(t, "b", store, &notes{}, files(t, ""))
		if _, _, err := other.Put(t.Context(), "taken", options("crontab", "@daily", "command", "x"), 0, true); err != nil {
			t.Fatal(err)
		}
		d := newJobDaemon(t, "a", store, &notes{}, files(t, "[job:taken]\ncrontab = @daily\ncommand = y\n[job:free]\ncrontab = @daily\ncommand = y\n"))
		if diff := cmp.Diff([]string{"free file", "taken api"}, d.ids(t)); diff != "" {
			t.Errorf("jobs (-want +got):\n%s", diff)
		}
		if d.DeclareStore(t.Context(), "default") {
			t.Error("it is done while the id is taken")
		}
		if err := other.Remove(t.Context(), service.Ref{ID: "taken"}, 0, false); err != nil {
			t.Fatal(err)
		}
		if !d.DeclareStore(t.Context(), "default") {
			t.Error("it is not done when the id is free")
		}
		if diff := cmp.Diff([]string{"free file", "taken file"}, d.ids(t)); diff != "" {
			t.Errorf("jobs then (-want +got):\n%s", diff)
		}
	})
}

func TestJobsThatCannotBeNotedAreNotDeclared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &fullDisk{}, files(t, "[job:one]\ncrontab = @daily\ncommand = x\n"))
		if d.DeclareStore(t.Context(), "default") {
			t.Error("it is done without a note")
		}
		if ids := d.ids(t); ids != nil {
			t.Errorf("jobs: %v", ids)
		}
	})
}

// An update that waits for a store holds what a shutdown needs as well.
func TestShutdownDoesNotWaitForAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &troubled{Store: memory.New(memory.Options{})}
		d := newJobDaemon(t, "a", store, &notes{}, files(t, ""))
		store.add = func(ctx context.Context, _ []job.Job) error {
			<-ctx.Done()
			return ctx.Err()
		}
		next := files(t, "[job:one]\ncrontab = @daily\ncommand = x\n")
		d.load = func() *config.Config { return next }
		if _, _, _, err := d.service.Reread(); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		wantError(t, d.service.AddGroup("job:one"), supervise.ErrFailed, "deadline exceeded")
		if took := time.Since(begun); took > time.Minute {
			t.Errorf("the update took %v", took)
		}
		refused := make(chan error)
		go func() { refused <- d.service.AddGroup("job:one") }()
		synctest.Wait()
		begun = time.Now()
		if err := d.service.Shutdown(); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("the shutdown has waited %v", took)
		}
		wantError(t, <-refused, service.ErrShuttingDown, "")
	})
}

func TestAJobThatADaemonGivesUpWhileAnotherTakesItStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &troubled{Store: memory.New(memory.Options{})}
		text := "[job:one]\ncrontab = @daily\ncommand = x\n"
		a := newJobDaemon(t, "a", store, &notes{}, files(t, text))
		b := newJobDaemon(t, "b", store.Store, &notes{}, files(t, ""))
		store.remove = func() {
			store.remove = nil
			b.update(t, files(t, text))
		}
		a.update(t, files(t, ""))
		one, err := b.Get(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"b"}, one.Daemons); diff != "" {
			t.Errorf("it is declared by (-want +got):\n%s", diff)
		}
	})
}

// The jobs of a scheduler that could not start are in force, though nobody has
// declared them yet: the first update must not take them for new ones.
func TestUpdateThatStartsTheSchedulerAfterAllMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, ledger := memory.New(memory.Options{}), &notes{}
		before := files(t, "[job:one]\ntrigger = interval\nhours = 2\ncommand = x\n")
		d := newJobDaemon(t, "a", store, ledger, before)
		one, err := d.Get(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		after := files(t, "[job:one]\ntrigger = interval\nhours = 2\ncommand = x\n[job:two]\ncrontab = @daily\ncommand = x\n")
		broken := errors.New("the state directory cannot be written")
		again := service.New(service.Parts{
			Supervisor: newSupervisor(t), Log: slog.New(slog.DiscardHandler),
			Load: func() (*config.Config, error) { return after, nil },
			StartJobs: func(c *config.Config) (*service.Jobs, error) {
				if broken != nil {
					return nil, broken
				}
				return newJobDaemon(t, "a", store, ledger, c).Jobs, nil
			},
		}, before)
		wantError(t, again.StartJobs(), broken, "")
		broken = nil
		if _, _, _, err := again.Update(t.Context(), "job:one", "job:two"); err != nil {
			t.Fatal(err)
		}
		now, err := again.Jobs().Get(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if !now.Job.State.Next.Equal(one.Job.State.Next) {
			t.Errorf("it is due %v, and was due %v", now.Job.State.Next, one.Job.State.Next)
		}
		if _, err := again.Jobs().Get(t.Context(), service.Ref{ID: "two"}); err != nil {
			t.Error(err)
		}
	})
}
