package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// runLines are the runs of a page: outcome, job, and whether somebody asked for it.
func runLines(t *testing.T, page *webtest.Node) []string {
	t.Helper()
	lines := []string{}
	for _, row := range page.All("div.row") {
		if !strings.HasPrefix(row.Attrs["id"], "run-") {
			continue
		}
		line := row.One(t, ".c-state").Text() + " " + row.One(t, ".c-name").Text()
		if len(row.All(".badge")) > 0 {
			line += " " + row.One(t, ".badge").Text()
		}
		if text := row.One(t, ".c-end").Text(); text != "" {
			line += ": " + text
		}
		lines = append(lines, line)
	}
	return lines
}

func TestRunsAreListedAndFiltered(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		time.Sleep(time.Hour) // 01:01: bad and quarter have run
		w.post("/actions/run-job", url.Values{"only": {"default/long"}})
		time.Sleep(time.Second)
		for query, want := range map[string][]string{
			"": {
				"Running long by hand", "Succeeded quarter", "Failed bad<&>: it <failed>", "Succeeded quarter", "Succeeded quarter", "Succeeded quarter",
				"Succeeded quarter", "Failed bad<&>: it <failed>",
			},
			"outcome=failed":                 {"Failed bad<&>: it <failed>", "Failed bad<&>: it <failed>"},
			"outcome=running":                {"Running long by hand"},
			"q=BAD&outcome=succeeded":        {},
			"q=ong":                          {"Running long by hand"},
			"job=long":                       {"Running long by hand"},
			"job=lon":                        {},
			"span=hour&job=quarter":          {"Succeeded quarter", "Succeeded quarter", "Succeeded quarter", "Succeeded quarter"},
			"span=nonsense&job=bad%3C%26%3E": {"Failed bad<&>: it <failed>", "Failed bad<&>: it <failed>"},
			"span=all&since=2000-01-01T01:00:00Z&before=2000-01-01T01:00:30Z&q=bad": {"Failed bad<&>: it <failed>"},
		} {
			got := runLines(t, w.page("/runs?"+query))
			if query == "" { // those of one time may come in any order
				if len(got) != len(want) || got[0] != want[0] {
					t.Errorf("all: %q", got)
				}
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", query, diff)
			}
		}
		for _, query := range []string{"outcome=nonsense", "after=nonsense", "after=1.x"} {
			if got := w.get("/runs?" + query).Code; got != http.StatusBadRequest {
				t.Errorf("%s: %d, want 400", query, got)
			}
		}
	})
}

// TestManyRunsComeInPages: all of them, each once, also those of one time.
func TestManyRunsComeInPages(t *testing.T) {
	var conf strings.Builder
	conf.WriteString("[supervisord]\nlogfile=$DIR/main.log\n[scheduler]\nstate_directory=$DIR\ntimezone=UTC\n")
	for i := range 70 {
		conf.WriteString("[job:j" + strconv.Itoa(i) + "]\ncrontab=*/15 * * * *\ncommand=ok\n")
	}
	withJobs(t, conf.String(), func(t *testing.T, w *jobWorld) {
		time.Sleep(time.Hour)
		for query, want := range map[string]int{"": 5 * 70, "&q=j1": 5 * 11, "&outcome=failed": 0} {
			seen := map[string]bool{}
			for address := "/runs?span=day" + query; address != ""; {
				page := w.page(address)
				for _, row := range page.All("div.row") {
					if seen[row.Attrs["id"]] {
						t.Errorf("%s: %s is on two pages", query, row.Attrs["id"])
					}
					seen[row.Attrs["id"]] = true
				}
				address = ""
				for _, link := range page.All("a[data-more=more]") {
					address = link.Attrs["href"]
				}
			}
			if len(seen) != want {
				t.Errorf("%s: %d runs, want %d", query, len(seen), want)
			}
		}
	})
}

func TestTimelineShowsWhichJobRanWhen(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		time.Sleep(time.Hour) // 01:01
		w.post("/actions/run-job", url.Values{"only": {"default/long"}})
		time.Sleep(30 * time.Second)
		page := w.page("/runs?span=hour").One(t, "#timeline")
		var lanes []string
		for _, lane := range page.All("svg[role=img]") {
			text := lane.Attrs["aria-label"]
			for _, r := range lane.All("rect") {
				text += " " + r.Attrs["class"] + "@" + r.Attrs["x"]
			}
			lanes = append(lanes, text)
		}
		want := []string{ // from 00:01:30 to 01:01:30, in steps of 10 seconds
			"bad<&>: 1 runs, 1 failed bad@97.50%",
			"long: 1 runs, 0 failed busy@99.17%",
			"quarter: 4 runs, 0 failed good@22.50% good@47.50% good@72.50% good@97.50%",
		}
		if diff := cmp.Diff(want, lanes); diff != "" {
			t.Errorf("lanes (-want +got):\n%s", diff)
		}
		link := page.One(t, "[aria-label=bad<&>: 1 runs, 1 failed]").All("a")[0]
		if got := w.get(link.Attrs["href"]).Code; got != http.StatusOK {
			t.Errorf("a bar leads to %s: %d", link.Attrs["href"], got)
		}
	})
}

