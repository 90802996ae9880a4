package trigger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// TestOddInputs: what people try is answered in one line that says what would
// be right.
func TestOddInputs(t *testing.T) {
	for line, want := range map[string]string{
		"trigger=cron  hour=17-9":                          `hour="17-9", character 1: a range goes from the lower to the higher value; write two ranges, as in 17-23,0-9`,
		"trigger=cron  day_of_week=sun-mon":                `day_of_week="sun-mon", character 1: a range goes from the lower to the higher value; write two ranges, as in sun,mon`,
		"trigger=cron  hour=٣":                             `hour="٣", character 1: want 0 to 23`,
		"trigger=cron  hour=*/0":                           `hour="*/0", character 3: a step of 0 goes nowhere; want 1 or more`,
		"trigger=cron  minute=H":                           `minute="H", character 1: want 0 to 59; H and ~ are for crontab=LINE`,
		"trigger=cron  minute=0~30":                        `minute="0~30", character 2: "~30" is not understood; want a value, a range such as 1-5, or a step such as 1-5/2; H and ~ are for crontab=LINE`,
		"trigger=cron  month=January":                      `month="January", character 1: want 1 to 12 or jan to dec; did you mean jan?`,
		"trigger=cron  day=last friday":                    `day="last friday", character 6: want a weekday: mon, tue, wed, thu, fri, sat or sun; did you mean fri?`,
		"trigger=cron  year=99999999999999999999":          `year="99999999999999999999", character 1: 99999999999999999999 is out of range; want 1970 to 9999`,
		"trigger=cron  second=60":                          `second="60", character 1: 60 is out of range; want 0 to 59`,
		"trigger=cron  HOUR=3":                             `"HOUR=3", character 1: trigger cron has no option HOUR; did you mean hour?`,
		"trigger=cron  dow=mon":                            `"dow=mon", character 1: trigger cron has no option dow; did you mean day_of_week?`,
		"trigger=cron  hour=3  tz=UTC":                     `"tz=UTC", character 1: trigger cron has no option tz; did you mean timezone?`,
		"trigger=cron  hour=3  dst=Once":                   `dst="Once", character 1: want auto, once, skip, wall or all; did you mean once?`,
		"trigger=cron  hour=3  splay=1e30":                 `splay="1e30", character 1: it is longer than 292 years`,
		"trigger=cron  hour=3  jitter=-1e30":               `jitter="-1e30", character 1: it must not be negative`,
		"trigger=cron  hour=3  timezone=GMT+2":             `timezone="GMT+2", character 1: there is no such time zone; did you mean +02:00?`,
		"trigger=cron  hour=3  timezone=+5:30":             `timezone="+5:30", character 1: there is no such time zone; did you mean +05:30?`,
		"trigger=cron  hour=3  timezone=local":             `timezone="local", character 1: there is no such time zone; did you mean Local?`,
		"trigger=cron  hour=3  timezone=+25:00":            `timezone="+25:00", character 1: there is no such time zone; want a name such as Europe/Berlin, UTC, Local or an offset such as +02:00`,
		"trigger=cron  exclude=2026-12-24..2026-12-20":     `exclude="2026-12-24..2026-12-20", character 13: the range ends before it begins; it goes from the earlier to the later day`,
		"trigger=cron  exclude=2026-12-24 - 2026-12-26":    `exclude="2026-12-24 - 2026-12-26", character 11: nothing can follow a day but .. and the last one, as in 2025-12-24..2026-01-01`,
		"trigger=cron  exclude=2026-12-24T12:00:00":        `exclude="2026-12-24T12:00:00", character 11: nothing can follow a day but .. and the last one, as in 2025-12-24..2026-01-01`,
		"trigger=cron  exclude=1900-01-01..2030-01-01":     `exclude="1900-01-01..2030-01-01", character 13: a range is of a hundred years at most`,
		"trigger=cron  exclude=12-25..12-26":               `exclude="12-25..12-26", character 1: a range is expected here, of dates with years, such as 2025-12-24..2026-01-01`,
		"trigger=date  run_date=2016-12-31T23:59:60Z":      `run_date="2016-12-31T23:59:60Z", character 18: a second from 0 to 59 is expected here`,
		"trigger=date  run_date=2030-01-01T12:00:00+25:00": `run_date="2030-01-01T12:00:00+25:00", character 21: an offset such as +02:00 is expected here`,
		"trigger=date  run_date=10000-01-01":               `run_date="10000-01-01", character 5: "-" is expected here, as in 2030-01-31`,
		"trigger=interval  every=1d":                       `every="1d", character 1: a length of time is expected, such as 90 (seconds), 1h30m, 1:30:00 or 1 day, 0:00:00`,
		"trigger=or  triggers=cron[day=1,15]":              `triggers="cron[day=1,15]", character 12: an option such as jitter='10s' or a trigger is expected here; a value with a comma needs quotes`,
		"trigger=or  triggers=CRON[hour=1]":                `triggers="CRON[hour=1]", character 1: there is no trigger CRON; did you mean cron?`,
		"trigger=or  triggers=cron(hour=1)":                `triggers="cron(hour=1)", character 5: [ is expected here, as in cron[...]`,
		`trigger={"trigger":"cron","trigger":"date"}`:      `trigger="{\"trigger\":\"cron\",\"trigger\":\"date\"}", character 19: trigger is given twice`,
		`trigger={"trigger":"cron","hour":"2\u0035"}`:      `hour="25", character 1: 25 is out of range; want 0 to 23`,
		`trigger={"hour":3}`:                               `trigger="{\"hour\":3}", character 10: "trigger" is missing: one of date, interval, cron, crontab, calendarinterval, and, or`,
		"crontab=@daily 5":                                 `crontab="@daily 5", character 7: nothing can follow @daily`,
		"crontab=@reboot":                                  `crontab="@reboot", character 1: @reboot is no time; want @hourly, @daily, @weekly, @monthly or @yearly, or five fields`,
		"crontab=CRON_TZ=UTC 0 0 * * *":                    `crontab="CRON_TZ=UTC 0 0 * * *", character 1: the zone of a line is an option of its own, as in timezone=Europe/Berlin`,
		"crontab=12:00 * * * *":                            `crontab="12:00 * * * *", character 3: a time of day is given as minute and hour, as in 30 9 * * * for 9:30`,
		"crontab=H(5-1) * * * *":                           `crontab="H(5-1) * * * *", character 7: the range goes from the lower to the higher value`,
		"crontab=0 0 * January *":                          `crontab="0 0 * January *", character 7: want a month, 1 to 12 or jan to dec, a range such as jan-mar, or *; did you mean jan?`,
		"expr=0 9 * * *":                                   `"expr=0 9 * * *", character 1: trigger= is missing; did you mean crontab instead of expr?`,
	} {
		trig, err := trigger.FromOptions(options(line), trigger.Defaults{})
		if err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v, %v\nwant %s", line, trig, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error has several lines", line)
		}
	}
}

