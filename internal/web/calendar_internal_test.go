package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// plannedLines are the jobs of a calendar, each with its first time and how many
// there are.
func plannedLines(t *testing.T, page *webtest.Node) []string {
	t.Helper()
	lines := []string{}
	for _, row := range page.One(t, "#planned").All("div.row") {
		lines = append(lines, row.One(t, ".c-name").Text()+": "+row.One(t, ".c-next").All("time")[0].Text()+" "+row.One(t, ".c-count").Text())
	}
	return lines
}

func TestCalendarHasWhatIsDue(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) { // it is 00:01
		day := []string{
			"quarter: 2000-01-01 00:15:00 UTC 95", "bad<&>: 2000-01-01 01:00:00 UTC 23",
			"berlin Backup of Berlin: 2000-01-01 03:00:00 CET 1", "long: 2000-01-01 06:00:00 UTC 1",
		}
		page := w.page("/calendar")
		if diff := cmp.Diff(day, plannedLines(t, page)); diff != "" {
			t.Errorf("a day (-want +got):\n%s", diff)
		}
		if got, want := texts(page.One(t, ".tiles").All("strong")), []string{"120", "4"}; cmp.Diff(want, got) != "" {
			t.Errorf("the sums are %q, want %q", got, want)
		}
		if n := len(page.One(t, "svg.bars").All("rect")); n != 95 {
			t.Errorf("%d quarters with something, want 95", n)
		}
		week := w.page("/calendar?span=week&q=BERLIN")
		if diff := cmp.Diff([]string{"berlin Backup of Berlin: 2000-01-01 03:00:00 CET 7"}, plannedLines(t, week)); diff != "" {
			t.Errorf("a week (-want +got):\n%s", diff)
		}
		if n := len(week.One(t, ".heat").All("svg[role=img]")); n < 7 || n > 8 {
			t.Errorf("a week of %d days", n)
		}
		part := w.page("/calendar?part=planned&q=nothing+like+this")
		if got := part.One(t, ".empty").Text(); !strings.Contains(got, "No job matches") {
			t.Errorf("it says %q", got)
		}
	})
}

func TestCalendarSaysWhereItCrowds(t *testing.T) {
	var conf strings.Builder
	conf.WriteString(someJobs)
	for i := range 12 {
		fmt.Fprintf(&conf, "[job:crowd%02d]\ncrontab=2 4 * * *\ncommand=ok\n", i)
	}
	withJobs(t, conf.String(), func(t *testing.T, w *jobWorld) {
		page := w.page("/calendar")
		card := page.One(t, "[aria-labelledby=crowds-head]").Text()
		for _, want := range []string{"14 runs", "such as bad<&>, crowd00, crowd01, crowd02"} {
			if !strings.Contains(card, want) {
				t.Errorf("it does not say %q: %s", want, card)
			}
		}
		if n := len(page.All("rect.crowd")); n != 1 {
			t.Errorf("%d bars stand out, want 1", n)
		}
	})
}

const zoned = `[supervisord]
logfile=$DIR/main.log
[scheduler]
state_directory=$DIR
timezone=UTC
[job:day]
crontab=0 13 * * *
timezone=Europe/Berlin
command=ok
[job:night]
crontab=30 2 * * *
timezone=Europe/Berlin
command=ok
[job:utc]
crontab=30 2 * * *
command=ok
`

func TestCalendarSaysWhatAChangeOfClocksDoes(t *testing.T) {
	withJobs(t, zoned, func(t *testing.T, w *jobWorld) {
		before := w.page("/calendar").One(t, "[aria-labelledby=clocks-head]").Text()
		if want := "Europe/Berlin: on 2000-03-26 at 02:00 clocks go forward to 03:00 CEST, by 1 h."; !strings.Contains(before, want) || strings.Contains(before, "In this time") {
			t.Errorf("in January it says %q, want %q", before, want)
		}
		time.Sleep(time.Until(time.Date(2000, 3, 25, 12, 0, 0, 0, time.UTC)))
		card := w.page("/calendar").One(t, "[aria-labelledby=clocks-head]")
		if text := card.Text(); !strings.Contains(text, "In this time") || !strings.Contains(text, "skip 2000-03-26 02:30:00") {
			t.Errorf("the day before it says %q", text)
		}
		if diff := cmp.Diff([]string{"night"}, texts(card.All("a"))); diff != "" {
			t.Errorf("jobs that it affects (-want +got):\n%s", diff)
		}
		time.Sleep(time.Until(time.Date(2000, 10, 28, 12, 0, 0, 0, time.UTC)))
		autumn := w.page("/calendar?span=week").One(t, "[aria-labelledby=clocks-head]").Text()
		if want := "Europe/Berlin: on 2000-10-29 at 03:00 clocks go back to 02:00 CET, by 1 h."; !strings.Contains(autumn, want) {
			t.Errorf("in October it says %q, want %q", autumn, want)
		}
	})
}

func TestCalendarOfNothing(t *testing.T) {
	withJobs(t, "[supervisord]\nlogfile=$DIR/main.log\n[scheduler]\nstate_directory=$DIR\n", func(t *testing.T, w *jobWorld) {
		if got := w.page("/calendar").One(t, ".empty").Text(); !strings.Contains(got, "Nothing is due") {
			t.Errorf("it says %q", got)
		}
	})
	inBubble(t, "[supervisord]\nlogfile=$DIR/main.log\n", func(t *testing.T, w *world) {
		if got := w.page("/calendar").One(t, ".empty").Text(); !strings.Contains(got, "[scheduler]") {
			t.Errorf("without a scheduler it says %q", got)
		}
	})
}
