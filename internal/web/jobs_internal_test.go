package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// jobLines are the jobs of a page, each with its next run and what can be done.
func jobLines(t *testing.T, page *webtest.Node) []string {
	t.Helper()
	lines := []string{}
	for _, row := range page.All("div.row") {
		if !strings.HasPrefix(row.Attrs["data-key"], "job:") {
			continue
		}
		line := row.One(t, ".c-name").Text() + ": " + row.One(t, ".c-next").Text()
		for _, b := range row.All("button") {
			line += " " + strings.TrimPrefix(b.Attrs["formaction"], "/actions/")
		}
		lines = append(lines, line)
	}
	return lines
}

func TestJobsShowWhenTheyRunNextInTheirZone(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "crontab=30 0 * * *", "command=ok")
		w.post("/actions/pause-job", url.Values{"only": {"default/long"}})
		want := []string{
			"quarter file: 2000-01-01 00:15:00 UTC in 14 min run-job pause-job",
			"mine: 2000-01-01 00:30:00 UTC in 29 min run-job pause-job",
			"bad<&> file: 2000-01-01 01:00:00 UTC in 59 min run-job pause-job",
			"berlin Backup of Berlin file: 2000-01-01 03:00:00 CET in 1 h 59 min run-job pause-job",
			"long file: Paused run-job resume-job",
		}
		if diff := cmp.Diff(want, jobLines(t, w.page("/jobs"))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, jobLines(t, w.page("/"))); diff != "" {
			t.Errorf("the overview (-want +got):\n%s", diff)
		}
	})
}

func TestJobsShowTheirLastOutcomes(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		time.Sleep(3*time.Hour + time.Minute)
		page := w.page("/jobs")
		for name, want := range map[string]string{
			"bad<&>":  "The last 4 runs: 4 Failed",
			"quarter": "The last 13 runs: 13 Succeeded",
			"berlin":  "The last 1 run: 1 Succeeded",
		} {
			row := page.One(t, "[data-key=job:default/"+name+"]")
			if got := row.One(t, "svg.strip").Attrs["aria-label"]; got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		title := page.One(t, "[data-key=job:default/bad<&>]").All("title")[2].Text()
		if want := "Failed: it <failed>"; !strings.HasSuffix(title, want) {
			t.Errorf("the last bar says %q, want %q", title, want)
		}
	})
}

func TestJobsAreFilteredByTheServer(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.post("/actions/pause-job", url.Values{"only": {"default/long"}})
		for query, want := range map[string]string{
			"q=BERLIN": "berlin", "q=backup+of": "berlin", "state=paused": "long", "q=long&state=scheduled": "", "q=nothing": "", "state=trouble": "",
			"q=%3C%26": "bad<&>",
		} {
			page := w.page("/jobs?" + query)
			var got []string
			for _, row := range page.All("[data-key]") {
				got = append(got, strings.TrimPrefix(row.Attrs["data-key"], "job:default/"))
			}
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
			if want == "" && !strings.Contains(page.One(t, ".empty").Text(), "No job matches") {
				t.Errorf("%s: %s", query, page.One(t, ".empty").Text())
			}
		}
	})
}

// TestManyJobsComeInPages: all of them, each once, and those that a filter finds
// far behind.
func TestManyJobsComeInPages(t *testing.T) {
	var conf strings.Builder
	conf.WriteString(someJobs)
	const many = 2500
	for i := range many {
		fmt.Fprintf(&conf, "[job:j%04d]\ncrontab=%d %d * * *\ncommand=ok\n", i, i%60, i/60%24)
	}
	withJobs(t, conf.String(), func(t *testing.T, w *jobWorld) {
		seen := map[string]bool{}
		address, pages := "/jobs", 0
		for address != "" {
			page := w.page(address)
			for _, row := range page.All("[data-key]") {
				if seen[row.Attrs["data-key"]] {
					t.Errorf("%s is on two pages", row.Attrs["data-key"])
				}
				seen[row.Attrs["data-key"]] = true
			}
			address = ""
			for _, link := range page.All("a[data-more=more]") {
				address = link.Attrs["href"]
			}
			pages++
		}
		if len(seen) != many+4 || pages != 26 {
			t.Errorf("%d jobs on %d pages, want %d on 26", len(seen), pages, many+4)
		}
		if got := jobLines(t, w.page("/jobs?q=j2499")); len(got) != 1 {
			t.Errorf("the last one is found as %q", got)
		}
		more := w.page("/jobs?part=more&q=j1&after=" + url.QueryEscape(w.info("j0100").Cursor()))
		if len(more.All("html")) > 0 || len(more.All("[data-key]")) == 0 {
			t.Error("a module gets no rows behind others")
		}
	})
}

func TestRowsOfJobsAreBroughtUpToDate(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		part := w.page("/jobs?part=rows&" + url.Values{"name": {"job:default/quarter", "job:default/gone"}}.Encode())
		if got := jobLines(t, part); len(got) != 1 || !strings.HasPrefix(got[0], "quarter ") {
			t.Errorf("rows %q", got)
		}
		if _, hidden := part.One(t, "[id=job-default%2Fgone]").Attrs["hidden"]; !hidden {
			t.Error("a job that is no more stays on the page")
		}
	})
}

