package ownschedule_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/examples/ownschedule"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/schedule/scheduletest"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

// berlin is a time of the office, such as "2026-03-27 12:00".
func berlin(t *testing.T, text string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// times are several of them.
func times(t *testing.T, texts ...string) (all []time.Time) {
	t.Helper()
	for _, text := range texts {
		all = append(all, berlin(t, text))
	}
	return all
}

// play has a maker make reports from some time on. Nobody waits for the days
// that a story lasts: the clock jumps to when something is due.
func play(t *testing.T, from string, maker ownschedule.Maker, story func(*scheduletest.Player)) {
	t.Helper()
	reports := ownschedule.NewReports(maker)
	options := func() schedule.Options {
		return schedule.Options{Store: memory.New(memory.Options{}), Executor: reports.Executor()}
	}
	scheduletest.Play(t, berlin(t, from), options, func(p *scheduletest.Player) {
		if err := reports.Declare(context.Background(), p.Scheduler); err != nil {
			t.Fatal(err)
		}
		story(p)
	})
}

// works makes every report at once.
func works(context.Context, string, time.Time) error { return nil }

const day = 24 * time.Hour

func TestBooksAreClosedOnceADayWhenTheClocksChange(t *testing.T) {
	play(t, "2026-03-27 12:00", works, func(p *scheduletest.Player) {
		p.Wait(3 * day)
		// On the 29th there is no half past two: it is closed right after the gap.
		p.WantRuns("books", times(t, "2026-03-28 02:30", "2026-03-29 03:00", "2026-03-30 02:30")...)
	})
	play(t, "2026-10-23 12:00", works, func(p *scheduletest.Player) {
		p.Wait(3 * day)
		// On the 25th there are two: the first counts.
		second := berlin(t, "2026-10-25 03:30").Add(-time.Hour)
		first := second.Add(-time.Hour)
		p.WantRuns("books", berlin(t, "2026-10-24 02:30"), first, berlin(t, "2026-10-26 02:30"))
	})
}

func TestBooksOfDaysWithoutPowerAreClosedLater(t *testing.T) {
	var late []time.Duration
	maker := func(_ context.Context, kind string, of time.Time) error {
		if kind == "books" {
			late = append(late, time.Since(of).Round(time.Hour))
		}
		return nil
	}
	play(t, "2026-06-01 12:30", maker, func(p *scheduletest.Player) {
		p.Off(3 * day)
		p.Wait(time.Minute)
		p.WantRuns("books", times(t, "2026-06-02 02:30", "2026-06-03 02:30", "2026-06-04 02:30")...)
		if diff := cmp.Diff([]time.Duration{58 * time.Hour, 34 * time.Hour, 10 * time.Hour}, late); diff != "" {
			t.Errorf("how late they were closed (-want +got):\n%s", diff)
		}
	})
}

func TestNewsOfADayWithoutPowerIsNone(t *testing.T) {
	play(t, "2026-06-01 16:30", works, func(p *scheduletest.Player) {
		p.Wait(time.Hour)
		p.Off(25 * time.Hour)
		p.Wait(time.Minute)
		p.WantRuns("news", berlin(t, "2026-06-01 17:00"))
		missed := 0
		for _, run := range p.History("news") {
			if run.Outcome.Kind != job.Missed {
				continue
			}
			missed += run.Skipped.Count
			if run.Skipped.Reason != job.TooLate {
				t.Errorf("%s was skipped: %s", run.ID, run.Skipped.Reason)
			}
		}
		if missed != 9 {
			t.Errorf("the history tells of %d that are missed, want all 9 of the day", missed)
		}
	})
}

func TestNewsIsForWorkingHours(t *testing.T) {
	play(t, "2026-06-05 15:30", works, func(p *scheduletest.Player) { // a Friday
		p.Until(berlin(t, "2026-06-08 10:30"))
		p.WantRuns("news", times(t, "2026-06-05 16:00", "2026-06-05 17:00", "2026-06-08 09:00", "2026-06-08 10:00")...)
	})
}

func TestBooksAreTriedAgain(t *testing.T) {
	var tried []string
	maker := func(context.Context, string, time.Time) error {
		tried = append(tried, time.Now().UTC().Format("15:04"))
		if len(tried) < 4 {
			return errors.New("the database is away")
		}
		return nil
	}
	play(t, "2026-06-06 12:00", maker, func(p *scheduletest.Player) { // no news on a Sunday
		p.Wait(day)
		want := []string{"00:30", "00:31", "00:33", "00:37"} // in UTC; after one, two and four minutes
		if diff := cmp.Diff(want, tried); diff != "" {
			t.Errorf("attempts (-want +got):\n%s", diff)
		}
		if h := p.History("books"); len(h) != 1 || h[0].Outcome.Kind != job.Succeeded || h[0].Attempt != 4 {
			t.Errorf("the history is %+v", h)
		}
	})
}
