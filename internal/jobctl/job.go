package jobctl

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

func (c *console) jobTree() *cobra.Command {
	return tree("job", "Work with jobs", "", c.addCommand(), c.listCommand(), c.showCommand(), c.editCommand(), c.runCommand(),
		c.pauseCommand(), c.resumeCommand(), c.removeCommand(), c.exportCommand(), c.importCommand())
}

func (c *console) job(id string) client.Ref { return client.Ref{Store: c.store, ID: id} }

func (c *console) listCommand() *cobra.Command {
	return c.verb("list", "List all jobs, with the next run of each", "", cobra.NoArgs, func(ctx context.Context, _ []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		jobs, away, err := collect(c, daemon.Jobs(ctx, c.store))
		switch {
		case err != nil:
			return err
		case c.json:
			return c.printJSON(api.Jobs{Jobs: jobs, Away: away})
		}
		return c.listJobs(jobs)
	})
}

func (c *console) listJobs(jobs []api.Job) error {
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(c.Stdout, "No jobs.")
		return err
	}
	several := slices.ContainsFunc(jobs, func(j api.Job) bool { return j.JobStore != jobs[0].JobStore })
	rows := make([][]cell, len(jobs))
	for i, j := range jobs {
		rows[i] = []cell{{text: titled(j)}, {}, {j.State, stateTint(j.State)}, {text: c.when(j.Next)},
			{text: runsOf(j)}, {text: cmp.Or(j.Trigger.Description, j.Trigger.Text)}}
		if several {
			rows[i][1].text = j.JobStore
		}
	}
	return c.table([]string{"JOB", "JOBSTORE", "STATE", "NEXT RUN", "RUNS", "TRIGGER"}, rows)
}

// titled is the id of a job, with its name for people if it has one.
func titled(j api.Job) string {
	if j.Name == "" || j.Name == j.ID {
		return j.ID
	}
	return j.ID + " (" + j.Name + ")"
}

func stateTint(state string) tint {
	switch state {
	case api.JobScheduled, api.JobDue:
		return green
	case api.JobPaused, api.JobWaiting:
		return yellow
	case api.JobParked:
		return red
	}
	return plain
}

// runsOf tells how many runs of a job live; "" for none.
func runsOf(j api.Job) string {
	var parts []string
	if j.Running > 0 {
		parts = append(parts, fmt.Sprint(j.Running, " running"))
	}
	if j.Waiting > 0 {
		parts = append(parts, fmt.Sprint(j.Waiting, " waiting"))
	}
	return strings.Join(parts, ", ")
}

// lastRuns is how many runs job show has.
const lastRuns = 5

func (c *console) showCommand() *cobra.Command {
	return c.jobVerb("show JOB", "Show a job, its options and its last runs", "", cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		j, err := daemon.Job(ctx, c.job(args[0]))
		if err != nil {
			return err
		}
		if c.json {
			return c.printJSON(j)
		}
		if err := c.showJob(j); err != nil {
			return err
		}
		runs, _, err := collect(c, daemon.Runs(ctx, client.RunFilter{Job: j.ID, Store: j.JobStore}, lastRuns))
		if err != nil || len(runs) == 0 {
			return err
		}
		fmt.Fprintln(c.Stdout)
		return c.listRuns(runs)
	})
}

// jobVerb is verb for a command whose arguments are jobs.
func (c *console) jobVerb(use, short, long string, args cobra.PositionalArgs, do action) *cobra.Command {
	command := c.verb(use, short, long, args, do)
	command.ValidArgsFunction = c.completeJobs
	return command
}

