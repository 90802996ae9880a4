package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// lines are the rows of the page in short: what happened, to what, and how.
func lines(t *testing.T, page *webtest.Node) []string {
	t.Helper()
	all := []string{}
	for _, row := range page.All("div.row") {
		all = append(all, strings.Join([]string{row.One(t, "span.c-what").Text(), row.One(t, "span.c-subject").Text(), row.One(t, "span.c-text").Text()}, " | "))
	}
	return all
}

// publish makes what a scheduler would tell.
func (w *world) publish() {
	run := schedule.RunEvent{Subject: schedule.Subject{Store: "default", Job: "backup"}, Run: "backup@1"}
	w.Bus.Publish(schedule.Submitted{RunEvent: run})
	w.Bus.Publish(schedule.RunStarted{RunEvent: run, Attempt: 2})
	w.Bus.Publish(schedule.Errored{RunEvent: run, Outcome: job.Outcome{Kind: job.Failed, Error: "exit status 2:\n disk full"}})
	w.Bus.Publish(schedule.LimitReached{RunEvent: run, Skipped: job.Skipped{Count: 3, Reason: job.LimitFull}})
	w.Bus.Publish(event.Remote{Kind: "deploy", Data: "<b>v2</b>"})
	w.Bus.Publish(event.GroupChanged{Group: "web", Removed: true})
}

func TestEventsAreTold(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.publish()
		page := w.page("/events")
		want := []string{
			"Group removed | group web |",
			"Client message | deploy | <b>v2</b>",
			"Skipped | backup | 3 runs left out: as many run as may",
			"Failed | backup | exit status 2: disk full",
			"Started | backup | attempt 2",
		}
		got := lines(t, page)
		if len(got) < len(want) {
			t.Fatalf("%d events, want more: %q", len(got), got)
		}
		for i, line := range got[:len(want)] {
			if strings.TrimSpace(line) != want[i] {
				t.Errorf("event %d is %q, want %q", i, line, want[i])
			}
		}
		if !slices.Contains(got, "Fatal | broken | can't find command '/nonexistent'") {
			t.Errorf("the failed program is not among %q", got)
		}
		if links := page.All("[href=/programs/broken]"); len(links) == 0 {
			t.Error("no row leads to the program that it is about")
		}
		chinese := lines(t, w.page("/events", "Accept-Language", "zh-CN"))
		if want := "跳过 | backup | 跳过 3 次运行：已达并发上限"; chinese[2] != want {
			t.Errorf("in Chinese %q, want %q", chinese[2], want)
		}
	})
}

func TestEventsAreFiltered(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.publish()
		for query, want := range map[string][]string{
			"type=JOB_ERROR":                             {"Failed"},
			"type=JOB_RUN":                               {"Skipped", "Failed", "Started", "Submitted"},
			"type=JOB_RUN&class=bad":                     {"Skipped", "Failed"},
			"job=BACK&q=disk":                            {"Failed"},
			"q=" + url.QueryEscape("full exit"):          {"Failed"},
			"q=" + url.QueryEscape("full nothing"):       {},
			"program=broken&type=PROCESS_STATE_FATAL":    {"Fatal"},
			"program=broken&job=backup":                  {},
			"type=REMOTE_COMMUNICATION":                  {"Client message"},
			"type=PROCESS_GROUP_REMOVED":                 {"Group removed"},
			"type=JOB_MODIFIED":                          {},
			"q=" + url.QueryEscape("job_max_instances"):  {"Skipped"},
			"class=bad&program=odd&type=PROCESS_STATE":   {"Exited"},
			"program=web:&type=PROCESS_STATE_RUNNING":    {"Running", "Running"},
			"program=slow&type=PROCESS_STATE&q=starting": {"Starting"},
		} {
			page := w.page("/events?" + query)
			if diff := cmp.Diff(want, texts(page.All("span.c-what"))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
			if len(want) == 0 && len(page.All("div.empty")) != 1 {
				t.Errorf("%s: nothing tells that nothing matches", query)
			}
		}
		if got := w.get("/events?type=NOTHING").Code; got != http.StatusNotFound {
			t.Errorf("a type that there is not: %d, want 404", got)
		}
	})
}

// TestOnlyNewEventsAreSent: to who has the others.
func TestOnlyNewEventsAreSent(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		after := func(page *webtest.Node) string { return page.One(t, "#event-rows").Attrs["data-after"] }
		first := after(w.page("/events"))
		part := w.page("/events?part=rows&after=" + first)
		if _, whole := part.One(t, "#event-rows").Attrs["data-whole"]; whole || len(part.All("div.row")) != 0 {
			t.Errorf("nothing has happened, and %d rows are sent", len(part.All("div.row")))
		}
		w.publish()
		part = w.page("/events?part=rows&type=JOB_ERROR&after=" + first)
		if got := lines(t, part); len(got) != 1 || after(part) == first {
			t.Errorf("after %s: %q, and the last is %s", first, got, after(part))
		}
		for _, other := range []string{"", "another-3", strings.Split(first, "-")[0] + "-100000", "x"} {
			part := w.page("/events?part=rows&after=" + other)
			if _, whole := part.One(t, "#event-rows").Attrs["data-whole"]; !whole || len(part.All("div.row")) == 0 {
				t.Errorf("after %q, which is not known, not all is sent", other)
			}
		}
	})
}

func TestRowsAreBounded(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		for range 3 * history.KeptEvents {
			w.Bus.Publish(event.Remote{Kind: "k"})
		}
		page := w.page("/events")
		if got := len(page.All("div.row")); got != mostEvents {
			t.Errorf("%d rows, want %d", got, mostEvents)
		}
		if got, want := page.One(t, "p.more").Text(), "The last 200 of 1000"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestTheDayIsToldOfAnotherDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(3 * time.Hour) // the day of the bubble begins at its midnight in UTC
		now := time.Now()
		if got, want := moment(now), now.Format(time.TimeOnly); got != want {
			t.Errorf("now is %s, want %s", got, want)
		}
		old := now.AddDate(-1, 0, 0)
		if got, want := moment(old), old.Format("01-02 15:04:05"); got != want {
			t.Errorf("a year ago is %s, want %s", got, want)
		}
	})
}
