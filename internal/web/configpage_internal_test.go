package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

// rewrite changes the file of the daemon: pairs of an old and a new text.
func (w *world) rewrite(pairs ...string) {
	w.t.Helper()
	path := filepath.Join(w.Dir, "supervisord.conf")
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	changed := strings.NewReplacer(pairs...).Replace(string(text))
	if changed == string(text) {
		w.t.Fatalf("%q changes nothing in\n%s", pairs, text)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// steps are the changes that the page shows, each with what becomes of it and the
// options that differ.
func steps(t *testing.T, page *webtest.Node) (found []string) {
	t.Helper()
	for _, step := range page.All("section.step") {
		text := step.One(t, "span.state").Text() + " " + step.One(t, "h3").Text() + ": " + step.One(t, "p.effects").Text()
		for _, row := range step.All("div.row") {
			text += " | " + row.One(t, "span.c-key").Text() + ", " + row.One(t, "span.c-old").Text() + ", " + row.One(t, "span.c-new").Text()
		}
		found = append(found, text)
	}
	return found
}

// change alters the file so that something is added, changed and removed.
func (w *world) change() {
	w.rewrite("[program:slow]\ncommand=/bin/cat\nstartsecs=100\n", "[program:new]\ncommand=/bin/cat --password=abc\n",
		"command=/bin/cat\nstartsecs=0\n", "command=/bin/cat -u\nstartsecs=0\nenvironment=TOKEN=\"t\"\n", "[supervisord]\n", "[supervisord]\nloglevel=debug\n")
}

func TestWhatAnUpdateWouldDoIsShown(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		page := w.page("/config")
		if got := page.One(t, "div.empty").Text(); !strings.HasPrefix(got, "What runs is what the files say") || len(page.All("button.primary")) != 0 {
			t.Errorf("nothing has changed, and the page says %q", got)
		}
		w.change()
		page = w.page("/config")
		want := []string{
			"Removed slow: stops: slow",
			"Changed web: restarts: web:web<&0>, web:web<&1>" +
				" | command, /bin/cat supervisord.conf:27, /bin/cat -u supervisord.conf:27 | environment, default, TOKEN=*** supervisord.conf:29",
			"Added new: starts: new",
		}
		if diff := cmp.Diff(want, steps(t, page)); diff != "" {
			t.Errorf("steps (-want +got):\n%s", diff)
		}
		if got, want := page.One(t, "form.apply").One(t, "p").Text(), "2 processes restart1 stops1 starts"; got != want {
			t.Errorf("in short: %q, want %q", got, want)
		}
		if got, want := page.One(t, "div.fixed").One(t, "div.row").Text(), ""; !strings.Contains(got, "loglevel") || !strings.Contains(got, "debug supervisord.conf:2") {
			t.Errorf("what no update applies: %q, want %q", got, want)
		}
		if strings.Contains(w.get("/config").Body.String(), "abc") {
			t.Error("a password is shown")
		}
		if got := w.page("/config", "Accept-Language", "zh").One(t, "form.apply").One(t, "h2").Text(); got != "3 项变更待应用" {
			t.Errorf("in Chinese: %q", got)
		}
	})
}

// applying is the form of the page, with which what it shows is applied.
func applying(t *testing.T, page *webtest.Node) url.Values {
	t.Helper()
	form := url.Values{}
	for _, input := range page.One(t, "form.apply").All("input") {
		form.Add(input.Attrs["name"], input.Attrs["value"])
	}
	return form
}

