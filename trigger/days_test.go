package trigger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// event is an iCalendar file with one event.
func event(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

func TestICalendarDays(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"one day":          {event("DTSTART;VALUE=DATE:20261225"), "2026-12-25"},
		"up to the end":    {event("DTSTART:20261224", "DTEND:20261227"), "2026-12-24..2026-12-26"},
		"for a duration":   {event("DTSTART:20261224", "DURATION:P1W"), "2026-12-24..2026-12-30"},
		"from midnight on": {event("DTSTART;TZID=Europe/Berlin:20261224T000000"), "2026-12-24"},
		"folded":           {event("DTSTART;VALUE=", " DATE:20261225", "SUMMARY:Christ", " mas"), "2026-12-25"},
		"with an alarm":    {event("DTSTART:20261225", "BEGIN:VALARM", "DURATION:PT5M", "END:VALARM"), "2026-12-25"},
		"every year":       {event("DTSTART:20201225", "DTEND:20201227", "RRULE:FREQ=YEARLY"), "12-25,12-26"},
		"a weekday":        {event("DTSTART:20201126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), "4th thu nov"},
		"the last weekday": {event("DTSTART:20200525", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"), "last mon may"},
		"three times":      {event("DTSTART:20200501", "RRULE:FREQ=YEARLY;COUNT=3", "EXDATE:20210501"), "2020-05-01,2022-05-01"},
		"until":            {event("DTSTART:20240229", "RRULE:FREQ=YEARLY;UNTIL=20290101T000000Z"), "2024-02-29,2028-02-29"},
	} {
		days, err := trigger.ParseICalendar(test.text)
		if err != nil || days.String() != test.want {
			t.Errorf("%s: got %v, %v, want %s", name, days, err, test.want)
		}
	}
}

func TestICalendarErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		event("DTSTART:20261225T120000"):                          "3: ",
		event("SUMMARY:x", "DTSTART:2026-12-25"):                  "4: ",
		event("SUMMARY:x"):                                        "2: ",
		event("DTSTART:20261225", "RRULE:FREQ=WEEKLY"):            "4: ",
		event("DTSTART:20261225", "RRULE:FREQ=YEARLY;BYDAY=MO"):   "4: ",
		event("DTSTART:20261225", "RRULE:FREQ=YEARLY;INTERVAL=2"): "4: ",
		event("DTSTART:20261225", "RDATE:20271225"):               "4: ",
		"BEGIN:VEVENT\nDTSTART:20261225\n":                        "1: ",
		"":                                                        "1: ",
	} {
		if days, err := trigger.ParseICalendar(text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want an error of line %s", text, days, err, want)
		}
	}
}

func TestHolidays(t *testing.T) {
	for text, want := range map[string]string{
		"cron[hour='9', exclude='12-25,12-26']":                                "12-24T09 12-27T09 12-28T09",
		"cron[hour='9', only='12-25,2027-01-01..2027-01-02']":                  "12-25T09 01-01T09 01-02T09",
		"cron[hour='9', only='12-24..12-26', exclude='12-25']":                 "error",
		"cron[hour='9', only='2026-12-24..2026-12-26', exclude='12-25']":       "12-24T09 12-26T09 none",
		"interval[6:00:00, start_date='2026-12-24 01:00:00', exclude='12-25']": "12-24T01 12-24T07 12-24T13 12-24T19 12-26T01",
		"interval[6:00:00, exclude='12-25']":                                   "12-24T06 12-24T12 12-24T18 12-26T00",
		"cron[hour='0', timezone='Asia/Tokyo', exclude='12-25']":               "12-25T15 12-26T15",
		"cron[month='11', day_of_week='thu', only='4th thu nov']":              "11-25T00 11-23T00",
		"cron[hour='*', only='2020-01-01']":                                    "none",
	} {
		trig, err := trigger.Parse(text)
		if err != nil {
			if want != "error" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		var got []string
		var prev time.Time
		now := time.Date(2026, 12, 24, 0, 0, 0, 0, time.UTC)
		for range strings.Fields(want) {
			next := trig.Next(prev, now)
			if next.IsZero() {
				got = append(got, "none")
				break
			}
			got = append(got, next.UTC().Format("01-02T15"))
			prev = next
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", text, got, want)
		}
	}
}

func TestDelaysAreTheSameEverywhere(t *testing.T) {
	slot := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	splay := trigger.Splay(trigger.EveryFrom(slot, time.Minute), 10*time.Second)
	jitter := trigger.Jitter(trigger.EveryFrom(slot, time.Minute), 10*time.Second)
	seen := map[time.Duration]bool{}
	for i := range 1000 {
		key, next := fmt.Sprint("job", i), slot.Add(time.Duration(i)*time.Minute)
		own := trigger.Delay(splay, slot, key)
		if own != trigger.Delay(splay, next, key) {
			t.Fatalf("the splay of %s changes", key)
		}
		random := trigger.Delay(jitter, next, "job")
		if own < 0 || own > 10*time.Second || random < 0 || random > 10*time.Second {
			t.Fatalf("delays of %v and %v", own, random)
		}
		seen[own.Truncate(time.Second)], seen[random.Truncate(time.Second)+time.Hour] = true, true
	}
	if len(seen) < 20 {
		t.Errorf("the delays fall into %d of 20 seconds", len(seen))
	}
	// Schedulers of all versions must agree on these.
	for trig, want := range map[trigger.Trigger]int64{jitter: 8503974, splay: 9897716} {
		if got := trigger.Delay(trig, slot, "job").Microseconds(); got != want {
			t.Errorf("%v: a delay of %d us, want %d", trig, got, want)
		}
	}
}
