package service_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// calendar is what the jobs of a file do in a stretch of time, which begins at
// midnight UTC on 2000-01-01, when the clock of the bubble does.
func calendar(t *testing.T, jobs string, stretch time.Duration, parts int, paused ...string) service.Calendar {
	t.Helper()
	d := newJobDaemon(t, "a", memory.New(memory.Options{}), &notes{}, files(t, jobs))
	for _, id := range paused {
		if _, err := d.Pause(t.Context(), service.Ref{ID: id}); err != nil {
			t.Fatal(err)
		}
	}
	from := time.Now()
	c, err := d.Calendar(t.Context(), from, from.Add(stretch), parts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCalendarHasWhatIsDueByItsFirstTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := calendar(t, `
[job:noon]
crontab = 0 12 * * *
command = x
[job:hourly]
crontab = 30 * * * *
command = x
[job:later]
trigger = date
run_date = 2000-01-02 00:00:00
command = x
[job:paused]
crontab = * * * * *
command = x
`, 24*time.Hour, 24, "paused")
		var got []string
		for _, p := range c.Jobs {
			got = append(got, fmt.Sprintf("%s %d %v %d %s", p.ID, p.Count, p.Estimated, len(p.Times), p.Times[0].Format(time.TimeOnly)))
		}
		want := []string{"hourly 24 false 10 00:30:00", "noon 1 false 1 12:00:00"} // the end is not in it
		if !slices.Equal(got, want) {
			t.Errorf("the calendar has %q, want %q", got, want)
		}
		for i, n := range c.Parts {
			if want := map[int]int{12: 2}[i]; n != max(want, 1) {
				t.Errorf("%d times in hour %d", n, i)
			}
		}
	})
}

// A job of each second is counted for a while, and then reckoned: the sums are right.
func TestCalendarEstimatesWhatIsDueAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const hours = 7 * 24
		c := calendar(t, "[job:busy]\ntrigger = interval\nseconds = 1\nstart_date = 2000-01-01 00:00:00.5\ncommand = x\n", hours*time.Hour, hours)
		if len(c.Jobs) != 1 || !c.Jobs[0].Estimated || c.Jobs[0].Count != hours*3600 {
			t.Fatalf("the calendar has %+v, want one job with %d times", c.Jobs, hours*3600)
		}
		for i, n := range c.Parts {
			if n != 3600 {
				t.Fatalf("%d times in hour %d, want 3600", n, i)
			}
		}
	})
}

func TestCalendarSaysWhatAChangeOfClocksDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 3, 25, 12, 0, 0, 0, time.UTC)))
		jobs := "[job:night]\ncrontab = 30 2 * * *\ntimezone = Europe/Berlin\ncommand = x\n[job:day]\ncrontab = 0 14 * * *\ntimezone = Europe/Berlin\ncommand = x\n"
		c := calendar(t, jobs, 24*time.Hour, 1)
		if len(c.Jobs) != 2 {
			t.Errorf("the calendar has %+v, want both", c.Jobs)
		}
		for _, p := range c.Jobs {
			if p.ID == "night" && (len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "skip 2000-03-26 02:30:00")) || p.ID == "day" && len(p.Warnings) > 0 {
				t.Errorf("%s is told %q", p.ID, p.Warnings)
			}
			if _, offset := p.Times[0].Zone(); offset == 0 {
				t.Errorf("%s has its times in %v, want the job's zone", p.ID, p.Times[0].Location())
			}
		}
		if c := calendar(t, jobs, 12*time.Hour, 1); len(c.Jobs) != 1 || len(c.Jobs[0].Warnings) > 0 {
			t.Errorf("before the change there are %+v", c.Jobs)
		}
	})
}

// BenchmarkCalendar has ten thousand jobs, each due every quarter of an hour, for a week.
func BenchmarkCalendar(b *testing.B) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "[job:j%d]\ncrontab = */15 * * * *\ncommand = x\n", i)
	}
	d := newJobDaemon(b, "a", memory.New(memory.Options{}), &notes{}, files(b, text.String()))
	for b.Loop() {
		from := time.Now()
		if c, err := d.Calendar(b.Context(), from, from.Add(7*24*time.Hour), 168); err != nil || len(c.Jobs) != 10_000 {
			b.Fatal(len(c.Jobs), err)
		}
	}
}
