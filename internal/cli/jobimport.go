package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler/source"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// importFlags are the flags of watchkeeper job import.
type importFlags struct {
	from   source.Place
	rename []string
	apply  bool
	to     string
	json   bool
}

// The fates of a job that was to be imported.
const (
	fateCan     = "can be imported"
	fateCannot  = "cannot be imported"
	fateDone    = "imported"
	fateSkipped = "skipped, as there is a job with that id"
)

// importedJob is one job, as watchkeeper job import --json prints it.
type importedJob struct {
	ID          string          `json:"id"`
	Fate        string          `json:"fate"`
	Name        string          `json:"name,omitempty"`
	Executor    string          `json:"executor,omitempty"`
	Func        string          `json:"func,omitempty"`
	Args        json.RawMessage `json:"args,omitempty"`
	Trigger     string          `json:"trigger,omitempty"`
	Description string          `json:"description,omitempty"`
	Next        string          `json:"next,omitempty"` // "": it is paused
	Policy      *job.Policy     `json:"policy,omitempty"`
	Reasons     []string        `json:"reasons,omitempty"`
	Notes       []string        `json:"notes,omitempty"`
}

const fromAPSchedulerHelp = `

Or take over the jobs that APScheduler 3 has stored in Redis, SQLite or PostgreSQL, without a daemon:

    watchkeeper job import --apscheduler redis://localhost:6379/2 --map __main__=tasks
    watchkeeper job import --apscheduler sqlite:///jobs.sqlite --apply --to sqlite:///watchkeeper.db

Nothing of what is stored is executed, and nothing is changed there. Stop the Python program first: its
scheduler removes jobs that it cannot load, and would run those that it has as well. See
docs/apscheduler-import.md. A job whose id is taken in the new store is skipped.`

// alsoFromAPScheduler makes the command that imports a file import from the
// stores of APScheduler, too.
func alsoFromAPScheduler(w world, c *cobra.Command) {
	var f importFlags
	fromFile := c.RunE
	c.Use = "import {FILE | --apscheduler URL [--map OLD=NEW]... [--to URL]} [--apply]"
	c.Short = "Add the jobs that stand in a file, or that APScheduler 3 has stored"
	c.Long += fromAPSchedulerHelp
	c.Args = nil
	c.RunE = func(c *cobra.Command, args []string) error {
		var err error
		f.apply, err = c.Flags().GetBool("apply")
		asJSON, jsonErr := c.Flags().GetBool("json")
		if err = errors.Join(err, jsonErr); err != nil {
			return err
		}
		f.json = asJSON
		switch {
		case f.from.URL == "" && len(args) == 1:
			return fromFile(c, args)
		case len(args) > 0:
			return errors.New("from where? Give one file, or --apscheduler URL")
		}
		return w.jobImport(c.Context(), f, time.Now())
	}
	c.Flags().StringVar(&f.from.URL, "apscheduler", "", "the `URL` of a store: redis://HOST:PORT/DB, sqlite:///FILE or postgresql://HOST/DB")
	c.Flags().StringVar(&f.from.JobsKey, "jobs-key", source.DefaultJobsKey, "the `KEY` of the jobs in Redis")
	c.Flags().StringVar(&f.from.RunTimesKey, "run-times-key", source.DefaultRunTimesKey, "the `KEY` of the run times in Redis")
	c.Flags().StringVar(&f.from.Table, "table", source.DefaultTable, "the `TABLE` of the jobs in SQLite and PostgreSQL")
	c.Flags().StringArrayVar(&f.rename, "map", nil, "`OLD=NEW`: another name for a module, as in __main__=tasks, or for a function, as in old:f=new:g")
	c.Flags().StringVar(&f.to, "to", "", "the `URL` of the new store for --apscheduler: redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB")
}

func (w world) jobImport(ctx context.Context, f importFlags, now time.Time) error {
	if f.from.URL == "" {
		return errors.New("from where? Give a file, or --apscheduler URL, such as redis://localhost:6379/0")
	}
	if f.apply && f.to == "" {
		return errors.New("--apply needs --to URL, the store that the jobs are written into")
	}
	options := apscheduler.Options{Rename: map[string]string{}, Now: now}
	for _, text := range f.rename {
		from, to, err := apscheduler.ParseRename(text)
		if err != nil {
			return fmt.Errorf("--map: %w", err)
		}
		options.Rename[from] = to
	}
	all, err := convertAll(ctx, f.from, options)
	if err != nil {
		return w.failed(err)
	}
	jobs := importedJobs(all)
	if f.apply {
		if err := applyImport(ctx, f.to, all, jobs); err != nil {
			return w.failed(err)
		}
	}
	if err := w.printImport(f, jobs); err != nil {
		return err
	}
	for _, j := range jobs {
		if len(j.Reasons) > 0 {
			return exitCode(exitFailed)
		}
	}
	return nil
}

