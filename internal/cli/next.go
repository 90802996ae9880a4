package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// nextFlags are the flags of watchkeeper next.
type nextFlags struct {
	zone, from string
	count      timesWanted
	json       bool
}

// nextTimes is what watchkeeper next --json prints.
type nextTimes struct {
	Times       []string `json:"times"`
	Ended       bool     `json:"ended"` // there are no more than these
	Description string   `json:"description"`
	Warnings    []string `json:"warnings"`
}

func nextCommand(w world) *cobra.Command {
	var f nextFlags
	c := &cobra.Command{
		Use:   "next [--tz ZONE] [--from TIME] [-n N] [--json] KEY=VALUE...",
		Short: "Say when a trigger is due, and what was understood",
		Long: `Say when a trigger is due, what was understood, and what in it may not be meant:

    watchkeeper next trigger=cron hour=3 minute='*/20'
    watchkeeper next trigger=interval minutes=90 start_date=2030-01-01
    watchkeeper next --tz Europe/Berlin crontab='30 2 * * *'

The kinds of triggers are date, interval, cron, crontab, calendarinterval, and, or; docs/triggers.md
has their options. The times are those before jitter and splay. The exit code is 2 when the
trigger cannot be understood.`,
		RunE: func(_ *cobra.Command, args []string) error { return w.next(f, args, time.Now()) },
	}
	c.Flags().StringVar(&f.zone, "tz", "Local", "the time `ZONE` of a trigger that names none; Local, also when it is empty, is that of this machine")
	c.Flags().StringVar(&f.from, "from", "", "the `TIME` to begin with, such as 2030-01-31 or 2030-01-31T12:00:00Z (now without it)")
	f.count = 5
	c.Flags().VarP(&f.count, "count", "n", "how many `TIMES`")
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if strings.HasPrefix(err.Error(), "unknown") {
			return fmt.Errorf("%w; there are --tz, --from, -n (--count) and --json", err)
		}
		return err
	})
	return c
}

// timesWanted is how many times are asked for, the value of -n.
type timesWanted int

const mostTimes = 100_000

func (n *timesWanted) String() string { return strconv.Itoa(int(*n)) }

func (n *timesWanted) Type() string { return "TIMES" }

func (n *timesWanted) Set(text string) error {
	wanted, err := strconv.Atoi(text)
	if err != nil || wanted < 1 || wanted > mostTimes {
		return fmt.Errorf("a whole number from 1 to %d is expected", mostTimes)
	}
	*n = timesWanted(wanted)
	return nil
}

func (w world) next(f nextFlags, args []string, now time.Time) error {
	if len(args) == 0 {
		return fmt.Errorf("no trigger: give KEY=VALUE, such as trigger=cron hour=3")
	}
	zone, err := trigger.LoadZone(f.zone)
	if err != nil {
		return fmt.Errorf("--tz: %w", err)
	}
	if f.from != "" {
		if now, err = trigger.ParseTime(f.from, zone); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	options, err := triggerOptions(args)
	if err != nil {
		return err
	}
	t, err := trigger.FromOptions(options, trigger.Defaults{Zone: zone, Now: now, ReadFile: os.ReadFile})
	if err != nil {
		return err
	}
	answer := timesOf(t, now, int(f.count))
	if f.json {
		enc := json.NewEncoder(w.stdout)
		enc.SetEscapeHTML(false)
		return enc.Encode(answer)
	}
	answer.print(w)
	return nil
}

// triggerOptions splits KEY=VALUE.
func triggerOptions(args []string) ([]trigger.Option, error) {
	options := make([]trigger.Option, 0, len(args))
	for _, arg := range args {
		key, value, ok := strings.Cut(arg, "=")
		if !ok || key == "" || strings.ContainsAny(key, " [({@*'\"") {
			return nil, fmt.Errorf("%q, character 1: this is not KEY=VALUE%s", arg, insteadOf(arg))
		}
		options = append(options, trigger.Option{Key: key, Value: value})
	}
	return options, nil
}

// insteadOf says what was probably meant by an argument that is no KEY=VALUE.
func insteadOf(arg string) string {
	word, _, _ := strings.Cut(arg, "[")
	switch {
	case trigger.Options(word) != nil, strings.HasPrefix(arg, "{"):
		return "; did you mean trigger=" + quoted(arg) + "?"
	case len(strings.Fields(arg)) == 5, strings.HasPrefix(arg, "@"):
		return "; did you mean crontab=" + quoted(arg) + "?"
	case strings.HasPrefix(arg, "="):
		return ": the name before the = is missing"
	}
	return ", such as trigger=cron (an argument with blanks needs quotes)"
}

// quoted is a word as a shell reads it.
func quoted(word string) string {
	switch {
	case !strings.ContainsAny(word, " \t\n\"'*[]{}()$&;<>|?#~!\\`"):
		return word
	case strings.Contains(word, "'") && !strings.ContainsAny(word, "\"$!\\`"):
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// timesOf asks t for the first times from now on.
func timesOf(t trigger.Trigger, now time.Time, count int) nextTimes {
	answer := nextTimes{Times: []string{}, Description: trigger.Describe(t), Warnings: []string{}}
	next := t.Next(time.Time{}, now)
	for range count {
		if next.IsZero() {
			break
		}
		answer.Times = append(answer.Times, next.Format(time.RFC3339Nano))
		next = t.Next(next, now)
	}
	answer.Ended = next.IsZero()
	for _, warning := range trigger.Warnings(t, now) {
		answer.Warnings = append(answer.Warnings, warning.Text)
	}
	return answer
}

func (n nextTimes) print(w world) {
	fmt.Fprintln(w.stdout, n.Description)
	for _, t := range n.Times {
		fmt.Fprintln(w.stdout, "  "+t)
	}
	if n.Ended && len(n.Times) == 0 {
		fmt.Fprintln(w.stdout, "  never")
	} else if n.Ended {
		fmt.Fprintln(w.stdout, "  and then no more")
	}
	for _, warning := range n.Warnings {
		fmt.Fprintln(w.stdout, "warning:", warning)
	}
}