func TestAnUpdateIsAskedForAndApplied(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.change()
		form := applying(t, w.page("/config"))
		asked := w.post("/actions/update", form)
		question := webtest.Parse(t, asked.Body.String())
		if got, want := question.One(t, "h1").Text(), "Apply the changes? That stops 3 processes."; got != want {
			t.Errorf("asked is %q, want %q", got, want)
		}
		names := texts(question.One(t, "section.card").All("li"))
		if diff := cmp.Diff([]string{"slow: stopped", "web:web<&0>: restarted", "web:web<&1>: restarted"}, names); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		if got := question.One(t, "input[name=revision]").Attrs["value"]; got != form.Get("revision") {
			t.Errorf("the question is about revision %q, the page was about %q", got, form.Get("revision"))
		}
		if _, err := w.ProcessInfo("slow"); err != nil {
			t.Error("it was done before the answer")
		}
		form.Set("confirmed", "yes")
		answer := w.post("/actions/update", form)
		if answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/config" {
			t.Fatalf("%d to %s, want 303 back", answer.Code, answer.Header().Get("Location"))
		}
		if got := w.page("/config").One(t, "div.empty").Text(); !strings.HasPrefix(got, "What runs is what the files say") {
			t.Errorf("afterwards: %q", got)
		}
		if info, err := w.ProcessInfo("new"); err != nil || info.Status.PID == 0 {
			t.Errorf("the new program: %+v, %v", info.Status, err)
		}
	})
}

func TestNothingElseThanWhatWasShownIsApplied(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.change()
		form := applying(t, w.page("/config"))
		form.Set("confirmed", "yes")
		w.rewrite("/bin/cat -u", "/bin/cat -v")
		answer := w.post("/actions/update", form, "Accept", "application/json")
		if answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), "The files have changed since you looked at them") {
			t.Errorf("%d %s, want 409 and why", answer.Code, answer.Body)
		}
		if _, err := w.ProcessInfo("slow"); err != nil {
			t.Error("something was applied")
		}
		w.rewrite("startretries=0", "startretries=x")
		if answer := w.post("/actions/update", form, "Accept", "application/json"); answer.Code != http.StatusConflict || !strings.Contains(answer.Body.String(), "faults now") {
			t.Errorf("%d %s, want 409 and that there are faults", answer.Code, answer.Body)
		}
		form.Del("revision")
		if got := w.post("/actions/update", form).Code; got != http.StatusBadRequest {
			t.Errorf("an update of anything: %d, want 400", got)
		}
	})
}

func TestWhatStopsNothingIsNotAskedFor(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.rewrite("[program:idle]", "[program:more]\ncommand=/bin/cat\n[program:idle]")
		form := applying(t, w.page("/config"))
		if form.Get("confirmed") != "yes" {
			t.Fatalf("the form is %v", form)
		}
		if got := w.post("/actions/update", form).Code; got != http.StatusSeeOther {
			t.Errorf("%d, want 303", got)
		}
		if _, err := w.ProcessInfo("more"); err != nil {
			t.Errorf("it is not there: %v", err)
		}
	})
}

func TestFaultsOfTheFilesAreShown(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.rewrite("startretries=0", "startretries=many", "autostart=false", "autostart=perhaps")
		page := w.page("/config")
		if got, want := page.One(t, "section.faults").One(t, "h2").Text(), "The files have 2 faults, so nothing can be applied"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		for i, want := range []string{"supervisord.conf:6 [program:broken] startretries", "supervisord.conf:18 [program:idle] autostart"} {
			if got := page.One(t, "ul.remarks").All("li")[i].Text(); !strings.Contains(got, want) {
				t.Errorf("fault %d is %q, want %q in it", i, got, want)
			}
		}
		if len(page.All("button.primary")) != 0 {
			t.Error("they can be applied")
		}
	})
}

// TestVersionsChangeWithWhatIsShown: so that a module leaves alone what is the same.
func TestVersionsChangeWithWhatIsShown(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		version := func() string { return w.page("/config?part=plan").One(t, "#plan").Attrs["data-version"] }
		first := version()
		if again := version(); again != first {
			t.Errorf("nothing has changed: %s, then %s", first, again)
		}
		w.change()
		if second := version(); second == first {
			t.Error("the version is the same for other files")
		}
	})
}

func TestTheConfigurationIsForAdministrators(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		w.role = auth.Operator
		if got := w.get("/config").Code; got != http.StatusForbidden {
			t.Errorf("the page for an operator: %d, want 403", got)
		}
		if got := w.post("/actions/update", url.Values{"revision": {"x"}, "confirmed": {"yes"}}).Code; got != http.StatusForbidden {
			t.Errorf("an update by an operator: %d, want 403", got)
		}
		if links := w.page("/").All("a[href=/config]"); len(links) != 0 {
			t.Error("an operator is led to the page")
		}
	})
}
