package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/jobspec"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// declareTime is how long jobs of files may take to be written into a store.
// Updates, and with them all that changes the daemon, wait for it.
const declareTime = 30 * time.Second

// turn waits until nobody else writes jobs of files.
func (js *Jobs) turn(ctx context.Context) (end func(), err error) {
	select {
	case js.declaring <- struct{}{}:
		return func() { <-js.declaring }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// DeclareStore puts the jobs that the files have for a store into it, and takes
// back what this daemon declared there before and the files have no more. It is
// called when the store has become known to the scheduler. What goes wrong with
// one job is logged, and the others go on; done is false then, and the next call
// tries what is left. The others are left alone by it: one may have come to its
// end since, and would begin anew.
func (js *Jobs) DeclareStore(ctx context.Context, store string) (done bool) {
	ctx, cancel := context.WithTimeout(ctx, declareTime)
	defer cancel()
	end, err := js.turn(ctx)
	if err != nil {
		return false
	}
	defer end()
	again := js.declared[store]
	js.declared[store] = true
	var jobs []config.Job
	for _, j := range js.allInForce() {
		_, failing := js.failing[Declaration{store, j.Name}]
		if j.Store == store && (failing || !again) {
			jobs = append(jobs, j)
		}
	}
	ledger, all := js.before()
	var failed map[string]error
	if all == nil {
		failed, all = js.declare(ctx, store, jobs, js.elsewhere(store, ledger))
	}
	for _, j := range jobs {
		js.tell(Declaration{store, j.Name}, failed[j.Name])
		if all != nil {
			js.failing[Declaration{store, j.Name}] = ""
		}
	}
	kept := js.takeBack(ctx, store, ledger)
	js.tell(Declaration{Store: store}, all)
	return all == nil && len(failed) == 0 && !kept
}

// before are the jobs that this daemon has declared so far.
func (js *Jobs) before() ([]Declaration, error) {
	ledger, err := js.parts.Ledger.Declared()
	if err != nil {
		return nil, fmt.Errorf("jobs that were declared before: %w", err)
	}
	return ledger, nil
}

// elsewhere says in which other open store of the ledger a job is that the files
// have in store now.
func (js *Jobs) elsewhere(store string, ledger []Declaration) (from map[string]string) {
	from = map[string]string{}
	for _, d := range ledger {
		if j, ok := js.inForce(d.Job); ok && j.Store == store && d.Store != store && js.open(d.Store) {
			from[d.Job] = d.Store
		}
	}
	return from
}

// takeBack withdraws what the ledger has for a store and the files have not, and
// reports whether that could not be done with some. What is to move to a store
// that cannot be opened yet stays until then.
func (js *Jobs) takeBack(ctx context.Context, store string, ledger []Declaration) (kept bool) {
	for _, d := range ledger {
		j, ok := js.inForce(d.Job)
		if d.Store == store && (!ok || j.Store != store && js.open(j.Store)) {
			err := js.withdraw(ctx, d)
			js.tell(d, err)
			kept = kept || err != nil
		}
	}
	return kept
}

// tell logs what has become of a declaration, unless that was said before.
func (js *Jobs) tell(d Declaration, err error) {
	if err == nil {
		delete(js.failing, d)
		return
	}
	if text := err.Error(); js.failing[d] != text {
		js.failing[d] = text
		js.parts.Log.Error(text)
	}
}

// declare makes jobs of the files be in their store as they say, and goes on
// with the others when one cannot be had. One whose trigger is unchanged keeps
// its next time, and a pause stays, also when it comes from another store: from
// names those. It returns what went wrong, by job; the error is about all of them.
func (js *Jobs) declare(ctx context.Context, store string, declared []config.Job, from map[string]string) (failed map[string]error, err error) {
	failed = map[string]error{}
	var (
		jobs  []job.Job
		notes []Declaration
	)
	for _, c := range declared {
		j, err := jobspec.Compile(c, time.Now(), js.parts.LogDir)
		if err != nil {
			failed[c.Name] = sayJob(store, c.Name, err)
			continue
		}
		jobs = append(jobs, jobspec.WithDaemons(j, js.parts.Daemon))
		notes = append(notes, Declaration{store, c.Name})
	}
	// The ledger comes first: what it has too much of is found missing later.
	if err := js.note(notes, true); err != nil {
		return nil, err
	}
	in := js.parts.Scheduler.In(store)
	jobs = slices.DeleteFunc(jobs, func(j job.Job) bool {
		if from[j.ID] == "" {
			return false
		}
		moved, err := js.move(ctx, from[j.ID], in, j)
		if err != nil {
			failed[j.ID] = sayJob(store, j.ID, fmt.Errorf("move it from job store %s: %w", from[j.ID], err))
		}
		return moved || err != nil
	})
	errs, err := in.AddMany(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("declare the jobs of job store %s: %w", store, err)
	}
	for i, err := range errs {
		if errors.Is(err, job.ErrExists) {
			err = js.redeclare(ctx, in, jobs[i])
		}
		if err != nil {
			failed[jobs[i].ID] = sayJob(store, jobs[i].ID, err)
		}
	}
	for id, other := range from {
		if failed[id] == nil {
			if err := js.withdraw(ctx, Declaration{other, id}); err != nil {
				failed[id] = err
			}
		}
	}
	return failed, nil
}

// redeclare declares a job whose id the store has.
func (js *Jobs) redeclare(ctx context.Context, in schedule.Jobs, j job.Job) error {
	for {
		_, err := in.Modify(ctx, j.ID, func(old *job.Job) error { return js.overwrite(old, j) })
		switch {
		case errors.Is(err, errUnchanged):
			return nil
		case !errors.Is(err, job.ErrNotFound):
			return err
		}
		// It went away meanwhile.
		if _, err = in.Add(ctx, j); !errors.Is(err, job.ErrExists) {
			return err
		}
	}
}

// errUnchanged: the store has the job as the files declare it.
var errUnchanged = errors.New("unchanged")

func sayJob(store, name string, err error) error {
	return fmt.Errorf("[job:%s] in job store %s: %w", name, store, err)
}

// overwrite makes old, which is in the store, be as the files say.
func (js *Jobs) overwrite(old *job.Job, j job.Job) error {
	daemons := jobspec.Daemons(*old)
	if len(daemons) == 0 && old.State.Parked == "" {
		return errors.New("the id is taken by a job that was added over the API or by a program: rename the section, or remove that job")
	}
	if slices.Contains(daemons, js.parts.Daemon) && jobspec.SameText(*old, j) {
		return errUnchanged
	}
	return merge(old, jobspec.WithDaemons(j, append(daemons, js.parts.Daemon)...))
}

// withdraw takes back that this daemon declares a job, and removes it if no
// other one does.
func (js *Jobs) withdraw(ctx context.Context, d Declaration) error {
	err := js.undeclare(ctx, js.parts.Scheduler.In(d.Store), d.Job)
	if err != nil && !errors.Is(err, job.ErrNotFound) {
		return fmt.Errorf("remove job %s, which the files have no more, from job store %s: %w", d.Job, d.Store, err)
	}
	return js.note([]Declaration{d}, false)
}

// undeclare removes the last declaration with the job, in one step: a daemon that
// declares it at the same time finds either.
func (js *Jobs) undeclare(ctx context.Context, in schedule.Jobs, id string) error {
	for {
		old, err := in.Get(ctx, id)
		if err != nil || !slices.Contains(jobspec.Daemons(old), js.parts.Daemon) {
			return err
		}
		if len(jobspec.Daemons(old)) == 1 {
			err = in.RemoveRevision(ctx, id, old.State.Rev)
		} else {
			err = js.leave(ctx, in, id)
		}
		if !errors.Is(err, job.ErrChanged) {
			return err
		}
	}
}

// leave takes this daemon from those that declare a job, unless it is the last
// one (job.ErrChanged).
func (js *Jobs) leave(ctx context.Context, in schedule.Jobs, id string) error {
	_, err := in.Modify(ctx, id, func(old *job.Job) error {
		left := slices.DeleteFunc(jobspec.Daemons(*old), func(name string) bool { return name == js.parts.Daemon })
		if len(left) == 0 {
			return job.ErrChanged
		}
		*old = jobspec.WithDaemons(*old, left...)
		return nil
	})
	return err
}

// note writes into the ledger whether jobs are declared.
func (js *Jobs) note(these []Declaration, declared bool) error {
	if err := js.parts.Ledger.Note(these, declared); err != nil {
		return fmt.Errorf("note which jobs are declared: %w", err)
	}
	return nil
}

// jobPrefix is what stands before the names of jobs among those of groups.
const jobPrefix = "job:"

// diff tells which jobs of next are not in force, as names with jobPrefix.
func (js *Jobs) diff(next *config.Scheduler) (added, changed, removed []string) {
	var now *config.Scheduler
	if js != nil {
		now = &config.Scheduler{Jobs: js.allInForce()}
	}
	prefixed := func(names []string) []string {
		for i := range names {
			names[i] = jobPrefix + names[i]
		}
		return names
	}
	added, changed, removed = config.DiffJobs(now, next)
	return prefixed(added), prefixed(changed), prefixed(removed)
}

// apply puts one job of next into force; one that next has not is withdrawn.
func (js *Jobs) apply(ctx context.Context, next *config.Config, name string) error {
	end, err := js.turn(ctx)
	if err != nil {
		return err
	}
	defer end()
	old, had := js.inForce(name)
	var (
		c     config.Job
		wants bool
	)
	if next.Scheduler != nil {
		if err := js.parts.Adapt(next.Scheduler); err != nil {
			return err
		}
		c, wants = next.Scheduler.Job(name)
	}
	if !had && !wants {
		return fail(ErrBadName, jobPrefix+name)
	}
	if wants {
		if err := js.applyTo(ctx, c, old.Store); err != nil {
			return err
		}
	} else if js.open(old.Store) {
		if err := js.withdraw(ctx, Declaration{old.Store, name}); err != nil {
			return err
		}
	}
	js.mu.Lock()
	defer js.mu.Unlock()
	if delete(js.force, name); wants {
		js.force[name] = c
	}
	if next.Scheduler != nil {
		js.config.Store(next)
	}
	return nil
}

// applyTo declares a job that was in force in the store former, if that is not
// empty. Without its store it is declared when that can be opened.
func (js *Jobs) applyTo(ctx context.Context, c config.Job, former string) error {
	if js.open(c.Store) {
		from := map[string]string{}
		if former != c.Store && js.open(former) {
			from[c.Name] = former
		}
		failed, err := js.declare(ctx, c.Store, []config.Job{c}, from)
		if err := cmp.Or(err, failed[c.Name]); err != nil {
			return err
		}
	}
	delete(js.failing, Declaration{c.Store, c.Name})
	return nil
}

// Declared reports whether the files that are in force have the job.
func (js *Jobs) Declared(id string) bool {
	_, ok := js.inForce(id)
	return ok
}
