package jobctl

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

const exportHelp = `Write jobs as sections [job:x], as they stand in a configuration file; without JOB all of them.
watchkeeper check --portable accepts what is written, and watchkeeper job import reads it.

Environments are left out: the daemon does not give them away. What cannot stand in a file is written as
a comment and told, and the exit code is then 1.`

func (c *console) exportCommand() *cobra.Command {
	return c.jobVerb("export [JOB]...", "Write jobs as sections of a configuration file", exportHelp, cobra.ArbitraryArgs, func(ctx context.Context, ids []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		jobs := []api.Job{}
		if len(ids) == 0 {
			for j, err := range daemon.Jobs(ctx, c.store) {
				if err != nil { // also if some are missing: who exports wants all
					return err
				}
				jobs = append(jobs, j)
			}
		}
		err = c.each(ids, func(id string) error {
			j, err := daemon.Job(ctx, c.job(id))
			if err == nil {
				jobs = append(jobs, j)
			}
			return err
		})
		if c.json && err == nil {
			return c.printJSON(api.Jobs{Jobs: jobs})
		}
		if left := c.export(jobs); left && err == nil {
			return Exit(exitFailed)
		}
		return err
	})
}

// export writes jobs, and reports whether something had to be left out.
func (c *console) export(jobs []api.Job) (left bool) {
	jobs = slices.SortedStableFunc(slices.Values(jobs), func(a, b api.Job) int { return strings.Compare(a.ID, b.ID) })
	for i, j := range jobs {
		if i > 0 {
			fmt.Fprintln(c.Stdout)
		}
		tell := func(format string, args ...any) {
			left = true
			text := fmt.Sprintf(format, args...)
			fmt.Fprintf(c.Stdout, "; %s\n", printable(text))
			fmt.Fprintf(c.Stderr, "%s: %s\n", printable(j.ID), printable(text))
		}
		if why := unwritable(jobs[:i], j); why != "" {
			tell("the job %s of the store %s is left out: %s", j.ID, j.JobStore, why)
			continue
		}
		fmt.Fprintf(c.Stdout, "[job:%s]\n", j.ID)
		if j.State == api.JobPaused {
			fmt.Fprintln(c.Stdout, "; it is paused")
		}
		options := exportedOptions(j)
		for _, key := range orderedKeys(options) {
			line, ok := optionLine(key, options[key])
			if !ok {
				tell("%s = %q cannot stand in a file: a comment would begin within it", key, options[key])
				continue
			}
			fmt.Fprintln(c.Stdout, line)
		}
	}
	return left
}

// unwritable says why a job cannot have a section besides those of others; "" if
// it can.
func unwritable(others []api.Job, j api.Job) string {
	if strings.ContainsAny(j.ID, ":/]\r\n") || strings.TrimSpace(j.ID) != j.ID || j.ID == "" {
		return "no section can be called so"
	}
	if slices.ContainsFunc(others, func(other api.Job) bool { return other.ID == j.ID }) {
		return "another store has a job with that id (give --jobstore)"
	}
	return ""
}

// exportedOptions are those that the job was declared with. A job that was not is
// described by what it does.
func exportedOptions(j api.Job) map[string]string {
	options := make(map[string]string)
	for key, value := range j.Options {
		options[key] = value
	}
	if len(options) == 0 {
		describe(j, options)
	}
	if j.JobStore != "" && j.JobStore != "default" {
		options[storeKey] = j.JobStore
	}
	return options
}

// describe gives options to a job that a program has stored.
func describe(j api.Job, options map[string]string) {
	set := func(key, value string) {
		if value != "" && value != "0" {
			options[key] = value
		}
	}
	seconds := func(key string, s float64) { set(key, strconv.FormatFloat(s, 'f', -1, 64)) }
	set("trigger", j.Trigger.Text)
	set("func", j.Func)
	set("name", j.Name)
	set("executor", j.Executor)
	var call struct{ Args, Kwargs json.RawMessage }
	if json.Unmarshal(j.Args, &call) == nil {
		set("args", string(call.Args))
		set("kwargs", string(call.Kwargs))
	}
	p := j.Policy
	set("coalesce", p.Coalesce)
	set("max_instances", strconv.Itoa(p.MaxInstances))
	set("overlap", p.Overlap)
	seconds("misfire_grace_time", p.Grace)
	seconds("timeout", p.Timeout)
	set("retries", strconv.Itoa(p.Retries))
	if p.Retries != 0 {
		seconds("retry_delay", p.RetryDelay)
		seconds("retry_backoff", p.RetryBackoff)
		seconds("retry_max_delay", p.RetryMax)
	}
	set("on_lost", p.OnLost)
	set("priority", strconv.Itoa(p.Priority))
	set("concurrency", p.Concurrency)
}

// optionLine is an option as a file has it. It is not ok if a file cannot have it,
// as after a blank # and ; begin a comment.
func optionLine(key, value string) (line string, ok bool) {
	written := value
	switch key {
	case "command":
		written = commandWithoutComments(value)
	case "args", "kwargs": // in JSON these stand in strings only
		written = strings.NewReplacer("#", `\u0023`, ";", `\u003b`).Replace(value)
	}
	if same(key, written) {
		written = strings.ReplaceAll(written, "%", "%%")
		return key + " = " + strings.ReplaceAll(written, "\n", "\n\t"), true
	}
	return "", false
}

// same reports whether a value that is written into a file is read from it as it was.
func same(key, value string) bool {
	var set ini.Set
	text := "[x]\n" + key + " = " + strings.ReplaceAll(value, "\n", "\n\t") + "\n"
	if set.Read("", []byte(text)) != nil {
		return false
	}
	section := set.Section("x")
	read := section.Get(key)
	return read != nil && len(section.Own) == 1 && read.Text == value && !read.Commented
}

// commandWithoutComments is a command that is split into the same words, and in
// which no blank stands before # and ;.
func commandWithoutComments(command string) string {
	if same("command", command) {
		return command
	}
	var b strings.Builder
	quote, escaped := byte(0), false
	for i := 0; i < len(command); i++ {
		ch := command[i]
		afterBlank := i == 0 || strings.IndexByte(" \t\r\n", command[i-1]) >= 0
		switch {
		case (ch == '#' || ch == ';') && afterBlank && !escaped && quote != 0:
			b.WriteString(string(quote) + string(quote)) // ends the quotes and begins them again
		case (ch == '#' || ch == ';') && afterBlank && !escaped:
			b.WriteString("''")
		}
		b.WriteByte(ch)
		switch {
		case escaped:
			escaped = false
		case ch == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote = ch
		case ch == quote:
			quote = 0
		}
	}
	return b.String()
}
