package jobctl

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
)

const addHelp = `Add a job. Its options are those of a section [job:x], as KEY=VALUE:

    watchkeeper job add nightly trigger=cron hour=3 command='/srv/backup --all'
    watchkeeper job add poll trigger=interval seconds=10 func=tasks:poll args='["a"]' executor=py

Values count as they are: a percent sign stands for itself, and nothing begins a comment. With '' for JOB
it gets an id, which is printed. See
docs/configuration.md for the options and docs/triggers.md for those of triggers.`

func (c *console) addCommand() *cobra.Command {
	var replace bool
	command := c.verb("add JOB KEY=VALUE...", "Add a job", addHelp, cobra.MinimumNArgs(1), func(ctx context.Context, args []string) error {
		taken := client.Fail
		if replace {
			taken = client.Replace
		}
		return c.add(ctx, args[0], args[1:], taken)
	})
	command.Flags().BoolVar(&replace, "replace", false, "replace a job that has the id (its next run stays if the trigger does)")
	command.ValidArgsFunction = c.completeOptions(false)
	return command
}

func (c *console) add(ctx context.Context, id string, args []string, taken client.Conflict) error {
	options, err := keyValues(args)
	if err != nil {
		return err
	}
	spec := api.JobSpec{"id": id}
	for _, o := range options {
		if o.Value != "" {
			spec[o.Key] = o.Value
		}
	}
	if c.store != "" {
		if named, ok := spec[storeKey]; ok && named != c.store {
			return wrongUse("--jobstore %s and jobstore=%s contradict each other", c.store, named)
		}
		spec[storeKey] = c.store
	}
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	defer daemon.Close()
	j, err := daemon.AddJob(ctx, spec, taken)
	if err != nil {
		return err
	}
	return c.say(j, "%s: added%s", printable(j.ID), c.andNext(j))
}

const (
	idKey    = "id"
	storeKey = "jobstore"
)

// keyValues splits KEY=VALUE.
func keyValues(args []string) ([]config.JobOption, error) {
	options := make([]config.JobOption, 0, len(args))
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		key = strings.ToLower(strings.TrimSpace(key))
		switch {
		case !ok || key == "" || strings.ContainsAny(key, " [({@*'\""):
			return nil, wrongUse("%q is not KEY=VALUE, such as trigger=cron (an argument with blanks needs quotes)", arg)
		case key == idKey:
			return nil, wrongUse("%q: the id of the job stands before its options", arg)
		case slices.ContainsFunc(options, func(o config.JobOption) bool { return o.Key == key }):
			return nil, wrongUse("%s is given twice", key)
		}
		options = append(options, config.JobOption{Key: key, Value: value})
	}
	return options, nil
}

// orderedKeys are the keys of options in the order of the docs, then those
// that the docs do not have.
func orderedKeys(options map[string]string) []string {
	place := make(map[string]int)
	for i, o := range config.JobOptionHelp() {
		place[o.Key] = i + 1
	}
	rank := func(key string) int {
		const last = 1 << 20
		return cmp.Or(place[key], last)
	}
	return slices.SortedFunc(maps.Keys(options), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
	})
}
