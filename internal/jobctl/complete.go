package jobctl

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
)

// completionPatience bounds how long TAB may wait for the daemon.
const completionPatience = 3 * time.Second

// mostCandidates bounds what is asked for a completion.
const mostCandidates = 1000

// asking connects for a completion and calls ask; without a daemon there is nothing
// to complete.
func (c *console) asking(ask func(context.Context, *client.Client)) {
	daemon, err := c.daemon()
	if err != nil {
		return
	}
	defer daemon.Close()
	ctx, cancel := context.WithTimeout(context.Background(), completionPatience)
	defer cancel()
	ask(ctx, daemon)
}

// described is a candidate with a word about it, as cobra wants them.
func described(word, about string) string {
	if about == "" {
		return word
	}
	return word + "\t" + printable(about)
}

func (c *console) completeJobs(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	var found []string
	c.asking(func(ctx context.Context, daemon *client.Client) {
		for j, err := range daemon.Jobs(ctx, c.store) {
			if err != nil || len(found) == mostCandidates {
				return
			}
			if strings.HasPrefix(j.ID, word) && !slices.Contains(args, j.ID) {
				found = append(found, described(j.ID, j.Trigger.Description))
			}
		}
	})
	return found, cobra.ShellCompDirectiveNoFileComp
}

func (c *console) completeRuns(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	var found []string
	c.asking(func(ctx context.Context, daemon *client.Client) {
		for r, err := range daemon.Runs(ctx, client.RunFilter{Store: c.store}, mostCandidates) {
			if err != nil {
				return
			}
			if strings.HasPrefix(r.ID, word) && !slices.Contains(args, r.ID) {
				state, _ := stateOf(r)
				found = append(found, described(r.ID, state))
			}
		}
	})
	return found, cobra.ShellCompDirectiveNoFileComp
}

func (c *console) completeStores(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var found []string
	c.asking(func(ctx context.Context, daemon *client.Client) {
		s, err := daemon.Scheduler(ctx)
		if err != nil {
			return
		}
		for _, store := range s.Stores {
			if strings.HasPrefix(store.Name, word) {
				found = append(found, described(store.Name, store.Type))
			}
		}
	})
	return found, cobra.ShellCompDirectiveNoFileComp
}

// completeOptions completes a job if there must be one, and then the keys of its options.
func (c *console) completeOptions(exists bool) func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return func(command *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		switch {
		case len(args) == 0 && exists:
			return c.completeJobs(command, args, word)
		case len(args) == 0:
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		if key, _, ok := strings.Cut(word, "="); ok {
			return valuesOf(key), cobra.ShellCompDirectiveNoFileComp
		}
		var found []string
		for _, o := range config.JobOptionHelp() {
			key := o.Key + "="
			given := func(arg string) bool { return strings.HasPrefix(arg, key) }
			if strings.HasPrefix(key, word) && !slices.ContainsFunc(args, given) {
				found = append(found, described(key, firstSentence(o.Help)))
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// valuesOf are the words that an option can have, where there are only a few.
func valuesOf(key string) []string {
	values := map[string]string{
		"trigger":  "date interval cron crontab calendarinterval and or",
		"coalesce": "latest earliest all",
		"overlap":  "skip queue_one queue replace allow",
		"on_lost":  "fail rerun",
		"action":   "restart start stop signal:HUP",
		"dst":      "auto once skip wall all",
	}[key]
	var found []string
	for value := range strings.FieldsSeq(values) {
		found = append(found, key+"="+value)
	}
	return found
}

func firstSentence(text string) string {
	first, _, _ := strings.Cut(strings.ReplaceAll(text, "\n", " "), ". ")
	return first
}