func (c *console) showJob(j api.Job) error {
	source := map[string]string{api.SourceFile: "a configuration file", api.SourceAPI: "the API", api.SourceProgram: "a program"}[j.Source]
	if len(j.DeclaredBy) > 0 {
		source += ", declared by " + strings.Join(j.DeclaredBy, ", ")
	}
	list := []fact{
		{"Job", printable(titled(j))},
		{"State", c.paint(stateTint(j.State), printable(statusOf(j)))},
		{"Next run", c.exactly(j.Next)},
		{"Runs", runsOf(j)},
		{"Trigger", printable(j.Trigger.Text)},
		{"In words", printable(j.Trigger.Description)},
		{"Runs what", printable(j.Func)},
		{"Arguments", printable(argumentsOf(j))},
		{"Job store", printable(j.JobStore)},
		{"Executor", printable(j.Executor)},
		{"Policy", printable(policyText(j.Policy))},
		{"Source", printable(source)},
		{"Options", optionLines(j.Options)},
		{"Metadata", optionLines(j.Metadata)},
	}
	return c.facts(list)
}

// statusOf is how a job stands, without the time of its next run.
func statusOf(j api.Job) string {
	switch {
	case j.State == api.JobScheduled || j.Status == "":
		return j.State
	case strings.HasPrefix(j.Status, j.State):
		return j.Status
	}
	return j.State + ", " + j.Status
}

// argumentsOf are the arguments of a job whose options do not tell them.
func argumentsOf(j api.Job) string {
	if len(j.Options) > 0 {
		return ""
	}
	return string(j.Args)
}

func optionLines(options map[string]string) string {
	var lines []string
	for _, key := range orderedKeys(options) {
		lines = append(lines, printable(key+" = "+options[key]))
	}
	return strings.Join(lines, "\n")
}

// policyText has the policies as options, without those that do nothing.
func policyText(p api.Policy) string {
	text := fmt.Sprintf("coalesce %s, max_instances %d, overlap %s", p.Coalesce, p.MaxInstances, p.Overlap)
	span := func(name string, seconds float64) {
		if seconds != 0 {
			text += ", " + name + " " + lasting(seconds)
		}
	}
	span("misfire_grace_time", p.Grace)
	span("timeout", p.Timeout)
	if p.Retries != 0 {
		text += fmt.Sprintf(", retries %d", p.Retries)
		span("retry_delay", p.RetryDelay)
		span("retry_max_delay", p.RetryMax)
	}
	text += ", on_lost " + p.OnLost
	if p.Concurrency != "" {
		text += ", concurrency " + p.Concurrency
	}
	return text
}

func (c *console) pauseCommand() *cobra.Command {
	return c.jobVerb("pause JOB...", "Keep jobs from being due until they are resumed", "", cobra.MinimumNArgs(1), c.change((*client.Client).PauseJob, func(api.Job) string { return "paused" }))
}

func (c *console) resumeCommand() *cobra.Command {
	return c.jobVerb("resume JOB...", "End the pause of jobs", "", cobra.MinimumNArgs(1), c.change((*client.Client).ResumeJob, func(j api.Job) string { return "resumed" + c.andNext(j) }))
}

// change does one thing to each job and says what became of it.
func (c *console) change(do func(*client.Client, context.Context, client.Ref) (api.Job, error), became func(api.Job) string) action {
	return func(ctx context.Context, ids []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		return c.each(ids, func(id string) error {
			j, err := do(daemon, ctx, c.job(id))
			if err != nil {
				return err
			}
			return c.say(j, "%s: %s", printable(id), became(j))
		})
	}
}

// andNext goes on with when a job runs next.
func (c *console) andNext(j api.Job) string {
	switch {
	case j.State == api.JobPaused:
		return ", and paused"
	case j.Next == nil:
		return ", and has no next run"
	case c.utc:
		return ", next run " + c.when(j.Next)
	case j.Next.Sub(c.Now()) < time.Second/2:
		return ", and due now"
	}
	return ", next run " + c.when(j.Next)
}

func (c *console) removeCommand() *cobra.Command {
	return c.jobVerb("remove JOB...", "Remove jobs", "", cobra.MinimumNArgs(1), func(ctx context.Context, ids []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		return c.each(ids, func(id string) error {
			if err := daemon.RemoveJob(ctx, c.job(id), 0); err != nil {
				return err
			}
			return c.say(map[string]string{"removed": id}, "%s: removed", printable(id))
		})
	})
}
