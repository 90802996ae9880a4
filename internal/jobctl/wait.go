package jobctl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

const jobRunHelp = `Run jobs now, besides the times of their triggers. If one of several is not there none is run.

With --wait the command ends when the run is done, with the exit code of the run:

    0    it succeeded
    N    it is a command that failed with exit code N
    1    it failed otherwise: killed, timed out, cancelled, lost, missed, or the daemon refused it
    130  you did not wait longer and pressed Ctrl-C; the run goes on`

func (c *console) runCommand() *cobra.Command {
	var wait bool
	command := c.jobVerb("run JOB...", "Run jobs now", jobRunHelp, cobra.MinimumNArgs(1), func(ctx context.Context, ids []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		if err := c.knows(ctx, daemon, ids); err != nil {
			return err
		}
		if wait || !c.json {
			if err := c.warn(ctx, daemon, wait); err != nil {
				return err
			}
		}
		var runs []api.Run
		failed := c.each(ids, func(id string) error {
			r, err := daemon.RunJob(ctx, c.job(id))
			if err != nil {
				return err
			}
			runs = append(runs, r)
			if wait {
				return nil
			}
			return c.say(r, "%s: asked for", printable(r.ID))
		})
		if !wait {
			return failed
		}
		return cmp.Or(c.awaitAll(ctx, daemon, runs), failed)
	})
	command.Flags().BoolVar(&wait, "wait", false, "wait until the run is done, and exit with its exit code")
	return command
}

// knows asks for several jobs before any of them is run, and says which are not there.
func (c *console) knows(ctx context.Context, daemon *client.Client, ids []string) error {
	if len(ids) == 1 {
		return nil // to ask for its run says the same
	}
	return c.each(ids, func(id string) error {
		_, err := daemon.Job(ctx, c.job(id))
		return err
	})
}

// warn tells that runs may wait for long, and refuses to wait for what nobody is
// there to carry out. That the scheduler cannot be asked, which is nothing to fail
// for, the next request tells.
func (c *console) warn(ctx context.Context, daemon *client.Client, wait bool) error {
	s, err := daemon.Scheduler(ctx)
	if err != nil || s.State == api.SchedulerRunning {
		return nil
	}
	ended := s.State == api.SchedulerStopped || s.State == api.SchedulerStopping
	other := func(n api.StoreNode) bool { return !n.Here && n.Until.After(c.Now()) }
	if wait && ended && !slices.ContainsFunc(s.Nodes, other) {
		return fmt.Errorf("the scheduler of this daemon is %s, and nobody else is known to be there: a run would wait until supervisorctl reload brings it back; "+
			"nothing was asked for (without --wait it is)", s.State)
	}
	fmt.Fprintf(c.Stderr, "The scheduler of this daemon is %s: the run waits for it, or for another daemon.\n", s.State)
	return nil
}

// awaitAll waits for runs, and tells of each. Its exit code is that of the first one
// that did not succeed.
func (c *console) awaitAll(ctx context.Context, daemon *client.Client, runs []api.Run) error {
	code := 0
	for _, r := range runs {
		r, err := c.await(ctx, daemon, r)
		if err != nil {
			return err
		}
		if code == 0 {
			code = exitCode(r)
		}
		if err := c.say(r, "%s: %s", printable(r.ID), ended(r)); err != nil {
			return err
		}
	}
	if code != 0 {
		return Exit(code)
	}
	return nil
}

// exitCode is that of a run which is done.
func exitCode(r api.Run) int {
	switch {
	case r.Outcome == api.Succeeded:
		return 0
	case r.Outcome == api.Failed && r.Exit != nil && *r.Exit > 0 && *r.Exit < 256:
		return *r.Exit
	}
	return exitFailed
}

// ended says how a run ended.
func ended(r api.Run) string {
	text, _ := stateOf(r)
	if r.StartedAt != nil {
		text += " after " + lasting(r.Duration)
	}
	if why := reasonOf(r); why != "" {
		text += ": " + printable(why)
	}
	return text
}

const (
	// pollTime is how long the daemon is asked to wait with one answer, and
	// watchedTime if somebody watches how the run stands.
	pollTime    = 20 * time.Second
	watchedTime = time.Second
	// pollPause comes before the next question when the daemon did not wait.
	pollPause = 500 * time.Millisecond
	// outage is how long a daemon that is being restarted may be away.
	outage = time.Minute
	// repaint is how often the line of progress is written.
	repaint = time.Second
)

