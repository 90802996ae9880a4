package service_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// troubled is a store that a test gets into trouble.
type troubled struct {
	job.Store
	add    func(ctx context.Context, jobs []job.Job) error // nil: as it is
	added  func()                                          // after jobs were added
	remove func()                                          // before a job is removed
	runs   error                                           // what the history answers
	hangs  bool                                            // lists are not answered
}

func (s *troubled) List(ctx context.Context, f job.Filter) ([]job.Job, error) {
	if s.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.Store.List(ctx, f)
}

func (s *troubled) Runs(ctx context.Context, f job.RunFilter) ([]job.Run, error) {
	if s.runs != nil {
		return nil, s.runs
	}
	return s.Store.Runs(ctx, f)
}

func (s *troubled) CancelRun(ctx context.Context, id string) error {
	if s.runs != nil {
		return s.runs
	}
	return s.Store.CancelRun(ctx, id)
}

func (s *troubled) Add(ctx context.Context, jobs []job.Job) ([]error, error) {
	if s.add != nil {
		if err := s.add(ctx, jobs); err != nil {
			return nil, err
		}
	}
	errs, err := s.Store.Add(ctx, jobs)
	if s.added != nil {
		s.added()
	}
	return errs, err
}

func (s *troubled) Remove(ctx context.Context, id string, rev int64) error {
	if s.remove != nil {
		s.remove()
	}
	return s.Store.Remove(ctx, id, rev)
}

// fullDisk is a ledger that cannot be written.
type fullDisk struct{ notes }

func (*fullDisk) Note([]service.Declaration, bool) error {
	return errors.New("no space left on device")
}

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

// A job that is due at once may have been taken by a scheduler before it is
// read again.
func TestAJobThatIsGoneAsSoonAsItIsAddedWasAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &troubled{Store: memory.New(memory.Options{})}
		d := newJobDaemon(t, "a", store, &notes{}, files(t, ""))
		store.added = func() { // another scheduler takes it
			for _, id := range []string{"now", "put"} {
				if err := store.Store.Remove(t.Context(), id, 0); err != nil && !errors.Is(err, job.ErrNotFound) {
					t.Error(err)
				}
			}
		}
		now := options("trigger", "date", "run_date", "now", "command", "x")
		added, err := d.Add(t.Context(), "now", now, schedule.Fail)
		if err != nil || added.Job.ID != "now" || added.Source != service.FromAPI {
			t.Errorf("added: %+v, %v", added, err)
		}
		put, created, err := d.Put(t.Context(), "put", now, 0, true)
		if err != nil || !created || put.Job.ID != "put" {
			t.Errorf("put: %+v, %v, %v", put, created, err)
		}
		if ids := d.ids(t); ids != nil {
			t.Errorf("jobs: %v", ids)
		}
	})
}

// Jobs that come, go and run between two pages neither repeat nor hide others.
func TestPagesGoOnBehindAJobThatIsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, ""))
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			if _, err := d.Add(t.Context(), id, options("trigger", "interval", "hours", "2", "command", "x"), schedule.Fail); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		page := func(after string) []service.JobInfo {
			infos, err := d.List(t.Context(), service.JobFilter{After: after, Limit: 2})
			if err != nil {
				t.Fatal(err)
			}
			return infos
		}
		first := page("")
		if err := d.Remove(t.Context(), service.Ref{ID: "b"}, 0, false); err != nil {
			t.Fatal(err)
		}
		second := page(first[1].Cursor())
		later := "3"
		if _, err := d.Edit(t.Context(), service.Ref{ID: "d"}, map[string]*string{"hours": &later}, 0); err != nil {
			t.Fatal(err)
		}
		third := page(second[1].Cursor())
		var got []string
		for _, i := range slices.Concat(first, second, third) {
			got = append(got, i.Job.ID)
		}
		if diff := cmp.Diff([]string{"a", "b", "c", "d", "e", "d"}, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
		_, err := d.List(t.Context(), service.JobFilter{After: "nothing"})
		wantError(t, err, service.ErrBadArguments, "")
	})
}

