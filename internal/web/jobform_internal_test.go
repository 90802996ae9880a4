package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// filled is what a browser would send of the form on a page, with some changes.
func filled(t *testing.T, page *webtest.Node, changes ...string) url.Values {
	t.Helper()
	form := page.One(t, "form.job-form")
	values := url.Values{}
	for _, input := range form.All("input") {
		_, checked := input.Attrs["checked"]
		if name := input.Attrs["name"]; name != "" && (input.Attrs["type"] != "radio" || checked) {
			values.Set(name, input.Attrs["value"])
		}
	}
	values.Set("more", form.One(t, "textarea").Text())
	for _, c := range changes {
		name, value, _ := strings.Cut(c, "=")
		values.Set(name, value)
	}
	return values
}

// options are those of a job that was added here.
func (w *jobWorld) options(id string) map[string]string {
	w.t.Helper()
	options, err := w.Jobs().Export(w.t.Context(), service.Ref{ID: id})
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	for _, o := range options {
		all[o.Key] = o.Value
	}
	return all
}

func TestAJobIsAdded(t *testing.T) {
	for name, c := range map[string]struct {
		changes []string
		want    map[string]string
	}{
		"a line of cron": {[]string{"crontab.crontab=0 3 * * *", "command.command=/bin/ok", "o.timezone=Europe/Berlin"}, map[string]string{
			"crontab": "0 3 * * *", "command": "/bin/ok", "timezone": "Europe/Berlin",
		}},
		"an interval": {[]string{"when=interval", "interval.every=90s", "crontab.crontab=left over", "command.command=ok", "o.retries=2"}, map[string]string{
			"trigger": "interval", "every": "90s", "command": "ok", "retries": "2",
		}},
		"fields": {[]string{"when=cron", "cron.hour=3", "cron.day_of_week=mon-fri", "calendarinterval.hour=9", "command.command=ok"}, map[string]string{
			"trigger": "cron", "hour": "3", "day_of_week": "mon-fri", "command": "ok",
		}},
		"a text": {[]string{"when=text", "text.trigger=or[cron[hour='3'], cron[hour='15']]", "command.command=ok"}, map[string]string{
			"trigger": "or[cron[hour='3'], cron[hour='15']]", "command": "ok",
		}},
		"other options": {[]string{"crontab.crontab=@daily", "command.command=ok", "more=umask = 022\r\nstopsignal=INT\r\n"}, map[string]string{
			"crontab": "@daily", "command": "ok", "umask": "022", "stopsignal": "INT",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
				form := filled(t, w.page("/jobs/new"), append(c.changes, "id=mine", "do=save")...)
				answer := w.post("/jobs/new", form)
				if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/jobs/default/mine" {
					t.Fatalf("%d to %q: %s", answer.Code, answer.Header().Get("Location"), webtest.Parse(t, answer.Body.String()).Text())
				}
				if got, want := w.flashOf(answer), "mine added."; got != want {
					t.Errorf("told %q, want %q", got, want)
				}
				if diff := cmp.Diff(c.want, w.options("mine")); diff != "" {
					t.Errorf("options (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWhatIsWrongStandsAtItsField(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		page := w.page("/jobs/new")
		for name, c := range map[string]struct{ field, change, want string }{
			"no id":             {"id", "id=", "Give it one"},
			"an id of a file":   {"id", "id=berlin", "There is a job with this id already."},
			"a bad line":        {"crontab.crontab", "crontab.crontab=0 25 * * *", "25"},
			"a bad limit":       {"o.timeout", "o.timeout=soon", "soon"},
			"an unknown zone":   {"o.timezone", "o.timezone=Europe/Berln", "Berln"},
			"an unknown store":  {"o.jobstore", "o.jobstore=redis", "there is no job store"},
			"an unknown option": {"", "more=hourr = 3", "a job has no such option"},
			"an id with a sign": {"", "id=a:b", "cannot be the id of a job"},
		} {
			form := filled(t, page, "id=mine", "crontab.crontab=0 3 * * *", "command.command=ok", "do=save", c.change)
			answer := w.post("/jobs/new", form)
			if answer.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, answer.Code)
				continue
			}
			got := webtest.Parse(t, answer.Body.String())
			if text := got.One(t, "[role=alert]").Text(); !strings.Contains(text, c.want) {
				t.Errorf("%s: it says %q, want %q", name, text, c.want)
			}
			if c.field == "" {
				continue
			}
			input := got.One(t, "input[name="+c.field+"]")
			if input.Attrs["aria-invalid"] != "true" || !strings.Contains(got.One(t, "[id="+input.Attrs["aria-describedby"]+"]").Text(), c.want) {
				t.Errorf("%s: the field does not say so: %v", name, input.Attrs)
			}
			if got := input.Attrs["value"]; c.change != c.field+"="+got {
				t.Errorf("%s: what was typed is lost: %q", name, got)
			}
		}
		if w.info("mine") != nil {
			t.Error("something was added all the same")
		}
	})
}

