package cli

import (
	"strings"
	"testing"
	"time"
)

// runNext runs watchkeeper next at 2026-01-01 and returns what it prints.
func runNext(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	w := world{argv0: "watchkeeper", prog: "watchkeeper", args: append([]string{"next", "--from", "2026-01-01"}, args...),
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	code = watchkeeper(t.Context(), w)
	return out.String(), errs.String(), code
}

func TestNextSaysWhatIsWrongAndWhere(t *testing.T) {
	for args, want := range map[string]string{
		"cron|hour=3":         `"cron", character 1: this is not KEY=VALUE; did you mean trigger=cron?`,
		"cron[hour=3]":        `"cron[hour=3]", character 1: this is not KEY=VALUE; did you mean trigger='cron[hour=3]'?`,
		"cron[hour='3']":      `"cron[hour='3']", character 1: this is not KEY=VALUE; did you mean trigger="cron[hour='3']"?`,
		`{"trigger":"cron"}`:  `"{\"trigger\":\"cron\"}", character 1: this is not KEY=VALUE; did you mean trigger='{"trigger":"cron"}'?`,
		"0 9 * * *":           `"0 9 * * *", character 1: this is not KEY=VALUE; did you mean crontab='0 9 * * *'?`,
		"@daily":              `"@daily", character 1: this is not KEY=VALUE; did you mean crontab=@daily?`,
		"=3":                  `"=3", character 1: this is not KEY=VALUE: the name before the = is missing`,
		"nightly":             `"nightly", character 1: this is not KEY=VALUE, such as trigger=cron (an argument with blanks needs quotes)`,
		"--tz=berlin|hour=3":  `--tz: "berlin", character 1: there is no such time zone; did you mean Europe/Berlin?`,
		"trigger=cron|huor=3": `"huor=3", character 1: trigger cron has no option huor; did you mean hour?`,
		"hour=3|minute=5":     `"hour=3 minute=5", character 1: trigger= is missing: hour is an option of cron and calendarinterval; or give crontab=LINE`,
		"-n|0|trigger=cron":   `invalid argument "0" for "-n, --count" flag: a whole number from 1 to 100000 is expected`,
		"-n|x|trigger=cron":   `invalid argument "x" for "-n, --count" flag: a whole number from 1 to 100000 is expected`,
		"--zone=UTC|hour=3":   `unknown flag: --zone; there are --tz, --from, -n (--count) and --json`,
		"trigger=or|triggers=crontab[expr='0 9 * * *']": `triggers="crontab[expr='0 9 * * *']", character 9: trigger crontab has no option expr; its value stands without a name, as in crontab['0 9 * * *']`,
	} {
		stdout, stderr, code := runNext(t, strings.Split(args, "|")...)
		if got, _, _ := strings.Cut(stderr, "\n"); got != "Error: "+want || stdout != "" || code != exitUsage {
			t.Errorf("%s: %d, %s\n got %s\nwant Error: %s", args, code, stdout, got, want)
		}
	}
}

// TestNextHelp: the examples of the help work.
func TestNextHelp(t *testing.T) {
	examples := 0
	for line := range strings.Lines(nextCommand(world{}).Long) {
		args, ok := strings.CutPrefix(strings.TrimSpace(line), "watchkeeper next ")
		if !ok {
			continue
		}
		examples++
		var words []string
		for i, part := range strings.Split(args, "'") { // every second part stands in quotes
			if i%2 == 1 {
				words[len(words)-1] += part
			} else {
				words = append(words, strings.Fields(part)...)
			}
		}
		if _, stderr, code := runNext(t, words...); code != exitOK {
			t.Errorf("%s: %d, %s", args, code, stderr)
		}
	}
	if examples < 3 {
		t.Errorf("%d examples in the help, want at least 3", examples)
	}
}

// TestNextInNestedForms: what stands in triggers and in trigger is a text or a
// JSON form.
func TestNextInNestedForms(t *testing.T) {
	for args, want := range map[string]string{
		"trigger=or|triggers=crontab['0 9 * * *']":       "2026-01-01T09:00:00Z",
		"trigger=or|triggers=crontab[0 9 * * *]":         "2026-01-01T09:00:00Z",
		`trigger={"trigger":"cron","hour":9}`:            "2026-01-01T09:00:00Z",
		"trigger=cron[hour='9']|minute=5":                "2026-01-01T09:05:00Z",
		"trigger=date|run_date=2026-02-01 12:30":         "2026-02-01T12:30:00Z",
		"trigger=and|triggers=cron[hour=9] cron[hour=9]": "2026-01-01T09:00:00Z",
	} {
		stdout, stderr, code := runNext(t, append([]string{"--tz=UTC", "-n1"}, strings.Split(args, "|")...)...)
		if !strings.Contains(stdout, "\n  "+want+"\n") || code != exitOK {
			t.Errorf("%s: %d, %s%s, want %s", args, code, stdout, stderr, want)
		}
	}
}

// TestNextWithoutZone: no --tz and an empty one are the zone of this machine.
func TestNextWithoutZone(t *testing.T) {
	want := time.Date(2026, 1, 1, 9, 0, 0, 0, time.Local).Format(time.RFC3339)
	for _, args := range [][]string{nil, {"--tz="}, {"--tz=Local"}} {
		stdout, stderr, _ := runNext(t, append(args, "-n1", "trigger=cron", "hour=9")...)
		if !strings.Contains(stdout, "\n  "+want+"\n") {
			t.Errorf("%v: %s%s, want %s", args, stdout, stderr, want)
		}
	}
}

func TestNextWarnsOfNever(t *testing.T) {
	for args, want := range map[string]string{
		"trigger=cron|hour=3|end_date=2020-01-01":                 "has gone by",
		"trigger=and|triggers=cron[hour=1],cron[hour=2]":          "10,000 times",
		"trigger=cron|month=2|day=30":                             "no date matches",
		"trigger=interval|days=1|end_date=2026-01-01 12:00":       "is before the first time",
		"trigger=or|triggers=cron[hour=1, end_date='2020-01-01']": "has gone by",
	} {
		stdout, stderr, _ := runNext(t, append([]string{"--tz=UTC"}, strings.Split(args, "|")...)...)
		if !strings.Contains(stdout, "\n  never\n") || strings.Count(stdout, "\nwarning: ") != 1 || !strings.Contains(stdout, want) {
			t.Errorf("%s: %s%s, want a warning with %q", args, stdout, stderr, want)
		}
	}
}
