package jobctl

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func (c *console) runTree() *cobra.Command {
	return tree("run", "Look at runs of jobs", "Look at runs of jobs. "+runHelp, c.runsCommand(), c.runShowCommand(), c.logCommand(), c.cancelCommand())
}

const runHelp = `RUN is the id of a run. To show a run and its log, that of a job does, too: it stands for the latest of its
runs that was not missed.`

// collect reads a list to its end. It says which stores are away, whose part of the
// list is missing.
func collect[T any](c *console, list iter.Seq2[T, error]) (all []T, away []string, _ error) {
	all = []T{}
	for v, err := range list {
		if some, ok := errors.AsType[*client.IncompleteError](err); ok {
			fmt.Fprintln(c.Stderr, "Not all:", printable(some.Error()))
			return all, some.Stores, nil
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, v)
	}
	return all, nil, nil
}

// usualRuns is how many runs run list has.
const usualRuns = 20

// listFlags are the flags of run list.
type listFlags struct {
	phase, outcome, since, before string
	limit                         int
}

func (c *console) runsCommand() *cobra.Command {
	var f listFlags
	command := c.jobVerb("list [JOB]", "List runs, the latest first", "", cobra.MaximumNArgs(1), func(ctx context.Context, args []string) error {
		filter := client.RunFilter{Store: c.store, Phase: f.phase, Outcome: f.outcome}
		if len(args) == 1 {
			filter.Job = args[0]
		}
		err := errors.Join(c.moment("--since", f.since, &filter.Since), c.moment("--before", f.before, &filter.Before),
			oneOf("--phase", f.phase, phases()), oneOf("--outcome", f.outcome, outcomes()))
		if f.limit < 0 {
			err = errors.Join(err, fmt.Errorf("--limit %d: give how many runs, or 0 for all", f.limit))
		}
		if err != nil {
			return misuse{err}
		}
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		runs, away, err := collect(c, daemon.Runs(ctx, filter, f.limit))
		switch {
		case err != nil:
			return err
		case c.json:
			return c.printJSON(api.Runs{Runs: runs, Away: away})
		}
		return c.listRuns(runs)
	})
	flags := command.Flags()
	flags.StringVar(&f.phase, "phase", "", "only runs in this `PHASE`: "+strings.Join(phases(), ", "))
	flags.StringVar(&f.outcome, "outcome", "", "only runs with this `OUTCOME`: "+strings.Join(outcomes(), ", "))
	flags.StringVar(&f.since, "since", "", "only runs that were scheduled at this `TIME` or later, such as 2030-01-31T12:00, or 2h for that long ago")
	flags.StringVar(&f.before, "before", "", "only runs that were scheduled before this `TIME`")
	flags.IntVarP(&f.limit, "limit", "n", usualRuns, "how many `RUNS` at most; 0 is all")
	must(command.RegisterFlagCompletionFunc("phase", cobra.FixedCompletions(phases(), cobra.ShellCompDirectiveNoFileComp)))
	must(command.RegisterFlagCompletionFunc("outcome", cobra.FixedCompletions(outcomes(), cobra.ShellCompDirectiveNoFileComp)))
	return command
}

func phases() []string { return []string{api.RunWaiting, api.RunRunning, api.RunDone} }

func outcomes() []string {
	return []string{api.Succeeded, api.Failed, api.Cancelled, api.Lost, api.Missed}
}

func oneOf(flag, word string, known []string) error {
	if word == "" || slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s: %q is none of %s", flag, word, strings.Join(known, ", "))
}

// moment reads a time, or how long ago it was, where text is not empty.
func (c *console) moment(flag, text string, into *time.Time) error {
	if text == "" {
		return nil
	}
	if ago, err := trigger.ParseSpan(text); err == nil && ago >= 0 {
		*into = c.Now().Add(-ago)
		return nil
	}
	at, err := trigger.ParseTime(text, trigger.ZoneOf(c.zone(), c.Now()))
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	*into = at
	return nil
}

func (c *console) zone() *time.Location {
	if c.utc {
		return time.UTC
	}
	return c.Zone
}

