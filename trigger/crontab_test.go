package trigger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func TestCrontab(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"0 0 * * 0", "01-05 00:00, 01-12 00:00, 01-19 00:00"},
		{"0 0 * * 7", "01-05 00:00, 01-12 00:00, 01-19 00:00"},
		{"0 0 * * sun", "01-05 00:00, 01-12 00:00, 01-19 00:00"},
		{"0 0 * * 5-7", "01-03 00:00, 01-04 00:00, 01-05 00:00"},
		{"0 0 * * fri-mon", "01-03 00:00, 01-04 00:00, 01-05 00:00"},
		{"0 0 * * 7-2", "01-05 00:00, 01-06 00:00, 01-07 00:00"},
		{"0 0 * * */2", "01-02 00:00, 01-04 00:00, 01-05 00:00"},
		{"0 0 13 * 5", "01-03 00:00, 01-10 00:00, 01-13 00:00"},
		{"0 0 */10 * 1", "03-31 00:00, 04-21 00:00, 07-21 00:00"},
		{"0 22-2/2 * * *", "01-01 00:00, 01-01 02:00, 01-01 22:00"},
		{"0 0 28-2 * *", "01-01 00:00, 01-02 00:00, 01-28 00:00"},
		{"0 0 1 nov-feb *", "01-01 00:00, 02-01 00:00, 11-01 00:00"},
		{"0 0 L * *", "01-31 00:00, 02-28 00:00, 03-31 00:00"},
		{"0 0 * * 5L", "01-31 00:00, 02-28 00:00, 03-28 00:00"},
		{"0 0 * * tue#2", "01-14 00:00, 02-11 00:00, 03-11 00:00"},
		{"0 0 * * mon,tue#2", "01-06 00:00, 01-13 00:00, 01-14 00:00"},
		{"0 0 15 * fril", "01-15 00:00, 01-31 00:00, 02-15 00:00"},
		{"0 0 last * *", "01-31 00:00, 02-28 00:00, 03-31 00:00"},
		{"*/90 * * * *", "01-01 00:00, 01-01 01:00, 01-01 02:00"},
		{"50/5 0 * * *", "01-01 00:50, 01-01 00:55, 01-02 00:50"},
		{"0,30 0 ? * *", "01-01 00:00, 01-01 00:30, 01-02 00:00"},
		{"@hourly", "01-01 00:00, 01-01 01:00, 01-01 02:00"},
		{"@daily", "01-01 00:00, 01-02 00:00, 01-03 00:00"},
		{"@midnight", "01-01 00:00, 01-02 00:00, 01-03 00:00"},
		{"@weekly", "01-05 00:00, 01-12 00:00, 01-19 00:00"},
		{"@monthly", "01-01 00:00, 02-01 00:00, 03-01 00:00"},
		{"@Yearly", "01-01 00:00, 01-01 00:00, 01-01 00:00"},
		{"\t5  4\t* * * ", "01-01 04:05, 01-02 04:05, 01-03 04:05"},
	} {
		trig, err := trigger.Crontab(test.line)
		if err != nil {
			t.Errorf("%q: %v", test.line, err)
			continue
		}
		var got []string
		prev := time.Time{}
		for range 3 {
			prev = trig.Next(prev, time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC))
			got = append(got, prev.Format("01-02 15:04"))
		}
		if text := strings.Join(got, ", "); text != test.want {
			t.Errorf("%q: got %s, want %s", test.line, text, test.want)
		}
	}
}

func TestCrontabErrors(t *testing.T) {
	for _, test := range []struct {
		line   string
		offset int
	}{
		{"", 0}, {"0 0 * *", 7}, {"0 0 0 * * *", 10}, {"60 * * * *", 0}, {"0 24 * * *", 2}, {"0 0 0 * *", 4},
		{"0 0 * 13 *", 6}, {"0 0 * * 8", 8}, {"0 0 * * monday", 8}, {"0 0 * january *", 6}, {"1,,2 * * * *", 2},
		{"1- * * * *", 2}, {"*/0 * * * *", 2}, {"*/x * * * *", 2}, {"5x * * * *", 1}, {"*5 * * * *", 1},
		{"0 0 * * 5#6", 10}, {"@fortnightly", 0}, {"@reboot", 0}, {"H,5 * * * *", 1}, {"H(1 * * * *", 3},
		{"H(5-1) * * * *", 6}, {"0 0 1 H *", 7}, {"0 0 H * 1", 8}, {"1~2~3 * * * *", 3}, {"0 0 W * *", 4},
	} {
		_, err := trigger.Crontab(test.line)
		var syntax *trigger.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset != test.offset {
			t.Errorf("%q: got %v, want an error at byte %d", test.line, err, test.offset)
		}
	}
}