func TestOneJob(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		time.Sleep(3 * time.Hour)
		page := w.page("/jobs/default/berlin")
		text := page.One(t, "main").Text()
		for _, want := range []string{
			"Backup of Berlin", "declared by the configuration file of here", "at 03:00 every day, Europe/Berlin", "2000-01-02 03:00:00 CET in 22 h 59 min",
			"Succeeded, of 1 run100 %", "crontab['0 3 * * *', timezone='Europe/Berlin']", "Time limit1 min 30 s",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "secret") {
			t.Error("it shows the environment")
		}
		if got := len(page.One(t, ".times").All("li")); got != nextTimes {
			t.Errorf("%d next times", got)
		}
		if got := page.All("title")[0].Text(); !strings.HasPrefix(got, "berlin · ") {
			t.Errorf("the title is %q", got)
		}
		if got := page.One(t, "[aria-current=page]").Text(); got != "Jobs" {
			t.Errorf("it stands below %q", got)
		}
		if n := len(page.All("[formaction=/actions/remove-job]")); n > 0 {
			t.Error("a job of a file can be removed")
		}
		if got := w.get("/jobs/default/" + url.PathEscape("bad<&>")).Code; got != http.StatusOK {
			t.Errorf("a name with odd signs: %d", got)
		}
		for _, path := range []string{"/jobs/default/nothing", "/jobs/nostore/berlin"} {
			if got := w.get(path).Code; got != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", path, got)
			}
		}
	})
}

func TestActionsOnJobs(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "crontab=30 0 * * *", "command=ok")
		for _, c := range []struct {
			action, name, want string
			check              func() bool
		}{
			{"run-job", "default/quarter", "quarter was asked to run.", func() bool { return len(w.history("quarter")) == 2 }},
			{"pause-job", "default/quarter", "quarter paused.", func() bool { return w.info("quarter").Job.State.Paused }},
			{"resume-job", "default/quarter", "quarter resumed.", func() bool { return !w.info("quarter").Job.State.Paused }},
			{"remove-job", "default/quarter", "quarter: a configuration file declares it, so it is changed there.", func() bool { return w.info("quarter") != nil }},
			{"remove-job", "default/mine", "mine removed.", func() bool { return w.info("mine") == nil }},
			{"run-job", "default/mine", "mine: there is none any more.", func() bool { return true }},
		} {
			answer := w.post("/actions/"+c.action, url.Values{"only": {c.name}, "confirmed": {"yes"}, "back": {"/jobs"}})
			if got := w.flashOf(answer); got != c.want || !c.check() {
				t.Errorf("%s of %s: %q, want %q; it was done: %v", c.action, c.name, got, c.want, c.check())
			}
		}
	})
}

func TestRemovingIsAskedForTwice(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "crontab=30 0 * * *", "command=ok")
		page := webtest.Parse(t, w.post("/actions/remove-job", url.Values{"only": {"default/mine"}, "back": {"/jobs"}}).Body.String())
		page.One(t, "form[action=/actions/remove-job]")
		if w.info("mine") == nil {
			t.Error("it is removed before anybody said yes")
		}
	})
}

func TestControlsOfJobsGoByRole(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "crontab=30 0 * * *", "command=ok")
		for role, want := range map[auth.Role][]string{
			auth.Viewer:   {},
			auth.Operator: {"/actions/run-job", "/actions/pause-job"},
			auth.Admin:    {"/actions/run-job", "/actions/pause-job", "/actions/remove-job"},
		} {
			w.role = role
			got := []string{}
			for _, b := range w.page("/jobs/default/mine").All("button[name=only]") {
				got = append(got, b.Attrs["formaction"])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", role, diff)
			}
			if rows := jobLines(t, w.page("/jobs")); (role == auth.Viewer) == strings.HasSuffix(rows[0], "pause-job") {
				t.Errorf("%v sees %q", role, rows[0])
			}
		}
		w.role = auth.Operator
		if got := w.post("/actions/remove-job", url.Values{"only": {"default/mine"}, "confirmed": {"yes"}}).Code; got != http.StatusForbidden || w.info("mine") == nil {
			t.Errorf("an operator removes a job: %d", got)
		}
	})
}

func TestWithoutASchedulerThePageTellsWhatToDo(t *testing.T) {
	inBubble(t, "[supervisord]\nlogfile=$DIR/main.log\n", func(t *testing.T, w *world) {
		if got := w.page("/jobs").One(t, ".empty").Text(); !strings.Contains(got, "[jobstore:default]") || !strings.Contains(got, "supervisorctl update") {
			t.Errorf("it says %q", got)
		}
		if got := w.get("/jobs/default/x").Code; got != http.StatusNotFound {
			t.Errorf("a job: %d", got)
		}
		answer := w.post("/actions/run-job", url.Values{"only": {"default/x"}})
		if got, want := w.flashOf(answer), "x: this daemon has no scheduler."; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

func TestASchedulerThatIsDownAndAStoreThatIsAway(t *testing.T) {
	withJobsIn(t, someJobs, trouble{down: errors.New("password in it")}, func(t *testing.T, w *jobWorld) {
		if got := w.page("/jobs").One(t, ".empty").Text(); !strings.Contains(got, "cannot start") || strings.Contains(got, "password") {
			t.Errorf("it says %q", got)
		}
	})
	withJobsIn(t, someJobs, trouble{away: errors.New("redis://:password@host")}, func(t *testing.T, w *jobWorld) {
		if got := strings.Join(texts(w.page("/jobs").All(".notice")), "|"); !strings.Contains(got, "the stores do not answer: default") || strings.Contains(got, "password") {
			t.Errorf("it says %q", got)
		}
		got := w.post("/actions/run-job", url.Values{"only": {"default/x"}}, "Accept", "application/json").Body.String()
		if want := "x: the job store does not answer; the log of the daemon says why."; !strings.Contains(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
