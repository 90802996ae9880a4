package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// A [job:x] knows exactly the options that package trigger knows.
func TestJobsHaveTheOptionsOfTriggers(t *testing.T) {
	t.Parallel()
	ours := keySet(triggerOptions())
	known := map[string]bool{keyTrigger: true}
	for _, kind := range []string{"date", "interval", "cron", "crontab", "calendarinterval", "and", "or"} {
		for _, key := range trigger.Options(kind) {
			known[key] = true
			if !ours[key] {
				t.Errorf("trigger %s has the option %s, a job has not", kind, key)
			}
		}
	}
	for key := range ours {
		if !known[key] {
			t.Errorf("a job has the option %s, and no trigger has", key)
		}
	}
}

// The help of [job:x] names what it shares with programs, and every option of a
// program is either that or about keeping it running.
func TestJobsHaveTheOptionsOfCommands(t *testing.T) {
	t.Parallel()
	words := strings.FieldsFunc(jobHelp, func(r rune) bool { return strings.ContainsRune(" ,.\n:", r) })
	for _, o := range commandOptions() {
		if !strings.HasPrefix(o.key, "std") && o.key != "command" && !slices.Contains(words, o.key) {
			t.Errorf("the help does not name %s", o.key)
		}
	}
	table := tableOf(schema(), "job:x")
	for _, o := range programOptions() {
		if slices.Contains(keepsRunning(), o.key) == (table.option(o.key) != nil) && o.key != "priority" {
			t.Errorf("%s of a program is neither for commands nor for keeping it running, or both", o.key)
		}
	}
	seen := make(map[string]bool)
	for _, o := range table.options {
		if seen[o.key] {
			t.Errorf("a job has two options %s", o.key)
		}
		seen[o.key] = true
	}
}

// Every option shows a value that is right by itself.
func TestSamplesOfJobsAreRight(t *testing.T) {
	t.Parallel()
	host := Portable()
	for _, table := range schema() {
		if !table.ours {
			continue
		}
		for _, o := range table.options {
			if value := o.sampleValue(); value != "" && !o.raw && !strings.Contains(value, "%") {
				if _, err := o.kind.parse(host, value); err != nil {
					t.Errorf("%s %s = %s: %v", table.title, o.key, value, err)
				}
			}
		}
	}
}

// So does every option of a trigger, in each kind that has it.
func TestSamplesOfTriggersAreRight(t *testing.T) {
	t.Parallel()
	rows := triggerOptions()
	for kind, least := range map[string][]trigger.Option{
		"date": {{Key: "run_date", Value: "2030-02-01"}}, "interval": {{Key: "minutes", Value: "1"}}, "cron": {{Key: "hour", Value: "3"}},
		"crontab":          {{Key: "crontab", Value: "0 0 * * *"}},
		"calendarinterval": {{Key: "months", Value: "1"}, {Key: "start_date", Value: "2030-01-31"}},
		"and":              {{Key: "triggers", Value: "cron[hour='3'], cron[minute='0']"}}, "or": {{Key: "triggers", Value: "cron[hour='3']"}},
	} {
		for _, key := range trigger.Options(kind) {
			at := slices.IndexFunc(rows, func(o option) bool { return o.key == key })
			options := []trigger.Option{{Key: keyTrigger, Value: kind}, {Key: key, Value: rows[at].sample}}
			for _, o := range least {
				if o.Key != key {
					options = append(options, o)
				}
			}
			if _, err := trigger.FromOptions(options, trigger.Defaults{}); err != nil {
				t.Errorf("%s, %s = %s: %v", kind, key, rows[at].sample, err)
			}
		}
	}
}