func TestPreviewOfATrigger(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		form := filled(t, w.page("/jobs/new"), "crontab.crontab=* 3 * * *", "o.timezone=Europe/Berlin", "do=preview")
		page := webtest.Parse(t, w.post("/jobs/new", form).Body.String())
		if got, want := page.One(t, "input[name=crontab.crontab]").Attrs["value"], "* 3 * * *"; got != want {
			t.Errorf("without modules what was typed is lost: %q", got)
		}
		form.Set("part", "preview")
		part := webtest.Parse(t, w.post("/jobs/new", form).Body.String())
		if len(part.All("html")) > 0 {
			t.Error("a module gets a whole page")
		}
		text := part.Text()
		for _, want := range []string{"every minute", "2000-01-01 03:00:00 CET in 1 h 59 min", "it runs every minute of the hour"} {
			if !strings.Contains(text, want) {
				t.Errorf("it does not say %q: %s", want, text)
			}
		}
		if n := len(part.All("li")); n != nextTimes {
			t.Errorf("%d times", n)
		}
		form.Set("crontab.crontab", "* 30 * * *")
		part = webtest.Parse(t, w.post("/jobs/new", form).Body.String())
		if e := part.One(t, ".field-error"); e.Attrs["data-field"] != "crontab.crontab" || !strings.Contains(e.Text(), "30") {
			t.Errorf("a bad line: %v %q", e.Attrs, e.Text())
		}
		if len(w.Jobs().Scheduler().Stores()) != 1 || w.info("preview") != nil {
			t.Error("a preview leaves something")
		}
	})
}

func TestAJobIsEdited(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "trigger=cron", "hour=3", "command=ok", "umask=022", `environment=PASSWORD="x"`, "timezone=Asia/Shanghai")
		page := w.page("/jobs/default/mine/edit")
		if got := len(page.One(t, "#preview").All("li")); got != nextTimes {
			t.Errorf("it shows %d times", got)
		}
		answer := w.post("/jobs/new", filled(t, page, "cron.hour=4", "o.timezone=", "o.retries=1", "do=save"))
		if got, want := w.flashOf(answer), "mine saved."; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		want := map[string]string{"trigger": "cron", "hour": "4", "command": "ok", "umask": "022", "environment": `PASSWORD="x"`, "retries": "1"}
		if diff := cmp.Diff(want, w.options("mine")); diff != "" {
			t.Errorf("options (-want +got):\n%s", diff)
		}
		// Somebody who still has the page of before does not write over that.
		late := webtest.Parse(t, w.post("/jobs/new", filled(t, page, "cron.hour=5", "do=save")).Body.String())
		if text := late.One(t, "[role=alert]").Text(); !strings.Contains(text, "Somebody else has changed the job") {
			t.Errorf("it says %q", text)
		}
		if got := w.options("mine")["hour"]; got != "4" {
			t.Errorf("the hour is %s", got)
		}
		for _, path := range []string{"/jobs/default/berlin/edit", "/jobs/default/nothing/edit"} {
			if got := w.get(path).Code; got != http.StatusNotFound {
				t.Errorf("%s: %d, want 404", path, got)
			}
		}
	})
}

// TestNothingIsLostInEditing: the form says of each job what it was declared with.
func TestNothingIsLostInEditing(t *testing.T) {
	for _, options := range [][]config.JobOption{
		{{Key: "crontab", Value: "0 3 * * *"}, {Key: "command", Value: "ok"}},
		{{Key: "trigger", Value: "calendarinterval"}, {Key: "months", Value: "1"}, {Key: "hour", Value: "2"}, {Key: "func", Value: "m:f"}, {Key: "args", Value: "[1]"}},
		{{Key: "trigger", Value: "interval"}, {Key: "hours", Value: "1"}, {Key: "minutes", Value: "2"}, {Key: "program", Value: "web"}, {Key: "action", Value: "signal:HUP"}},
		{{Key: "trigger", Value: "and"}, {Key: "triggers", Value: "cron[hour='3'], cron[minute='0']"}, {Key: "threshold", Value: "1s"}, {Key: "command", Value: "a\nb"}},
		{{Key: "trigger", Value: "crontab"}, {Key: "crontab", Value: "@daily"}, {Key: "command", Value: "ok"}, {Key: "kwargs", Value: "{\n \"a\": 1}"}},
		{{Key: "trigger", Value: "cron[hour='3']"}, {Key: "command", Value: "ok"}, {Key: "dst", Value: "skip"}},
	} {
		f := newJobForm(&runWords{lang.In(lang.English)})
		f.load(options)
		want, got := map[string]string{}, map[string]string{}
		for _, o := range options {
			want[o.Key] = o.Value
		}
		for _, o := range f.options() {
			got[o.Key] = o.Value
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestEveryFieldIsAnOptionWithALabel(t *testing.T) {
	known := map[string]bool{}
	for _, o := range config.JobOptionHelp() {
		known[o.Key] = true
	}
	f := newJobForm(&runWords{lang.In(lang.English)})
	for _, work := range f.Works() {
		for _, when := range f.Whens() {
			f.Work, f.When = work.Name, when.Name
			for name, key := range f.fields() {
				if !known[key] || !f.words.Has("option."+key) {
					t.Errorf("field %s: option %s, label %q", name, key, f.words.T("option."+key))
				}
			}
		}
	}
}

func TestOnlyAnAdminAddsJobs(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		w.add("mine", "crontab=@daily", "command=ok")
		form := filled(t, w.page("/jobs/new"), "id=other", "crontab.crontab=@daily", "command.command=ok", "do=save")
		for _, role := range []auth.Role{auth.Viewer, auth.Operator} {
			w.role = role
			for _, path := range []string{"/jobs/new", "/jobs/default/mine/edit"} {
				if got := w.get(path).Code; got != http.StatusForbidden {
					t.Errorf("%v, %s: %d", role, path, got)
				}
			}
			if got := w.post("/jobs/new", form).Code; got != http.StatusForbidden || w.info("other") != nil {
				t.Errorf("%v adds a job: %d", role, got)
			}
			if n := len(w.page("/jobs").All("a[href=/jobs/new]")); n > 0 {
				t.Errorf("%v is shown the way", role)
			}
		}
		w.role = auth.Admin
		if got := w.post("/jobs/new", form, "Sec-Fetch-Site", "cross-site").Code; got != http.StatusForbidden || w.info("other") != nil {
			t.Errorf("another site adds a job: %d", got)
		}
	})
}
