package trigger_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// options splits KEY=VALUE words that are separated by two blanks.
func options(line string) (all []trigger.Option) {
	if line == "" {
		return nil
	}
	for word := range strings.SplitSeq(line, "  ") {
		key, value, _ := strings.Cut(word, "=")
		all = append(all, trigger.Option{Key: key, Value: value})
	}
	return all
}

// TestOptionErrorsPointAtTheCharacter: each error of options is one line with
// what was given, where it is wrong and what would be right.
func TestOptionErrorsPointAtTheCharacter(t *testing.T) {
	for line, want := range map[string]string{
		"trigger=or  triggers=crontab[expr='0 9 * * *']":                      `triggers="crontab[expr='0 9 * * *']", character 9: trigger crontab has no option expr; its value stands without a name, as in crontab['0 9 * * *']`,
		"trigger=or  triggers=crontab['0 9 * *']":                             `crontab="0 9 * *", character 8: want five fields, minute hour day month weekday, there are 4`,
		"trigger=or  triggers=cron[hour='3'], corn[]":                         `triggers="cron[hour='3'], corn[]", character 17: there is no trigger corn; did you mean cron?`,
		"trigger=or  triggers=cron[hours='3']":                                `triggers="cron[hours='3']", character 6: trigger cron has no option hours; did you mean hour?`,
		"trigger=and":                                                         `"trigger=and", character 12: and needs at least one trigger, such as cron[hour='3']`,
		"trigger=and  triggers=interval[1h]":                                  `triggers="interval[1h]", character 12: start_date is needed in an interval inside and, such as start_date='2030-01-31'`,
		"trigger=cron  triggers=cron[hour=3]":                                 `triggers="cron[hour=3]", character 1: a trigger can stand in and, or, not in cron`,
		"trigger=cron[cron[hour=3]]":                                          `trigger="cron[cron[hour=3]]", character 6: a trigger can stand in and, or, not in cron`,
		"trigger=cron[hour=3, minutes=5]":                                     `trigger="cron[hour=3, minutes=5]", character 14: trigger cron has no option minutes; did you mean minute?`,
		`trigger={"trigger":"cron","huor":3}`:                                 `trigger="{\"trigger\":\"cron\",\"huor\":3}", character 19: trigger cron has no option huor; did you mean hour?`,
		`trigger={"trigger":"corn"}`:                                          `trigger="{\"trigger\":\"corn\"}", character 12: there is no trigger corn; did you mean cron?`,
		`trigger={"trigger":"cron","hour":x}`:                                 `trigger="{\"trigger\":\"cron\",\"hour\":x}", character 26: a text in quotes or a number is expected here`,
		"trigger=Cron":                                                        `trigger="Cron", character 1: there is no trigger Cron; did you mean cron?`,
		"trigger=nightly":                                                     `trigger="nightly", character 1: a trigger is expected here, one of date, interval, cron, crontab, calendarinterval, and, or`,
		"trigger=cron  trigger=date":                                          `"trigger=date", character 1: trigger is given twice`,
		"trigger=cron  hour=3  hour=4":                                        `"hour=4", character 1: hour is given twice`,
		"trigger=cron  minutes=0":                                             `"minutes=0", character 1: trigger cron has no option minutes; did you mean minute?`,
		"trigger=crontab  crontab=0 9 * * *  hour=3":                          `"hour=3", character 1: trigger crontab has no option hour; it takes crontab, dst, timezone, start_date, end_date, jitter, splay, exclude, only, compat (hour is an option of cron and calendarinterval)`,
		"trigger=interval  minutes=0":                                         `minutes="0", character 1: the interval is 0:00:00, it must be longer than 0`,
		"trigger=interval  hours=1  seconds=-7200":                            `seconds="-7200", character 1: the interval is -1:00:00, it must be longer than 0`,
		"trigger=interval  hours=1e999":                                       `hours="1e999", character 1: the interval is too long`,
		"trigger=interval  jitter=5":                                          `"trigger=interval jitter=5", character 26: trigger interval needs a length, such as minutes=5 or every=1h30m`,
		"hour=3":                                                              `"hour=3", character 1: trigger= is missing: hour is an option of cron and calendarinterval; or give crontab=LINE`,
		"triggers=cron[]":                                                     `"triggers=cron[]", character 1: trigger= is missing: triggers is an option of and and or; or give crontab=LINE`,
		"":                                                                    `"", character 1: trigger= is missing: one of date, interval, cron, crontab, calendarinterval, and, or; or give crontab=LINE`,
		"hour=3  triger=cron":                                                 `"hour=3 triger=cron", character 8: trigger= is missing; did you mean trigger instead of triger?`,
		"trigger=cron  hour=3  timezone=europe/berlin":                        `timezone="europe/berlin", character 1: there is no such time zone; did you mean Europe/Berlin?`,
		"trigger=cron  hour=3  timezone=Berlin":                               `timezone="Berlin", character 1: there is no such time zone; did you mean Europe/Berlin?`,
		"trigger=cron  hour=9  exclude=4th thux nov":                          `exclude="4th thux nov", character 5: a weekday is expected here, mon to sun, as in 4th thu nov; did you mean thu?`,
		"trigger=cron  hour=9  exclude=12-25, 6th thu nov":                    `exclude="12-25, 6th thu nov", character 8: 1st, 2nd, 3rd, 4th, 5th or last is expected here, as in 4th thu nov`,
		"trigger=cron  hour=9  only=last Mon November":                        `only="last Mon November", character 10: a month is expected here, jan to dec, as in 4th thu nov; did you mean nov?`,
		"trigger=cron  hour=9  only=4th thu":                                  `only="4th thu", character 1: a day is expected here, such as 2025-12-24, 12-25 (in every year) or 4th thu nov`,
		"trigger=cron  hour=9  only=x.ics":                                    `only="x.ics", character 1: files are not read here: list the days, such as 2025-12-24,12-25`,
		"trigger=cron  hour=12:00":                                            `hour="12:00", character 3: a time of day is given in parts: hour=12 minute=00`,
		"trigger=calendarinterval  days=1  hour=9:30  start_date=2030-01-01":  `hour="9:30", character 2: a time of day is given in parts: hour=9 minute=30`,
		"trigger=date  run_date=12:00":                                        `run_date="12:00", character 1: a year of four digits, as in 2030-01-31, is expected here`,
		"trigger=date  run_date=2030-01-01 12":                                `run_date="2030-01-01 12", character 14: ":" is expected here, as in 12:00 or 12:00:00`,
		"trigger=date  run_date=2030-01-01 12:00  compat=apscheduler3":        `run_date="2030-01-01 12:00", character 17: seconds are expected here, as in 12:00:00`,
		"trigger=cron  hour=3  start_date=2030-01-02  end_date=2030-01-01":    `end_date="2030-01-01", character 1: the end is before start_date=2030-01-02: it would never be due`,
		"trigger=interval  hours=3  start_date=2030-01-02  end_date=2030-1-1": `end_date="2030-1-1", character 1: the end is before start_date=2030-01-02: it would never be due`,
		"trigger=date  run_date=2030-01-02  end_date=2030-01-01":              `end_date="2030-01-01", character 1: the end is before run_date=2030-01-02: it would never be due`,
		"crontab=@dayly":                                                      `crontab="@dayly", character 1: want @hourly, @daily, @weekly, @monthly or @yearly, or five fields; did you mean @daily?`,
		"crontab=@every 5m":                                                   `crontab="@every 5m", character 1: intervals are another trigger: trigger=interval every=5m`,
		"crontab=":                                                            `crontab="", character 1: a line is expected, such as 30 2 * * * (minute hour day month weekday) or @daily`,
	} {
		_, err := trigger.FromOptions(options(line), trigger.Defaults{})
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", line, err, want)
		}
		if syntax := (*trigger.SyntaxError)(nil); !errors.As(err, &syntax) {
			t.Errorf("%s: %T is no SyntaxError", line, err)
		}
	}
}