// TestOddInputsThatAreRead: what looks odd but can only mean one thing.
func TestOddInputsThatAreRead(t *testing.T) {
	for line, want := range map[string]string{
		"trigger=cron[hour = 3]":         "cron[hour='3']",
		"trigger=cron  month=JAN":        "cron[month='JAN']",
		"trigger=cron  only=4TH Thu nOV": "cron[only='4th thu nov']",
		"crontab=@Daily":                 "crontab['@Daily']",
	} {
		trig, err := trigger.FromOptions(options(line), trigger.Defaults{})
		if err != nil || trig.String() != want {
			t.Errorf("%s: got %v, %v, want %s", line, trig, err, want)
		}
	}
}

// TestIntervalsEndWithTheCalendar: no time is beyond the year 9999, which no
// form could hold.
func TestIntervalsEndWithTheCalendar(t *testing.T) {
	at := time.Date(9999, 12, 31, 12, 0, 0, 0, time.UTC)
	for _, trig := range []trigger.Trigger{trigger.EveryFrom(at, 24*time.Hour), trigger.Every(24 * time.Hour)} {
		if got := trig.Next(at, at); !got.IsZero() {
			t.Errorf("%v: after %v comes %v", trig, at, got)
		}
	}
}

// TestThresholdFromBetween: a previous time at which no part was due was
// matched with none, so it uses up no time.
func TestThresholdFromBetween(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	part := trigger.EveryFrom(start, 2*time.Second)
	trig := trigger.AndWithin(time.Minute, part, part)
	between := start.Add(time.Second)
	if got, want := trig.Next(between, between), start.Add(2*time.Second); !got.Equal(want) {
		t.Errorf("after %v comes %v, want %v", between, got, want)
	}
}

func TestNoFieldIsWarnedOf(t *testing.T) {
	trig, err := trigger.Cron(trigger.CronFields{})
	if err != nil {
		t.Fatal(err)
	}
	warnings := trigger.Warnings(trig, time.Unix(0, 0))
	if len(warnings) != 1 || warnings[0].Code != "every-second" {
		t.Errorf("got %v", warnings)
	}
}