// What H and ~ leave open is spread by key, in the range, always alike.
func TestCrontabSpread(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		line        string
		first, last string
		least       int // how many different times 1,000 jobs have at least
	}{
		{"H * * * *", "01-01 00:00", "01-01 00:59", 60},
		{"H H * * *", "01-01 00:00", "01-01 23:59", 600},
		{"H H(0-5) * * *", "01-01 00:00", "01-01 05:59", 250},
		{"H/15 * * * *", "01-01 00:00", "01-01 00:14", 15},
		{"H/7 * * * *", "01-01 00:00", "01-01 00:03", 4},
		{"20~30 3 * * *", "01-01 03:20", "01-01 03:30", 11},
		{"~ 3 * * *", "01-01 03:00", "01-01 03:59", 60},
		{"0 0 H * *", "01-01 00:00", "01-28 00:00", 28},
		{"0 0 * * H", "01-05 00:00", "01-11 00:00", 7},
	} {
		trig, err := trigger.Crontab(test.line)
		if err != nil {
			t.Fatal(err)
		}
		slot := trig.Next(time.Time{}, now)
		seen := map[string]bool{}
		for i := range 1000 {
			key := fmt.Sprintf("job-%d", i)
			delay := trigger.Delay(trig, slot, key)
			if again := trigger.Delay(trig, slot, key); again != delay {
				t.Fatalf("%s: %v and then %v for %s", test.line, delay, again, key)
			}
			due := slot.Add(delay).Format("01-02 15:04")
			if due < test.first || due > test.last {
				t.Fatalf("%s: due %s, want %s to %s", test.line, due, test.first, test.last)
			}
			seen[due] = true
		}
		if len(seen) < test.least {
			t.Errorf("%s: %d different times, want at least %d", test.line, len(seen), test.least)
		}
	}
}

func TestWarnings(t *testing.T) {
	now := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ line, zone, want string }{
		{"* 2 * * *", "UTC", "every-minute"},
		{"0 2 * * *", "UTC", ""},
		{"* * * * *", "Europe/Berlin", ""},
		{"0 0 13 * 5", "UTC", "either-day"},
		{"0 0 */2 * 1", "UTC", "step-of-star"},
		{"*/7 * * * *", "UTC", "uneven-step"},
		{"*/15 */6 * * *", "Europe/Berlin", ""},
		{"30 2 * * *", "Europe/Berlin", "skipped repeated"},
		{"*/20 2 * * *", "Europe/Berlin", "skipped"},
		{"30 1 * * *", "America/New_York", "repeated"},
		{"0 0 30 2 *", "UTC", "never"},
	} {
		zone, err := trigger.LoadZone(test.zone)
		if err != nil {
			t.Fatal(err)
		}
		trig, err := trigger.Crontab(test.line, trigger.In(zone))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range trigger.Warnings(trig, now) {
			got = append(got, w.Code)
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%q: got %q, want %q", test.line, text, test.want)
		}
	}
}

// TestASkippedTimeIsFoundAtTheChangeItself: what is made up for right after the
// clocks have skipped it is due at that moment, so who asks from there on finds it.
func TestASkippedTimeIsFoundAtTheChangeItself(t *testing.T) {
	change := time.Date(2000, 3, 26, 1, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"crontab['30 2 * * *', timezone='Europe/Berlin']":           change,
		"crontab['0 3 * * *', timezone='Europe/Berlin']":            change,
		"crontab['30 2 * * *', timezone='Europe/Berlin', dst=skip]": change.Add(23*time.Hour + 30*time.Minute),
		"crontab['30 1 * * *', timezone='Europe/Berlin']":           change.Add(22*time.Hour + 30*time.Minute),
		"cron[hour='2', timezone='Europe/Berlin']":                  change,
	} {
		trig := parse(text)
		if got := trig.Next(time.Time{}, change); !got.Equal(want) {
			t.Errorf("%s from the change on: %v, want %v", text, got, want)
		}
		if got := trig.Next(change, change); !got.After(change) {
			t.Errorf("%s after the change: %v again", text, got)
		}
	}
}
