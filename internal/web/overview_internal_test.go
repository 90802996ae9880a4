package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// rows are the programs of a page, each with its state and what can be done.
func rows(page *webtest.Node) []string {
	all := []string{}
	for _, row := range page.All("div.row") {
		if row.Attrs["data-name"] == "" {
			continue
		}
		text := row.Attrs["data-name"] + ": " + row.All("span.state")[0].Text()
		for _, b := range row.All("button") {
			text += " " + b.Attrs["formaction"]
		}
		all = append(all, text)
	}
	return all
}

func TestOverviewShowsEveryProgramAndWhatFailsFirst(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		want := []string{
			"broken: Fatal /actions/start",
			"odd: Exited /actions/start",
			"again: Exited /actions/start /actions/stop",
			"done: Exited /actions/start",
			"idle: Stopped /actions/start",
			"slow: Starting /actions/stop",
			"web:web<&0>: Running /actions/restart /actions/stop",
			"web:web<&1>: Running /actions/restart /actions/stop",
		}
		page := w.page("/")
		if diff := cmp.Diff(want, rows(page)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		attention := []string{"Fatal broken can't find command '/nonexistent'", "Exited odd exit status 1"}
		if diff := cmp.Diff(attention, texts(page.One(t, ".attention").All("li"))); diff != "" {
			t.Errorf("attention (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"2 of 8", "2"}, texts(page.All("dd"))); diff != "" {
			t.Errorf("tiles (-want +got):\n%s", diff)
		}
	})
}

func TestOverviewShowsWhatProgramsTake(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.get("/") // somebody looks
		time.Sleep(time.Minute)
		row := w.page("/").One(t, "[data-name=web:web<&0>]")
		for pattern, want := range map[string]string{".c-cpu": "25 %", ".c-memory": "5.0 MiB", ".c-since": "2 min", ".c-restarts": "0"} {
			if got := row.One(t, pattern).Text(); got != want {
				t.Errorf("%s says %q, want %q", pattern, got, want)
			}
		}
		if lines := row.All("polyline"); len(lines) != 2 {
			t.Errorf("%d lines, want those of CPU and memory", len(lines))
		}
	})
}

func TestOverviewSpeaksChinese(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		page := w.page("/", "Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
		if got := page.One(t, "html").Attrs["lang"]; got != "zh-CN" {
			t.Errorf("lang is %q", got)
		}
		if got, want := page.One(t, "[data-name=slow]").One(t, ".state").Text(), "启动中"; got != want {
			t.Errorf("state %q, want %q", got, want)
		}
	})
}

func TestOverviewFiltersWithoutModules(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		for query, want := range map[string][]string{
			"q=WEB":               {"web:web<&0>", "web:web<&1>"},
			"group=web":           {"web:web<&0>", "web:web<&1>"},
			"class=bad":           {"broken", "odd"},
			"class=good&q=1%3E":   {"web:web<&1>"},
			"q=none+is+like+this": nil,
		} {
			page := w.page("/?" + query)
			var got []string
			for _, row := range page.All("[data-name]") {
				got = append(got, row.Attrs["data-name"])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
			if want == nil && !strings.Contains(page.One(t, "main").Text(), "No program matches") {
				t.Errorf("%s: the page does not say that nothing matches", query)
			}
			if got := page.One(t, ".attention").All("li"); len(got) != 2 {
				t.Errorf("%s: what fails is hidden", query)
			}
		}
	})
}

func TestOverviewOfNothingTellsWhatToDo(t *testing.T) {
	inBubble(t, "[supervisord]\nlogfile=$DIR/main.log\n", func(t *testing.T, w *world) {
		if got := w.page("/").One(t, ".empty").Text(); !strings.Contains(got, "[program:web]") || !strings.Contains(got, "supervisorctl update") {
			t.Errorf("it says %q", got)
		}
	})
}

func TestAPartHasOnlyTheRowsThatAreAskedFor(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		part := w.page("/?part=rows&" + url.Values{"name": {"program:web:web<&1>", "program:idle", "program:gone"}}.Encode())
		if diff := cmp.Diff([]string{"idle: Stopped /actions/start", "web:web<&1>: Running /actions/restart /actions/stop"}, rows(part)); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		part.One(t, "#summary")
		if len(part.All("html")) > 0 {
			t.Error("the part is a whole page")
		}
		for _, child := range part.Children {
			if child.Attrs["id"] == "" {
				t.Errorf("<%s> has no id, so that nobody knows its place", child.Tag)
			}
		}
		if got := w.get("/?part=nothing").Code; got != http.StatusNotFound {
			t.Errorf("a part that there is not: %d", got)
		}
	})
}

// TestControlsAreForThoseWhoMayUseThem: others do not see them.
func TestControlsAreForThoseWhoMayUseThem(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.role = auth.Viewer
		page := w.page("/")
		for _, b := range page.All("button") {
			if !b.Has("without-modules") && b.Attrs["value"] != "no" && b.Attrs["value"] != "yes" {
				t.Errorf("a viewer has the button %q", b.Text())
			}
		}
		if n := len(page.All("input[type=checkbox]")); n > 0 {
			t.Errorf("a viewer has %d boxes to tick", n)
		}
	})
}
