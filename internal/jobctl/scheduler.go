package jobctl

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

func (c *console) schedulerTree() *cobra.Command {
	return tree("scheduler", "Look at the scheduler of a daemon, pause it and shut it down", "",
		c.statusCommand(),
		c.verb("pause", "Begin no more runs on this daemon", "", cobra.NoArgs, c.schedulerChange((*client.Client).PauseScheduler)),
		c.verb("resume", "Begin runs again", "", cobra.NoArgs, c.schedulerChange((*client.Client).ResumeScheduler)),
		c.shutdownCommand())
}

const statusHelp = `Show the scheduler of a daemon, its stores, and the nodes that share them: those that have runs in hand or a
lease. A node that has nothing to do lets its lease end, as one does that is gone; --all shows these, too.`

func (c *console) statusCommand() *cobra.Command {
	var all bool
	command := c.verb("status", "Show the scheduler, its stores, and the nodes that share them", statusHelp, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		s, err := daemon.Scheduler(ctx)
		switch {
		case err != nil:
			return err
		case c.json:
			return c.printJSON(s)
		}
		return c.showScheduler(s, all)
	})
	command.Flags().BoolVar(&all, "all", false, "show also nodes that are idle or gone")
	return command
}

func schedulerTint(state string) tint {
	switch state {
	case api.SchedulerRunning:
		return green
	case api.SchedulerStopped:
		return red
	}
	return yellow
}

func (c *console) showScheduler(s api.Scheduler, all bool) error {
	if err := c.facts([]fact{
		{"State", c.paint(schedulerTint(s.State), s.State)},
		{"Daemon", printable(s.Daemon)},
		{"Runs", strconv.Itoa(s.Running) + " under way here"},
		{"Next run", c.nextText(s)},
	}); err != nil {
		return err
	}
	var stores, executors [][]cell
	for _, store := range s.Stores {
		t, why := green, strings.Join(store.Warnings, "; ")
		if store.State != api.StoreOK {
			t, why = red, store.Error
		}
		since := ""
		if store.Since != nil {
			since = c.when(store.Since)
		}
		stores = append(stores, []cell{{text: store.Name}, {text: store.Type}, {store.State, t}, {text: since}, {text: store.Place}, {text: why}})
	}
	for _, e := range s.Executors {
		workers := "-"
		if e.Workers > 0 {
			workers = strconv.Itoa(e.Workers)
		}
		executors = append(executors, words(e.Name, e.Type, workers))
	}
	nodes, leftOut := c.nodeRows(s.Nodes, all)
	for _, t := range []struct {
		heads []string
		rows  [][]cell
	}{
		{[]string{"JOBSTORE", "TYPE", "STATE", "SINCE", "PLACE", "WHY"}, stores},
		{[]string{"EXECUTOR", "TYPE", "WORKERS"}, executors},
		{[]string{"JOBSTORE", "NODE", "RUNS", "LEASE ENDS"}, nodes},
	} {
		if len(t.rows) == 0 {
			continue
		}
		fmt.Fprintln(c.Stdout)
		if err := c.table(t.heads, t.rows); err != nil {
			return err
		}
	}
	if leftOut > 0 {
		_, err := fmt.Fprintf(c.Stdout, "\nLeft out as idle or gone: %d (--all)\n", leftOut)
		return err
	}
	return nil
}

// nextText is when a run begins here next; "" where none is known.
func (c *console) nextText(s api.Scheduler) string {
	next := c.exactly(s.Next)
	if next == "" || s.State == api.SchedulerRunning {
		return next
	}
	return "none here while it is " + s.State + "; due at " + next
}

// nodeRows are the rows of nodes, and how many of them are left out. The lease of
// a node that has nothing to do ends, so that it cannot be told from one that is gone.
func (c *console) nodeRows(nodes []api.StoreNode, all bool) (rows [][]cell, leftOut int) {
	for _, n := range nodes {
		name, lease := n.Name, c.when(&n.Until)
		idle := n.Running == 0 && !n.Until.After(c.Now())
		switch {
		case n.Here && idle:
			name, lease = name+" (this daemon)", "-"
		case n.Here:
			name += " (this daemon)"
		case idle && !all:
			leftOut++
			continue
		case idle && c.utc:
			lease = "idle or gone since " + lease
		case idle:
			lease = "idle or gone for " + about(c.Now().Sub(n.Until))
		}
		rows = append(rows, words(n.JobStore, name, strconv.Itoa(n.Running), lease))
	}
	return rows, leftOut
}

func (c *console) schedulerChange(do func(*client.Client, context.Context) (api.Scheduler, error)) action {
	return func(ctx context.Context, _ []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		s, err := do(daemon, ctx)
		if err != nil {
			return err
		}
		return c.say(s, "The scheduler is %s.", s.State)
	}
}

const shutdownHelp = `Shut the scheduler of this daemon down: no more runs begin, and the command ends when those that are
under way have ended. Programs go on, and jobs are kept; other daemons that share a store run them.`

func (c *console) shutdownCommand() *cobra.Command {
	var noWait bool
	command := c.verb("shutdown", "Shut the scheduler down and leave programs alone", shutdownHelp, cobra.NoArgs, func(ctx context.Context, _ []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		ctx, release := c.Interrupt(ctx)
		defer release()
		var s api.Scheduler
		c.during("Waiting for runs to end", func() { s, err = daemon.ShutdownScheduler(ctx, !noWait) })
		if ctx.Err() != nil {
			fmt.Fprintln(c.Stderr, "\nThe scheduler is still stopping: scheduler status")
			return Exit(exitInterrupted)
		}
		if err != nil {
			return err
		}
		return c.say(s, "The scheduler is %s.", s.State)
	})
	command.Flags().BoolVar(&noWait, "no-wait", false, "cancel the runs that are under way")
	return command
}