// TestTimelineIsBounded: a job a second for a day makes some bars.
func TestTimelineIsBounded(t *testing.T) {
	var conf strings.Builder
	conf.WriteString("[supervisord]\nlogfile=$DIR/main.log\n[scheduler]\nstate_directory=$DIR\ntimezone=UTC\n")
	for i := range 30 {
		conf.WriteString("[job:j" + strconv.Itoa(i) + "]\ntrigger=interval\nseconds=10\ncommand=ok\n")
	}
	withJobs(t, conf.String(), func(t *testing.T, w *jobWorld) {
		time.Sleep(time.Hour)
		answer := w.get("/runs?span=hour")
		page := webtest.Parse(t, answer.Body.String())
		if n := len(page.All("rect")); n > mostLanes*laneCells || n == 0 {
			t.Errorf("%d bars", n)
		}
		if answer.Body.Len() > 400<<10 {
			t.Errorf("the page has %d bytes", answer.Body.Len())
		}
		text := page.One(t, "#timeline").Text()
		if !strings.Contains(text, "and 6 more jobs") || !strings.Contains(text, "sample of each part") {
			t.Errorf("it does not say what is left out: %s", text)
		}
	})
}

func TestOneRun(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		time.Sleep(time.Hour)
		page := w.page(runPath("default", w.history("bad<&>")[0].Run.ID))
		text := page.One(t, "main").Text()
		for _, want := range []string{"bad<&>", "Failed", "it <failed>", "Runsfail", "Attempt1"} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q: %s", want, text)
			}
		}
		if got, want := page.One(t, "pre.output").Text(), "run of <bad<&>>"; got != want {
			t.Errorf("output %q, want %q", got, want)
		}
		if got := page.One(t, "pre.output").One(t, "span.a-f2").Text(); got != "run" {
			t.Errorf("green is %q", got)
		}
		w.post("/actions/run-job", url.Values{"only": {"default/berlin"}})
		time.Sleep(3 * time.Second)
		if strings.Contains(w.get(runPath("default", w.history("berlin")[0].Run.ID)).Body.String(), "secret") {
			t.Error("it shows the environment")
		}
		for _, path := range []string{"/runs/nothing", "/runs/nothing?jobstore=nostore"} {
			if got := w.get(path).Code; got != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", path, got)
			}
		}
	})
}

func TestARunIsCancelledAndRunAgain(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.post("/actions/run-job", url.Values{"only": {"default/long"}})
		time.Sleep(time.Second)
		id := w.history("long")[0].Run.ID
		controls := func() (all []string) {
			for _, b := range w.page(runPath("default", id)).All("button[name=only]") {
				all = append(all, b.Attrs["formaction"])
			}
			return all
		}
		if diff := cmp.Diff([]string{"/actions/run-job", "/actions/cancel-run"}, controls()); diff != "" {
			t.Errorf("while it runs (-want +got):\n%s", diff)
		}
		webtest.Parse(t, w.post("/actions/cancel-run", url.Values{"only": {"default/" + id}}).Body.String()).One(t, "form[action=/actions/cancel-run]")
		answer := w.post("/actions/cancel-run", url.Values{"only": {"default/" + id}, "confirmed": {"yes"}})
		if got, want := w.flashOf(answer), "The run "+id+" is being cancelled."; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		time.Sleep(5 * time.Second)
		if got := w.page(runPath("default", id)).One(t, ".page-head").One(t, ".state").Text(); got != "Cancelled" {
			t.Errorf("it is %s", got)
		}
		if diff := cmp.Diff([]string{"/actions/run-job"}, controls()); diff != "" {
			t.Errorf("when it is over (-want +got):\n%s", diff)
		}
		answer = w.post("/actions/cancel-run", url.Values{"only": {"default/" + id}, "confirmed": {"yes"}})
		if got, want := w.flashOf(answer), id+": it is over already."; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		w.role = auth.Viewer
		if got := controls(); got != nil {
			t.Errorf("a viewer has %q", got)
		}
	})
}

func TestRunsWithoutASchedulerTellWhatToDo(t *testing.T) {
	inBubble(t, "[supervisord]\nlogfile=$DIR/main.log\n", func(t *testing.T, w *world) {
		if got := w.page("/runs").One(t, ".empty").Text(); !strings.Contains(got, "[scheduler]") {
			t.Errorf("it says %q", got)
		}
		if got := w.get("/runs/x").Code; got != http.StatusNotFound {
			t.Errorf("a run: %d", got)
		}
	})
}