func (c *console) listRuns(runs []api.Run) error {
	if len(runs) == 0 {
		_, err := fmt.Fprintln(c.Stdout, "No runs.")
		return err
	}
	several := slices.ContainsFunc(runs, func(r api.Run) bool { return r.JobStore != runs[0].JobStore })
	rows := make([][]cell, len(runs))
	for i, r := range runs {
		r = c.underWay(r)
		state, t := stateOf(r)
		took := ""
		if r.Phase != api.RunWaiting && r.StartedAt != nil {
			took = lasting(r.Duration)
		}
		rows[i] = []cell{{text: r.ID}, {}, {state, t}, {text: c.when(&r.ScheduledAt)}, {text: took}, {text: reasonOf(r)}}
		if several {
			rows[i][1].text = r.JobStore
		}
	}
	return c.table([]string{"RUN", "JOBSTORE", "STATE", "SCHEDULED", "TOOK", "WHY"}, rows)
}

// underWay is a run as people see it. A store learns of an attempt when it has
// ended: one that is under way is taken to have begun when it was due.
func (c *console) underWay(r api.Run) api.Run {
	if r.Phase == api.RunRunning && r.DueAt != nil && r.StartedAt == nil {
		r.StartedAt, r.Duration = r.DueAt, max(0, c.Now().Sub(*r.DueAt).Seconds())
	}
	return r
}

// stateOf is how a run stands, in a word or two.
func stateOf(r api.Run) (string, tint) {
	switch {
	case r.Phase == api.RunRunning && r.Cancel:
		return "being cancelled", yellow
	case r.Phase == api.RunRunning:
		return r.Phase, cyan
	case r.Phase == api.RunWaiting && r.Outcome != "":
		return r.Phase + " to retry", yellow
	case r.Phase == api.RunWaiting:
		return r.Phase, plain
	}
	switch r.Outcome {
	case api.Succeeded:
		return r.Outcome, green
	case api.Failed, api.Lost:
		return r.Outcome, red
	}
	return r.Outcome, yellow
}

// reasonOf says in a line why a run ended as it did; "" where there is nothing to say.
func reasonOf(r api.Run) string {
	switch {
	case r.Skipped != nil && r.Skipped.Count > 1:
		return fmt.Sprintf("%d times, %s", r.Skipped.Count, r.Skipped.Reason)
	case r.Skipped != nil:
		return r.Skipped.Reason
	case r.Error != "":
		return r.Error
	case r.Signal != "":
		return "killed by " + r.Signal
	case r.Exit != nil && *r.Exit != 0:
		return fmt.Sprintf("exit code %d", *r.Exit)
	}
	return ""
}

func (c *console) run(id string) client.Ref { return client.Ref{Store: c.store, ID: id} }

// recentRuns is how far back the latest run of a job is looked for.
const recentRuns = 100

// find gives the run that id names, or of the job of that name the latest one that
// was not missed.
func (c *console) find(ctx context.Context, daemon *client.Client, id string) (api.Run, error) {
	r, err := daemon.Run(ctx, c.run(id), 0)
	if problem, ok := errors.AsType[*client.Problem](err); !ok || problem.Status != http.StatusNotFound {
		return r, err
	}
	var latest client.Ref
	for r, err := range daemon.Runs(ctx, client.RunFilter{Job: id, Store: c.store}, recentRuns) {
		if _, ok := errors.AsType[*client.IncompleteError](err); ok && latest.ID != "" {
			break
		}
		if err != nil {
			return r, err
		}
		if missed := r.Outcome == api.Missed; latest.ID == "" || !missed {
			latest = client.Ref{Store: r.JobStore, ID: r.ID}
			if !missed {
				break
			}
		}
	}
	if latest.ID == "" {
		return r, err
	}
	return daemon.Run(ctx, latest, 0)
}

func (c *console) runShowCommand() *cobra.Command {
	command := c.verb("show RUN", "Show a run and its attempts", "Show a run and its attempts. "+runHelp, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		r, err := c.find(ctx, daemon, args[0])
		switch {
		case err != nil:
			return err
		case c.json:
			return c.printJSON(r)
		}
		return c.showRun(r)
	})
	command.ValidArgsFunction = c.completeRuns
	return command
}