// await returns the run when it is done. On a terminal a line tells how it
// stands meanwhile.
func (c *console) await(ctx context.Context, daemon *client.Client, r api.Run) (api.Run, error) {
	ctx, release := c.Interrupt(ctx)
	defer release()
	polling, stop := context.WithCancel(ctx)
	polls := make(chan poll)
	defer func() {
		stop()
		for range polls { // until the poller has ended
		}
	}()
	go func() {
		defer close(polls)
		pollTime := pollTime
		if c.Progress {
			pollTime = watchedTime
		}
		follow(polling, daemon, r, pollTime, polls)
	}()
	line := progress{w: c.Stderr, on: c.Progress}
	defer line.clear()
	tick := time.NewTicker(repaint)
	defer tick.Stop()
	for away := error(nil); ; {
		line.show(c.standing(r, away))
		select {
		case p, ok := <-polls:
			switch away = p.err; {
			case !ok || ctx.Err() != nil: // it is over, see below
			case p.err == nil && p.last:
				return p.run, nil
			case p.last:
				return r, p.err
			case p.err == nil:
				r = p.run
			}
		case <-tick.C:
		case <-ctx.Done():
			line.clear()
			fmt.Fprintf(c.Stderr, "\nThe run goes on: run show %s\n", printable(r.ID))
			return r, Exit(exitInterrupted)
		}
	}
}

// poll is one answer about a run.
type poll struct {
	run  api.Run
	err  error
	last bool // there are no more
}

// follow asks about a run again and again, until it is done, the daemon refuses,
// is away for too long, or ctx is done.
func follow(ctx context.Context, daemon *client.Client, r api.Run, pollTime time.Duration, polls chan<- poll) {
	ref := client.Ref{Store: r.JobStore, ID: r.ID}
	answered := time.Now()
	for {
		asked := time.Now()
		run, err := daemon.Run(ctx, ref, pollTime)
		if err == nil {
			answered = time.Now()
		}
		last := err == nil && run.Phase == api.RunDone || err != nil && (!passing(err) || time.Since(answered) > outage)
		select {
		case polls <- poll{run, err, last}:
		case <-ctx.Done():
			return
		}
		if last {
			return
		}
		select {
		case <-time.After(pollPause - time.Since(asked)):
		case <-ctx.Done():
			return
		}
	}
}

// passing tells whether err may pass: the daemon or a store is away. What the daemon
// refuses it would refuse again.
func passing(err error) bool {
	if problem, ok := errors.AsType[*client.Problem](err); ok {
		return problem.Status/100 == 5
	}
	if other, ok := errors.AsType[*client.HTTPError](err); ok {
		return other.Code/100 == 5
	}
	return true
}

// standing is the line of progress.
func (c *console) standing(r api.Run, away error) string {
	r = c.underWay(r)
	text := printable(r.ID) + ": "
	now := c.Now()
	switch {
	case away != nil:
		if problem, ok := errors.AsType[*client.Problem](away); ok {
			return text + printable(problem.Error())
		}
		return text + "the daemon does not answer"
	case r.Phase == api.RunRunning && r.StartedAt != nil:
		text += "running for " + lasting(now.Sub(*r.StartedAt).Truncate(time.Second).Seconds())
	case r.Phase == api.RunWaiting && r.Outcome != "" && r.DueAt != nil:
		text += fmt.Sprintf("attempt %d %s, the next one is due", r.Attempt, r.Outcome)
		if later := r.DueAt.Sub(now); later > 0 {
			text += " " + relative(later)
		}
	case r.Phase == api.RunWaiting:
		text += "waiting"
	default:
		text += r.Phase
	}
	if r.Attempt > 1 && r.Phase == api.RunRunning {
		text += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	return text
}

// progress is a line that is written over again and again.
type progress struct {
	w     io.Writer
	on    bool
	shown bool
}

func (p *progress) show(text string) {
	if p.on {
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
		p.shown = true
	}
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// during does something that takes a while. On a terminal a line tells for how
// long it has been.
func (c *console) during(what string, do func()) {
	line := progress{w: c.Stderr, on: c.Progress}
	defer line.clear()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	begin := time.Now()
	tick := time.NewTicker(repaint)
	defer tick.Stop()
	for {
		line.show(what + " for " + about(time.Since(begin)))
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}