func TestLongTextIsQuotedInPart(t *testing.T) {
	_, err := trigger.Crontab(strings.Repeat("é", 500) + " * * * *")
	if err == nil || len(err.Error()) > 1000 || !strings.Contains(err.Error(), `é"..., character 1: `) {
		t.Errorf("got %v", err)
	}
	_, err = trigger.Parse("cron[hour='" + strings.Repeat("1,", 500) + "x']")
	if err == nil || !strings.HasPrefix(err.Error(), `hour=..."1,1,`) || !strings.Contains(err.Error(), `,x", character 1001: `) {
		t.Errorf("got %v", err)
	}
}

// TestTimesWithoutSeconds: HH:MM is read where a time of day is wanted.
func TestTimesWithoutSeconds(t *testing.T) {
	for text, want := range map[string]string{
		"2030-01-31 12:05":       "2030-01-31T12:05:00Z",
		"2030-01-31T12:05Z":      "2030-01-31T12:05:00Z",
		"2030-01-31 12:05+02:00": "2030-01-31T10:05:00Z",
	} {
		got, err := trigger.ParseTime(text, trigger.UTC())
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
}

// TestEndBeforeStartCanBeKept: what Between was told has forms that are read.
func TestEndBeforeStartCanBeKept(t *testing.T) {
	at := time.Date(2030, 1, 2, 0, 0, 0, 0, time.UTC)
	cron, err := trigger.Cron(trigger.CronFields{Hour: "3"})
	if err != nil {
		t.Fatal(err)
	}
	trig := trigger.Between(cron, at, at.Add(-time.Hour))
	again, err := trigger.Parse(trig.String())
	if err != nil || again.String() != trig.String() || !again.Next(time.Time{}, at).IsZero() {
		t.Errorf("%v is read as %v, %v", trig, again, err)
	}
}

func TestNeverIsWarnedOf(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{
		"cron[hour='3']": "",
		"cron[hour='3', start_date='2030-01-02', end_date='2030-01-01']":    "its end, 2030-01-01 00:00:00, is before its start, 2030-01-02 00:00:00: it never runs",
		"interval[1:00:00, start_date='2030-01-02', end_date='2030-01-01']": "its end, 2030-01-01 00:00:00, is before the first time, 2030-01-02 00:00:00: it never runs",
		"cron[hour='3', end_date='2025-01-01']":                             "its end, 2025-01-01 00:00:00, has gone by: it does not run any more",
		"cron[hour='3', only='2020-01-01']":                                 "none of its times in the next hundred years is on a day that exclude and only leave: it never runs",
		"and[cron[hour='1'], cron[hour='2']]":                               "no moment was found at which all of its triggers are due, among the next 10,000 times of them or in a hundred years: it never runs",
		"and[cron[hour='1'], cron[hour='1', end_date='2020-01-01']]":        "its end, 2020-01-01 00:00:00, has gone by: it does not run any more",
		"or[]":                           "there is no trigger in it: it never runs",
		"cron[month='2', day='30']":      "no date matches all fields from now on: it never runs",
		"date[2020-01-01]":               "",
		"or[cron[hour=1], cron[hour=2]]": "",
	} {
		trig, err := trigger.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		var got []string
		for _, w := range trigger.Warnings(trig, now) {
			got = append(got, w.Text)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s:\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestWeeksAreCounted(t *testing.T) {
	for week, want := range map[string]string{"53": "in ISO week 53, UTC", "1,53": "in ISO weeks 1 and 53, UTC"} {
		trig, err := trigger.Cron(trigger.CronFields{Week: week})
		if err != nil || !strings.HasSuffix(trigger.Describe(trig), want) {
			t.Errorf("%s: got %v, %v, want %s", week, trigger.Describe(trig), err, want)
		}
	}
}

// TestZoneNames: each name that can be suggested can be loaded.
func TestZoneNames(t *testing.T) {
	data, err := os.ReadFile("zones.txt")
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Fields(string(data))
	if len(names) < 500 || !slices.IsSorted(names) {
		t.Errorf("%d names, sorted: %v", len(names), slices.IsSorted(names))
	}
	for _, name := range names {
		if _, err := time.LoadLocation(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestZoneOfAnOffset: the zone of an RFC 3339 text is its offset, not that of
// the machine.
func TestZoneOfAnOffset(t *testing.T) {
	at, err := time.Parse(time.RFC3339, "2030-01-31T12:00:00+04:30")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := trigger.At(at).String(), "date[2030-01-31T12:00:00+04:30, timezone='+04:30']"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
