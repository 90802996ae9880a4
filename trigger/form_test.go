package trigger_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// anyTrigger draws a trigger of any kind, with anything around it.
func anyTrigger(t *rapid.T, depth int) trigger.Trigger {
	kinds := []string{"date", "interval", "cron", "crontab", "calendarinterval"}
	if depth < 2 {
		kinds = append(kinds, "and", "or")
	}
	zone := drawZone(t)
	at := drawTime(t).In(zone.Location())
	var trig trigger.Trigger
	var err error
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "date":
		trig = trigger.At(at)
	case "interval":
		trig = trigger.EveryFrom(at, time.Duration(rapid.Int64Range(1000, 1e17).Draw(t, "every")))
	case "cron":
		trig, err = trigger.Cron(trigger.CronFields{
			Day:    rapid.SampledFrom([]string{"", "last", "2nd tue,last fri", "1-10/3"}).Draw(t, "day"),
			Hour:   rapid.SampledFrom([]string{"", "*", "*/5", "1,2,3"}).Draw(t, "hour"),
			Second: rapid.SampledFrom([]string{"", "*/20", "7"}).Draw(t, "second"),
		}, trigger.In(zone))
	case "crontab":
		trig, err = trigger.Crontab(rapid.SampledFrom([]string{"@daily", "30 2 * * 1-5", "H 3 1,15 * *"}).Draw(t, "line"),
			trigger.In(zone))
	case "calendarinterval":
		step := trigger.Period{Months: rapid.IntRange(0, 30).Draw(t, "months"), Days: rapid.IntRange(1, 40).Draw(t, "days")}
		trig = trigger.CalendarInterval(step, trigger.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: 30}, at, zone)
	case "and":
		threshold := time.Duration(rapid.IntRange(0, 3).Draw(t, "threshold")) * time.Second
		trig = trigger.AndWithin(threshold, anyTrigger(t, depth+1), anyTrigger(t, depth+1))
	case "or":
		trig = trigger.Or(anyTrigger(t, depth+1), anyTrigger(t, depth+1))
	}
	if err != nil {
		t.Fatal(err)
	}
	return drawAround(t, trig)
}

func drawAround(t *rapid.T, trig trigger.Trigger) trigger.Trigger {
	for range rapid.IntRange(0, 3).Draw(t, "around") {
		switch rapid.IntRange(0, 4).Draw(t, "what") {
		case 0:
			start := drawTime(t)
			trig = trigger.Between(trig, start, start.Add(time.Hour*time.Duration(rapid.IntRange(0, 1e5).Draw(t, "hours"))))
		case 1:
			trig = trigger.Jitter(trig, time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "jitter")))
		case 2:
			trig = trigger.Splay(trig, time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "splay")))
		case 3:
			trig = trigger.Exclude(trig, drawDays(t))
		case 4:
			trig = trigger.Only(trig, drawDays(t))
		}
	}
	return trig
}

func drawDays(t *rapid.T) *trigger.Days {
	days, err := trigger.ParseDays(rapid.SampledFrom([]string{
		"2026-12-24..2027-01-01", "02-29", "4th thu nov,12-25", "2030-01-01, 2030-01-02",
	}).Draw(t, "list"))
	if err != nil {
		t.Fatal(err)
	}
	return days
}

func drawZone(t *rapid.T) *trigger.Zone {
	zone, err := trigger.LoadZone(rapid.SampledFrom([]string{
		"UTC", "Europe/Berlin", "Australia/Lord_Howe", "+05:30", "America/New_York",
	}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func drawTime(t *rapid.T) time.Time {
	return time.UnixMicro(rapid.Int64Range(1e15, 3e15).Draw(t, "time"))
}

// TestFormsKeepEverything: what is read from either form has the same forms,
// the same times and the same delays.
func TestFormsKeepEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trig := anyTrigger(t, 0)
		fromText, err := trigger.Parse(trig.String())
		if err != nil {
			t.Fatalf("%v: %v", trig, err)
		}
		data, err := trigger.Encode(trig)
		if err != nil {
			t.Fatal(err)
		}
		fromJSON, err := trigger.Decode(data)
		if err != nil {
			t.Fatalf("%s: %v", data, err)
		}
		var prev time.Time
		now := drawTime(t)
		for range 3 {
			next := trig.Next(prev, now)
			for _, other := range []trigger.Trigger{fromText, fromJSON} {
				got := other.Next(prev, now)
				if !got.Equal(next) || other.String() != trig.String() ||
					trigger.Delay(other, got, "job") != trigger.Delay(trig, next, "job") {
					t.Fatalf("read again as %v, then %v instead of\n%v, then %v", other, got, trig, next)
				}
			}
			if next.IsZero() {
				return
			}
			prev = next
		}
	})
}

// TestNextIsLater: with a previous time the next one is later, and asking
// from any moment between the two gives the same.
func TestNextIsLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trig := anyTrigger(t, 1)
		prev := drawTime(t)
		next := trig.Next(prev, prev)
		if next.IsZero() {
			return
		}
		if !next.After(prev) || next.Nanosecond()%1000 != 0 {
			t.Fatalf("%v: %v follows %v", trig, next, prev)
		}
		between := prev.Add(next.Sub(prev) / 2).Truncate(time.Microsecond)
		if got := trig.Next(between, between); between.Before(next) && !got.Equal(next) {
			t.Fatalf("%v: after %v comes %v, but after %v, in between, %v", trig, prev, next, between, got)
		}
	})
}

func TestErrorsPointAtTheCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"corn[hour='3']":                         "character 1",
		"cron(hour='3')":                         "character 5",
		"cron[hour='3'":                          "character 14",
		"cron[hour='3' minute='1']":              "character 15",
		"cron[hour='3]":                          "character 11",
		"cron[hour='3'] x":                       "character 16",
		"cron[minute='0,x']":                     `minute="0,x", character 3`,
		"interval[five]":                         `every="five", character 1`,
		"interval[0:05:00, start_date='2025-1']": `start_date="2025-1", character 7`,
		"date[2025-02-29]":                       "28 days",
		"and[]":                                  "at least one",
		"and[interval[0:05:00]]":                 "start_date is needed",
		"cron[hour='3', jitter='-1']":            `jitter="-1", character 1`,
		"cron[hour='3', jitetr='1']":             "character 16: trigger cron has no option jitetr; did you mean jitter?",
		"cron[hour='3', hour='4']":               "character 16: hour is given twice",
		"cron[hour='3', exclude='12-25,13-01']":  `exclude="12-25,13-01", character 7`,
		"cron[hour='3', timezone='Mars/Base']":   `timezone="Mars/Base", character 1: there is no such time zone`,
	} {
		if trig, err := trigger.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v; want an error with %q", text, trig, err, want)
		}
	}
	for _, text := range []string{"", "{", "[]", `{"trigger":"date"`, `{"trigger":"date","run_date":true}`, `{"trigger":"date"}}`,
		`{"triggers":[]}`, `{"trigger":"or","triggers":[{]}`, "{\"trigger\":\"da\nte\"}", `{"trigger":"date","run_date":"\x"}`} {
		var syntax *trigger.SyntaxError
		if trig, err := trigger.Decode([]byte(text)); !errors.As(err, &syntax) {
			t.Errorf("%s: got %v, %v; want a SyntaxError", text, trig, err)
		}
	}
}

func TestJSONByHand(t *testing.T) {
	trig, err := trigger.Decode([]byte(` { "trigger" : "interval", "hours": 1.5, "start_date": "2025-01-01", "jitter": null } `))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := trig.String(), "interval[1:30:00, start_date='2025-01-01T00:00:00Z']"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"date[2030-01-31T12:00:00Z]", "interval[1 day, 0:05:00, start_date='2030-01-01']",
		"and[cron[day='last'], or[crontab['30 2 * * *']], threshold='1s']", "cron[hour=5, exclude='12-25']",
		"calendarinterval[months='1', start_date='2025-01-31', only='4th thu nov']", `cron[hour='\'']`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if trig, err := trigger.Parse(text); err == nil {
			checkForms(t, trig)
			_ = trigger.Describe(trig)
		} else if err.Error() == "" {
			t.Error("an error without a word")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"trigger":"cron","hour":"5","timezone":"Europe/Berlin","jitter":"10s"}`))
	f.Add([]byte(`{"trigger":"or","triggers":[{"trigger":"date","run_date":"2030-01-31"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if trig, err := trigger.Decode(data); err == nil {
			checkForms(t, trig)
		}
	})
}

func FuzzParseICalendar(f *testing.F) {
	f.Add("BEGIN:VEVENT\nDTSTART:20201225\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH\nEND:VEVENT\n")
	f.Fuzz(func(t *testing.T, text string) {
		days, err := trigger.ParseICalendar(text)
		if err != nil {
			return
		}
		if again, err := trigger.ParseDays(days.String()); err != nil || again.String() != days.String() {
			t.Errorf("%s is read as %v, %v", days, again, err)
		}
	})
}

func BenchmarkForms(b *testing.B) {
	zone, err := trigger.LoadZone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	cron, err := trigger.Cron(trigger.CronFields{Hour: "5", Minute: "*/20"}, trigger.In(zone))
	if err != nil {
		b.Fatal(err)
	}
	for name, trig := range map[string]trigger.Trigger{
		"interval": trigger.Jitter(trigger.EveryFrom(time.Unix(1e9, 0).UTC(), time.Second), time.Second), "cron": cron,
	} {
		data, err := trigger.Encode(trig)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("encode "+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = trigger.Encode(trig)
			}
		})
		b.Run("decode "+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = trigger.Decode(data)
			}
		})
		b.Run("next "+name, func(b *testing.B) {
			b.ReportAllocs()
			now := time.Unix(1.7e9, 0)
			for b.Loop() {
				now = trig.Next(now, now)
			}
		})
	}
}

// TestFractionsAreKept: with compat=apscheduler3 a short fraction is another
// number, so what is written must not be one.
func TestFractionsAreKept(t *testing.T) {
	for _, compat := range []string{"", "apscheduler3"} {
		trig, err := trigger.FromOptions([]trigger.Option{
			{Key: "trigger", Value: "interval"}, {Key: "minutes", Value: "5"},
			{Key: "start_date", Value: "2030-01-01T00:00:00.250000Z"}, {Key: "compat", Value: compat},
		}, trigger.Defaults{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := trigger.Parse(trig.String())
		if err != nil {
			t.Fatal(err)
		}
		first := time.Date(2030, 1, 1, 0, 0, 0, 250e6, time.UTC)
		if next := again.Next(time.Time{}, first.Add(-time.Hour)); !next.Equal(first) {
			t.Errorf("%v is read as %v: it begins at %v, want %v", trig, again, next, first)
		}
	}
}
