package jobctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// ImportHelp is what job import does with a file.
const ImportHelp = `Add the jobs of the sections [job:x] in a file, such as job export writes; - reads standard input:

    watchkeeper job import jobs.conf
    watchkeeper job import jobs.conf --apply

Without --apply it shows what would be added, and adds nothing. A job whose id is taken is left as it is,
or replaced with --replace. Other sections do not count. The exit code is 1 when a job cannot be imported;
the others are, with --apply.`

// The fates of a job in a file.
const (
	fateAdd     = "would be added"
	fateReplace = "would replace the job with that id"
	fateTaken   = "skipped, as there is a job with that id"
	fateAdded   = "added"
	fateCannot  = "cannot be imported"
)

// imported is one job of a file, as job import --json prints it.
type imported struct {
	ID          string      `json:"id"`
	Fate        string      `json:"fate"`
	Options     api.JobSpec `json:"options,omitempty"`
	Description string      `json:"description,omitempty"`
	Next        string      `json:"next,omitempty"`
	Reason      string      `json:"reason,omitempty"`
	Warnings    []string    `json:"warnings,omitempty"`

	when string // Next as people read it
}

// importFlags are the flags of job import.
type importFlags struct{ apply, replace bool }

func (c *console) importCommand() *cobra.Command {
	var f importFlags
	command := c.verb("import FILE", "Add the jobs that stand in a file", ImportHelp, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		jobs, err := c.readJobs(args[0])
		if err != nil {
			return err
		}
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		do := c.previewJob
		if f.apply {
			do = c.applyJob
		}
		imp := importer{Client: daemon, replace: f.replace}
		for i := range jobs {
			if jobs[i].Fate == fateCannot {
				continue
			}
			if err := do(ctx, &imp, &jobs[i]); err != nil {
				return err
			}
		}
		return c.showImport(jobs, f)
	})
	command.Flags().BoolVar(&f.apply, "apply", false, "add the jobs")
	command.Flags().BoolVar(&f.replace, "replace", false, "replace jobs whose ids are taken")
	return command
}

// readJobs reads the sections [job:x] of a file.
func (c *console) readJobs(path string) ([]imported, error) {
	var (
		text []byte
		err  error
	)
	if path == "-" {
		path = "standard input"
		text, err = io.ReadAll(c.Stdin)
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	var set ini.Set
	if err := set.Read(path, text); err != nil {
		return nil, err
	}
	var jobs []imported
	for _, section := range set.Sections() {
		if id, ok := strings.CutPrefix(section.Name, "job:"); ok {
			jobs = append(jobs, c.jobOf(section, strings.TrimSpace(id)))
		}
	}
	return jobs, nil
}

// jobOf is a section as the API takes it, where nothing is expanded.
func (c *console) jobOf(section *ini.Section, id string) imported {
	j := imported{ID: id, Fate: fateAdd, Options: api.JobSpec{idKey: id}}
	for _, v := range section.Values() {
		value, bad := unescaped(v.Text)
		if bad != "" {
			j.Fate = fateCannot
			j.Reason = fmt.Sprintf("%s, line %d: %s: %s stands for something only where the daemon reads the file; write what is meant, or %%%% for a percent sign", v.File, v.Line, v.Key, bad)
			return j
		}
		j.Options[v.Key] = value
	}
	if c.store != "" {
		j.Options[storeKey] = c.store
	}
	return j
}

// unescaped reads %% as a percent sign. bad is what it cannot read.
func unescaped(text string) (value, bad string) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), ""
		case strings.HasPrefix(after, "%"):
			b.WriteByte('%')
			text = after[1:]
			continue
		}
		name, _, _ := strings.Cut("%"+after, ")")
		if strings.HasPrefix(name, "%(") {
			return "", name + ")s"
		}
		return "", "%"
	}
}

// importer is the daemon that jobs are imported into.
type importer struct {
	*client.Client
	replace bool
	parts   *api.Scheduler // its stores and executors; nil: not asked yet
}

// job asks for the job that has the id of j, in its store.
func (i *importer) job(ctx context.Context, j *imported) error {
	store, _ := j.Options[storeKey].(string)
	_, err := i.Job(ctx, client.Ref{Store: store, ID: j.ID})
	return err
}