func (c *console) showRun(r api.Run) error {
	r = c.underWay(r)
	state, t := stateOf(r)
	state = c.paint(t, state)
	if why := reasonOf(r); why != "" {
		state += ", " + printable(why)
	}
	started := c.exactly(r.StartedAt)
	if started != "" && r.Late >= 0.001 {
		started += ", " + lasting(r.Late) + " late"
	}
	took := ""
	if r.StartedAt != nil {
		took = lasting(r.Duration)
	}
	result, _ := parts(r)
	list := []fact{
		{"Run", printable(r.ID)},
		{"Job", printable(r.Job)},
		{"Job store", printable(r.JobStore)},
		{"State", state},
		{"Asked for", askedFor(r.Manual)},
		{"Scheduled", c.exactly(&r.ScheduledAt)},
		{"Due", c.exactly(r.DueAt)},
		{"Started", started},
		{"Finished", c.exactly(r.FinishedAt)},
		{"Took", took},
		{"Attempt", attemptText(r)},
		{"Node", printable(r.Node)},
		{"Runs what", printable(r.Func)},
		{"Result", printable(result)},
		{"Detail", printableLines(r.Detail)},
	}
	if r.Skipped != nil {
		list = append(list, fact{"From", c.exactly(&r.Skipped.First)}, fact{"To", c.exactly(&r.Skipped.Last)})
	}
	list = append(list, fact{"Output", outputText(r)})
	if err := c.facts(list); err != nil || len(r.Attempts) == 0 {
		return err
	}
	fmt.Fprintln(c.Stdout)
	rows := make([][]cell, len(r.Attempts))
	for i, a := range r.Attempts {
		took := ""
		if a.StartedAt != nil && a.FinishedAt != nil {
			took = lasting(a.FinishedAt.Sub(*a.StartedAt).Seconds())
		}
		outcome, t := stateOf(api.Run{Phase: api.RunDone, Outcome: a.Outcome})
		rows[i] = []cell{{text: fmt.Sprint(a.Number)}, {outcome, t}, {text: c.when(a.StartedAt)}, {text: took}, {text: a.Node}, {text: a.Error}}
	}
	return c.table([]string{"ATTEMPT", "STATE", "STARTED", "TOOK", "NODE", "WHY"}, rows)
}

func askedFor(manual bool) string {
	if manual {
		return "by hand"
	}
	return ""
}

func attemptText(r api.Run) string {
	if r.Attempt == 0 {
		return ""
	}
	return fmt.Sprint(r.Attempt)
}

const cancelHelp = `End runs that wait or are under way. RUN is the id of a run. That of a job stands for the one run of it that
waits or is under way.`

// cancelOf cancels the run of a job that lives. What is no job either is not found.
func (c *console) cancelOf(ctx context.Context, daemon *client.Client, id string, notFound error) (api.Run, error) {
	job, err := daemon.Job(ctx, c.job(id))
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusNotFound {
		return api.Run{}, notFound
	} else if err != nil {
		return api.Run{}, err
	}
	var living []api.Run
	for _, phase := range []string{api.RunRunning, api.RunWaiting} {
		for r, err := range daemon.Runs(ctx, client.RunFilter{Job: job.ID, Store: job.JobStore, Phase: phase}, recentRuns) {
			if err != nil {
				return r, err
			}
			living = append(living, r)
		}
	}
	switch len(living) {
	case 0:
		return api.Run{}, fmt.Errorf("no run of job %s waits or is under way", printable(id))
	case 1:
		return daemon.CancelRun(ctx, client.Ref{Store: living[0].JobStore, ID: living[0].ID})
	}
	var ids []string
	for _, r := range living {
		ids = append(ids, printable(r.ID))
	}
	return api.Run{}, fmt.Errorf("job %s has %d runs that live, name one: %s", printable(id), len(ids), strings.Join(ids, " "))
}

func (c *console) cancelCommand() *cobra.Command {
	command := c.verb("cancel RUN...", "End runs that wait or are under way", cancelHelp, cobra.MinimumNArgs(1), func(ctx context.Context, ids []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		return c.each(ids, func(id string) error {
			r, err := daemon.CancelRun(ctx, c.run(id))
			if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusNotFound {
				r, err = c.cancelOf(ctx, daemon, id, err)
			}
			if err != nil {
				return err
			}
			state, _ := stateOf(r)
			return c.say(r, "%s: %s", printable(r.ID), state)
		})
	})
	command.ValidArgsFunction = c.completeRuns
	return command
}
