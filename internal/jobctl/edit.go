package jobctl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

const editHelp = `Change options of a job, as job add takes them. An empty value takes an option away:

    watchkeeper job edit nightly hour=4 timeout=

Without options an editor is opened on all of them ($VISUAL, $EDITOR or vi). A job whose trigger stays
the same keeps its next run.`

func (c *console) editCommand() *cobra.Command {
	command := c.verb("edit JOB [KEY=VALUE]...", "Change options of a job", editHelp, cobra.MinimumNArgs(1), func(ctx context.Context, args []string) error {
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		if len(args) == 1 {
			return c.editText(ctx, daemon, args[0])
		}
		options, err := keyValues(args[1:])
		if err != nil {
			return err
		}
		changes := api.JobSpec{}
		for _, o := range options {
			changes[o.Key] = nil
			if o.Value != "" {
				changes[o.Key] = o.Value
			}
		}
		j, err := daemon.EditJob(ctx, c.job(args[0]), changes, 0)
		if err != nil {
			return err
		}
		return c.say(j, "%s: changed%s", printable(args[0]), c.andNext(j))
	})
	command.ValidArgsFunction = c.completeOptions(true)
	return command
}

// editText lets the user edit the options, on a terminal again and again until the
// daemon takes them or the text stays as it was.
func (c *console) editText(ctx context.Context, daemon *client.Client, id string) error {
	if c.Edit == nil {
		return wrongUse("give the options to change, as KEY=VALUE")
	}
	j, err := daemon.Job(ctx, c.job(id))
	if err != nil {
		return err
	}
	if err := ownedElsewhere(j); err != nil {
		return err
	}
	text := editorText(j.ID, j.Options)
	for refused := error(nil); ; {
		edited, err := c.Edit(ctx, withRefusal(text, refused))
		if err != nil {
			return err
		}
		options, wrong := parseEdited(edited)
		changes := difference(j.Options, options)
		unchanged := bytes.Equal(withoutComments(edited), withoutComments(text))
		switch {
		case len(options) == 0 && wrong == nil, len(changes) == 0 && wrong == nil:
			return c.say(j, "%s: not changed", printable(id))
		case refused != nil && unchanged:
			return refused
		case wrong != nil && !c.Progress: // nobody is there to correct it
			return wrong
		case wrong != nil:
			refused = wrong
		default:
			ref := client.Ref{Store: j.JobStore, ID: j.ID}
			changed, err := daemon.EditJob(ctx, ref, changes, j.Revision)
			if err == nil {
				return c.say(changed, "%s: changed%s", printable(id), c.andNext(changed))
			}
			if problem, ok := errors.AsType[*client.Problem](err); !ok || problem.Status/100 != 4 || !c.Progress {
				return err
			}
			refused = err
		}
		text = append(withoutComments(edited), '\n')
	}
}

// ownedElsewhere is why the daemon would not take changes of a job, so that nobody
// edits for nothing.
func ownedElsewhere(j api.Job) error {
	switch {
	case j.Source == api.SourceFile && len(j.DeclaredBy) > 0:
		return fmt.Errorf("job %s is declared by a configuration file, of %s: change it there, and update",
			printable(j.ID), printable(strings.Join(j.DeclaredBy, " and ")))
	case j.Source == api.SourceProgram:
		return fmt.Errorf("job %s was added by a program that uses the job store itself: change it there", printable(j.ID))
	}
	return nil
}

// editorText is options as the user edits them.
func editorText(id string, options map[string]string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# The options of the job %s, one a line as KEY = VALUE. Values count as they are;
# a line that begins with a blank goes on with the value above it. To remove a line takes the
# option away, to leave all as it is changes nothing. Lines that begin with # do not count.

`, printable(id))
	for _, key := range orderedKeys(options) {
		fmt.Fprintf(&b, "%s = %s\n", key, strings.ReplaceAll(options[key], "\n", "\n\t"))
	}
	return b.Bytes()
}

// withRefusal puts why the text was not taken in front of it.
func withRefusal(text []byte, refused error) []byte {
	if refused == nil {
		return text
	}
	why := (&Failure{Err: refused}).Error()
	return append([]byte("# It was not taken:\n# "+strings.ReplaceAll(why, "\n", "\n# ")+"\n# Without a change the job stays as it is.\n\n"), text...)
}

func withoutComments(text []byte) []byte {
	var kept []byte
	for line := range bytes.Lines(text) {
		if !bytes.HasPrefix(line, []byte("#")) {
			kept = append(kept, line...)
		}
	}
	return bytes.TrimSpace(kept)
}

// parseEdited reads what editorText wrote.
func parseEdited(text []byte) (map[string]string, error) {
	options := make(map[string]string)
	last := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "#"), strings.Trim(line, " ") == "":
			continue
		case line[0] == ' ' || line[0] == '\t':
			if last == "" {
				return nil, fmt.Errorf("%q goes on with a value, and there is none above it", line)
			}
			options[last] += "\n" + strings.TrimPrefix(line, "\t")
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		if !ok || key == "" {
			return nil, fmt.Errorf("%q is not KEY = VALUE", line)
		}
		if _, twice := options[key]; twice {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		options[key], last = strings.TrimLeft(value, " \t"), key
	}
	for key, value := range options {
		options[key] = strings.TrimSpace(value)
	}
	return options, nil
}

// difference is what makes old new, for EditJob.
func difference(old, new map[string]string) api.JobSpec {
	changes := api.JobSpec{}
	for key, value := range new {
		before, there := old[key]
		if (!there || strings.TrimSpace(before) != value) && (there || value != "") {
			changes[key] = value
			if value == "" {
				changes[key] = nil
			}
		}
	}
	for _, key := range orderedKeys(old) {
		if _, there := new[key]; !there && !slices.Contains([]string{idKey, storeKey}, key) {
			changes[key] = nil
		}
	}
	return changes
}