// failed says what went wrong where the arguments were right.
func (w world) failed(err error) error {
	fmt.Fprintln(w.stderr, "Error:", err)
	return exitCode(exitFailed)
}

func convertAll(ctx context.Context, from source.Place, options apscheduler.Options) ([]apscheduler.Result, error) {
	records, err := source.Read(ctx, from)
	if err != nil {
		return nil, err
	}
	all := make([]apscheduler.Result, len(records))
	for i, r := range records {
		all[i] = apscheduler.Convert(r, options)
	}
	return all, nil
}

// importedJobs are all jobs, as they are shown.
func importedJobs(all []apscheduler.Result) []importedJob {
	jobs := make([]importedJob, len(all))
	for i, r := range all {
		if len(r.Reasons) > 0 {
			jobs[i] = importedJob{ID: r.ID, Fate: fateCannot, Reasons: r.Reasons}
			continue
		}
		j := r.Job
		jobs[i] = importedJob{
			ID: j.ID, Fate: fateCan, Name: j.Name, Executor: j.Executor, Func: j.Func, Args: j.Args, Policy: &j.Policy,
			Trigger: j.Trigger.String(), Description: trigger.Describe(j.Trigger), Notes: r.Notes,
		}
		if !j.State.Paused {
			jobs[i].Next = j.State.Next.In(r.Zone).Format(time.RFC3339Nano)
		}
	}
	return jobs
}

// applyImport writes those jobs into the new store that can be imported, and what
// became of them into jobs.
func applyImport(ctx context.Context, to string, all []apscheduler.Result, jobs []importedJob) (err error) {
	var added []job.Job
	var at []int
	for i, r := range all {
		if len(r.Reasons) == 0 {
			added, at = append(added, r.Job), append(at, i)
		}
	}
	store, err := openStore(ctx, to)
	if err != nil {
		return fmt.Errorf("--to: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if len(added) == 0 {
		return nil
	}
	errs, err := store.Add(ctx, added)
	if err != nil {
		return fmt.Errorf("write the jobs: %w", err)
	}
	for k, i := range at {
		jobs[i].Fate = fateDone
		if errs == nil || errs[k] == nil {
			continue
		}
		jobs[i].Fate = fateSkipped
		if !errors.Is(errs[k], job.ErrExists) {
			jobs[i].Fate, jobs[i].Reasons = fateCannot, []string{errs[k].Error()}
		}
	}
	return nil
}

func (w world) printImport(f importFlags, jobs []importedJob) error {
	if f.json {
		enc := json.NewEncoder(w.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(map[string]any{"jobs": jobs, "applied": f.apply})
	}
	count := map[string]int{}
	var notes, reasons []string
	for _, j := range jobs {
		count[j.Fate]++
		if j.Fate == fateSkipped {
			notes = append(notes, j.ID+": "+fateSkipped)
		}
		for _, note := range j.Notes {
			notes = append(notes, j.ID+": "+note)
		}
		for _, reason := range j.Reasons {
			reasons = append(reasons, j.ID+": "+reason)
		}
	}
	if len(jobs) > count[fateCannot] {
		if err := w.importTable(jobs); err != nil {
			return err
		}
		fmt.Fprintln(w.stdout)
	}
	w.list("Notes:", notes)
	w.list("These cannot be imported:", reasons)
	if f.apply {
		_, err := fmt.Fprintf(w.stdout, "%s imported, %d skipped, %d cannot be imported.\n", jobCount(count[fateDone]), count[fateSkipped], count[fateCannot])
		return err
	}
	_, err := fmt.Fprintf(w.stdout, "%s can be imported, %d cannot. Nothing was written: stop the Python program, then give --apply --to URL.\n",
		jobCount(count[fateCan]), count[fateCannot])
	return err
}

func jobCount(n int) string {
	if n == 1 {
		return "1 job"
	}
	return strconv.Itoa(n) + " jobs"
}

// importTable prints the jobs that are imported or could be. The triggers stand
// last, as they are long.
func (w world) importTable(jobs []importedJob) error {
	t := tabwriter.NewWriter(w.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "JOB\tFUNCTION\tNEXT RUN\tTRIGGER")
	for _, j := range jobs {
		if j.Fate == fateCannot {
			continue
		}
		name := j.ID
		if j.Name != "" {
			name += " (" + j.Name + ")"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", printable(name), printable(j.Func), cmp.Or(j.Next, "paused"), printable(j.Description))
	}
	return t.Flush()
}

// list prints lines under a heading, if there are any.
func (w world) list(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintln(w.stdout, heading)
	for _, line := range lines {
		fmt.Fprintln(w.stdout, "  "+printable(line))
	}
	fmt.Fprintln(w.stdout)
}

// printable is text that somebody else has stored, so that it can do nothing to
// the terminal.
func printable(text string) string {
	for _, c := range text {
		if !strconv.IsPrint(c) {
			return strconv.Quote(text)
		}
	}
	return text
}
