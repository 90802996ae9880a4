// Package schedule runs jobs when they are due, alone or together with other
// schedulers over the same store.
//
// # In a dozen lines
//
//	funcs := executor.NewFuncs(10)
//	clean := executor.RegisterPlain(funcs, "clean", func(ctx context.Context) error { return os.RemoveAll(cache) })
//	s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: funcs})
//	if err != nil {
//		return err
//	}
//	nightly, err := trigger.Parse("cron[hour='3']")
//	if err != nil {
//		return err
//	}
//	j := job.Job{ID: "nightly", Trigger: nightly, Func: clean.Name()}
//	if _, err := s.Add(ctx, j, schedule.Declare); err != nil {
//		return err
//	}
//	return s.Run(ctx)
//
// A [job.Job] says what to run and when; its trigger yields slots, the scheduled
// times. Of each slot comes a [job.Run], carried out by a [job.Executor], or a row
// of the history that says why there is none. Jobs and runs are kept by a
// [job.Store]; which one decides whether they outlive the process and whether
// other processes may share them.
//
// # What to use for which scheduler of APScheduler
//
//	BlockingScheduler    [Scheduler.Run]: it returns when its context is over and all runs ended
//	BackgroundScheduler  [Scheduler.Start] and [Scheduler.Shutdown]
//	AsyncIOScheduler     the same: each run has a goroutine, and there is no loop to share
//	GeventScheduler      the same
//	TornadoScheduler     the same
//	TwistedScheduler     the same
//	QtScheduler          the same; jobs that draw hand over to the toolkit's own loop
//
// # Jobs
//
// The methods of [Jobs] are those of the Scheduler, too: Add, AddMany, Modify,
// Replace, Reschedule, PauseJob, ResumeJob, Remove, RemoveAll, Get, List, Status,
// RunNow, CancelRun and Runs, before the start and after. They look through all
// stores; [Scheduler.In] restricts them to one. A program that adds its jobs
// whenever it starts uses the conflict policy [Declare].
//
// A job that cannot be run is never removed: one whose function no process has
// waits, one whose trigger is broken is parked, and [Jobs.Status] says which. A
// job is removed when it has no next time; its history stays.
//
// # Late runs
//
// What became due while nobody ran it is owed. [job.Policy] says what is done
// about that, in this order: slots later than Grace are skipped; of those that
// are left the Latest, the Earliest or All are run, all of them one after another
// as one instance; and when MaxInstances live, Overlap says whether a run is
// skipped, waits, replaces the oldest or runs all the same. Every slot that is not
// run is in a row of the history with the reason. Grace is compared again when a
// worker takes the run.
//
// # Many schedulers, one store
//
// Each Scheduler is a node. It holds a lease in the store, claims the jobs that
// are due within the next second, writes the runs they owe (as its own, with a
// token that only grows) together with their next times, and begins each run at
// its moment. So a slot is never run twice, whoever dies when; a run whose node died
// has failed, or is run again elsewhere if its job wants that ([job.OnLost]). A
// node that is cut off from the store ends what it runs when its lease is over,
// and takes up again what nobody else took. A store that does not answer is tried
// again and again, ever more rarely, and is an event.
//
// # Events
//
// Everything that happens is published on [Scheduler.Bus] as a typed struct; [On]
// calls a function with those of one type. Those that APScheduler has tell its
// number by their method Code. Nothing waits for a listener.
//
// # Time
//
// What is due goes by the store's clock, where it has one, and by Options.Now.
// Steps of the clock and a sleep of the machine are noticed; a step back re-runs
// nothing. Everything else goes by package time, so that a scheduler can be
// tested in a bubble of testing/synctest, where a year takes a moment: package
// scheduletest has what is needed for that. An idle scheduler sleeps until
// something is due.
package schedule