// missing says which store or executor that j names is not there; "" if none.
func (i *importer) missing(ctx context.Context, j *imported) (string, error) {
	if i.parts == nil {
		s, err := i.Scheduler(ctx)
		if err != nil {
			return "", err
		}
		i.parts = &s
	}
	stores, executors := map[any]bool{}, map[any]bool{}
	for _, s := range i.parts.Stores {
		stores[s.Name] = true
	}
	for _, e := range i.parts.Executors {
		executors[e.Name] = true
	}
	store, executor := j.Options[storeKey], j.Options["executor"]
	switch {
	case store != nil && !stores[store]:
		return fmt.Sprintf("the daemon has no job store %v", store), nil
	case executor != nil && !executors[executor]:
		return fmt.Sprintf("the daemon has no executor %v", executor), nil
	}
	return "", nil
}

// previewJob finds out what would become of j. The error is that of the way to the
// daemon.
func (c *console) previewJob(ctx context.Context, daemon *importer, j *imported) error {
	missing, err := daemon.missing(ctx, j)
	if err != nil {
		return err
	}
	if missing != "" {
		j.Fate, j.Reason = fateCannot, missing
		return nil
	}
	err = daemon.job(ctx, j)
	problem, refused := errors.AsType[*client.Problem](err)
	switch {
	case err == nil && daemon.replace:
		j.Fate = fateReplace
	case err == nil:
		j.Fate = fateTaken
		return nil
	case !refused:
		return err
	case problem.Status != http.StatusNotFound:
		j.Fate, j.Reason = fateCannot, problemText(problem)
		return nil
	}
	preview, err := daemon.Preview(ctx, api.PreviewRequest{Options: triggerOf(j.Options), Count: 1})
	if problem, ok := errors.AsType[*client.Problem](err); ok {
		j.Fate, j.Reason = fateCannot, problemText(problem)
		return nil
	}
	if err != nil {
		return err
	}
	j.Description, j.Warnings = preview.Description, preview.Warnings
	if len(preview.Times) > 0 {
		c.nextOf(j, preview.Times[0])
	}
	return nil
}

// nextOf notes when j runs next.
func (c *console) nextOf(j *imported, next time.Time) {
	j.Next, j.when = next.UTC().Format(time.RFC3339Nano), c.when(&next)
}

// triggerOf are the options that are about the trigger.
func triggerOf(spec api.JobSpec) api.JobSpec {
	options := api.JobSpec{}
	keys := []string{"trigger"}
	for _, kind := range []string{"date", "interval", "cron", "crontab", "calendarinterval", "and", "or"} {
		keys = append(keys, trigger.Options(kind)...)
	}
	for _, key := range keys {
		if value, ok := spec[key]; ok {
			options[key] = value
		}
	}
	return options
}

// applyJob adds j. The error is that of the way to the daemon.
func (c *console) applyJob(ctx context.Context, daemon *importer, j *imported) error {
	taken := client.Fail
	if daemon.replace {
		taken = client.Replace
	}
	added, err := daemon.AddJob(ctx, j.Options, taken)
	problem, refused := errors.AsType[*client.Problem](err)
	switch {
	case err == nil:
		j.Fate, j.Description = fateAdded, added.Trigger.Description
		if added.Next != nil {
			c.nextOf(j, *added.Next)
		}
	case !refused:
		return err
	case problem.Status == http.StatusConflict && !daemon.replace && daemon.job(ctx, j) == nil: // and not a conflict with something else
		j.Fate = fateTaken
	default:
		j.Fate, j.Reason = fateCannot, problemText(problem)
	}
	return nil
}

func (c *console) showImport(jobs []imported, f importFlags) error {
	var cannot int
	rows := make([][]cell, len(jobs))
	for i, j := range jobs {
		t := green
		switch j.Fate {
		case fateCannot:
			cannot++
			t = red
		case fateTaken, fateReplace:
			t = yellow
		}
		rows[i] = []cell{{text: j.ID}, {j.Fate, t}, {text: j.when}, {text: j.Description}}
	}
	var err error
	switch {
	case c.json:
		err = c.printJSON(map[string]any{"jobs": append([]imported{}, jobs...), "applied": f.apply})
	case len(jobs) == 0:
		_, err = fmt.Fprintln(c.Stdout, "No jobs: there is no section [job:x].")
	default:
		err = c.table([]string{"JOB", "WHAT", "NEXT RUN", "TRIGGER"}, rows)
		for _, j := range jobs {
			for _, warning := range j.Warnings {
				fmt.Fprintf(c.Stdout, "%s: warning: %s\n", printable(j.ID), printable(warning))
			}
			if j.Reason != "" {
				fmt.Fprintf(c.Stdout, "%s: %s\n", printable(j.ID), j.Reason)
			}
		}
		if !f.apply {
			fmt.Fprintln(c.Stdout, "Nothing was written: give --apply.")
		}
	}
	if err == nil && cannot > 0 {
		return Exit(exitFailed)
	}
	return err
}