// Only a change by people is one that another must hear of: a scheduler writes
// the job with each run.
func TestTheRevisionOfAJobStaysWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, ""))
		often := options("trigger", "interval", "seconds", "5", "command", "x")
		added, err := d.Add(t.Context(), "a", often, schedule.Fail)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		put, _, err := d.Put(t.Context(), "a", often, added.Job.State.Rev, false)
		if err != nil || put.Job.State.Rev != added.Job.State.Rev {
			t.Errorf("revision %d of %d, %v", put.Job.State.Rev, added.Job.State.Rev, err)
		}
		value := "1m"
		edited, err := d.Edit(t.Context(), service.Ref{ID: "a"}, map[string]*string{"timeout": &value}, added.Job.State.Rev)
		if err != nil || edited.Job.State.Rev <= added.Job.State.Rev {
			t.Errorf("revision %d after %d, %v", edited.Job.State.Rev, added.Job.State.Rev, err)
		}
		_, err = d.Edit(t.Context(), service.Ref{ID: "a"}, map[string]*string{"timeout": nil}, added.Job.State.Rev)
		wantError(t, err, job.ErrChanged, "")
		wantError(t, d.Remove(t.Context(), service.Ref{ID: "a"}, added.Job.State.Rev, false), job.ErrChanged, "")
		time.Sleep(time.Minute)
		if err := d.Remove(t.Context(), service.Ref{ID: "a"}, edited.Job.State.Rev, false); err != nil {
			t.Error(err)
		}
		again, err := d.Add(t.Context(), "a", often, schedule.Fail)
		if err != nil || again.Job.State.Rev <= edited.Job.State.Rev {
			t.Errorf("revision %d of another job, after %d, %v", again.Job.State.Rev, edited.Job.State.Rev, err)
		}
	})
}

func TestARunIsFoundBesideAStoreThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, "[job:one]\ncrontab = @daily\ncommand = x\n"))
		away := errors.New("away")
		if err := d.Scheduler().AddStore("another", &troubled{Store: memory.New(memory.Options{}), runs: away}); err != nil {
			t.Fatal(err)
		}
		run, err := d.RunNow(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if done, err := d.Wait(t.Context(), run.Run.ID); err != nil || done.Run.Phase != job.Done {
			t.Errorf("waited for it: %+v, %v", done, err)
		}
		_, err = d.Run(t.Context(), "none")
		wantError(t, err, away, "") // it may be there
		if err := d.PauseAll(); err != nil {
			t.Fatal(err)
		}
		run, err = d.RunNow(t.Context(), service.Ref{ID: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if cancelled, err := d.CancelRun(t.Context(), run.Run.ID); err != nil || cancelled.Run.Outcome.Kind != job.Cancelled {
			t.Errorf("cancelled: %+v, %v", cancelled, err)
		}
	})
}

func TestASchedulerThatIsWantedNoMoreIsNoFault(t *testing.T) {
	with, without := files(t, ""), &config.Config{}
	broken := errors.New("the state directory cannot be written")
	s := service.New(service.Parts{
		Supervisor: newSupervisor(t), Log: slog.New(slog.DiscardHandler),
		Load:      func() (*config.Config, error) { return without, nil },
		StartJobs: func(*config.Config) (*service.Jobs, error) { return nil, broken },
	}, with)
	wantError(t, s.StartJobs(), broken, "")
	wantError(t, s.NoJobs(), service.ErrSchedulerDown, broken.Error())
	if _, _, _, err := s.Reread(); err != nil {
		t.Fatal(err)
	}
	if err := s.StartJobs(); err != nil {
		t.Error(err)
	}
	wantError(t, s.NoJobs(), service.ErrNoScheduler, "")
}

func TestStatusDoesNotWaitForAStoreThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, "[job:one]\ncrontab = @daily\ncommand = x\n"))
		if err := d.Scheduler().AddStore("another", &troubled{Store: memory.New(memory.Options{}), hangs: true}); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		status := d.Status(t.Context())
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		if status.Stores[0].Err != nil || status.Stores[1].Err == nil || status.Next.IsZero() {
			t.Errorf("status %+v", status)
		}
	})
}

func TestPagesGoOnInTheNextStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, "[jobstore:another]\nurl = memory:\n"))
		if err := d.Scheduler().AddStore("another", memory.New(memory.Options{})); err != nil {
			t.Fatal(err)
		}
		for _, store := range []string{"default", "another"} {
			if _, err := d.Add(t.Context(), "in-"+store, options("crontab", "@daily", "command", "x", "jobstore", store), schedule.Fail); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for after := ""; ; {
			page, err := d.List(t.Context(), service.JobFilter{After: after, Limit: 1})
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			got, after = append(got, page[0].Job.ID), page[0].Cursor()
		}
		if diff := cmp.Diff([]string{"in-default", "in-another"}, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
}

func TestPutOfAJobThatEndsMeanwhileAddsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &troubled{Store: memory.New(memory.Options{})}
		d := newJobDaemon(t, "a", store, &notes{}, files(t, ""))
		daily := options("crontab", "@daily", "command", "x")
		if _, _, err := d.Put(t.Context(), "one", daily, 0, true); err != nil {
			t.Fatal(err)
		}
		store.added = func() { // which finds that it is there
			store.added = nil
			if err := store.Store.Remove(t.Context(), "one", 0); err != nil {
				t.Error(err)
			}
		}
		if _, created, err := d.Put(t.Context(), "one", daily, 0, false); err != nil || !created {
			t.Errorf("created %v, %v", created, err)
		}
	})
}
