package web

import (
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

const talkers = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
environment=LANG="C",DB_PASSWORD="hidden"
[program:talk]
command=/bin/cat --password=topsecret
startsecs=0
stdout_logfile=$DIR/talk.log
stderr_logfile=NONE
environment=API_KEY="hidden",MODE="fast"
[program:both]
command=/bin/cat
startsecs=0
redirect_stderr=true
stdout_logfile=$DIR/both.log
[program:gone]
command=/nonexistent
startretries=0
`

// says has a program that gives back what it reads write a text.
func (w *world) says(name, text string) {
	w.t.Helper()
	if err := w.SendStdin(w.t.Context(), name, text); err != nil {
		w.t.Fatal(err)
	}
	time.Sleep(time.Second)
	synctest.Wait()
}

func TestProgramPageShowsItsOutput(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		w.says("talk", "plain\n\x1b[31mred\x1b[0m <b>\nhalf")
		pane := w.page("/programs/talk").One(t, "[data-stream=stdout]")
		if diff := cmp.Diff([]string{"plain", "red <b>"}, texts(pane.All(".l"))); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
		if got := pane.One(t, ".a-f1").Text(); got != "red" {
			t.Errorf("in red is %q", got)
		}
		if got := pane.Attrs["data-next"]; got != "23" {
			t.Errorf("the module goes on at %s, want behind the last whole line, 23", got)
		}
		if none := w.page("/programs/talk").One(t, "[data-stream=stderr]"); none.One(t, ".pane-none").Text() != "This stream is not logged." {
			t.Errorf("of standard error it says %q", none.Text())
		}
		if both := w.page("/programs/both"); len(both.All("[data-stream]")) != 1 || !strings.Contains(both.One(t, "#logs").Text(), "Standard error goes to standard output.") {
			t.Error("a program with one stream is shown with two")
		}
	})
}

func TestProgramPageBeginsWithAWholeLine(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		line := strings.Repeat("x", 1023) + "\n"
		if err := os.WriteFile(w.Dir+"/talk.log", []byte(strings.Repeat(line, 40)), 0o600); err != nil {
			t.Fatal(err)
		}
		pane := w.page("/programs/talk").One(t, "[data-stream=stdout]")
		if got := len(pane.All(".l")); got != 31 || pane.Attrs["data-first"] != "9216" {
			t.Errorf("%d lines from %s, want 31 from 9216", got, pane.Attrs["data-first"])
		}
	})
}

func TestProgramPageTellsWhatItWroteBeforeItsLastExit(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		w.says("talk", "one\n\x1b[1mlast\x1b[0m words\n")
		if _, err := w.Stop(t.Context(), "talk", true); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Start(t.Context(), "talk", true); err != nil {
			t.Fatal(err)
		}
		w.says("talk", "of another life\n")
		page := w.page("/programs/talk")
		if got, want := page.One(t, "#last-stdout").Text(), "one last words"; got != want {
			t.Errorf("it says %q, want %q", got, want)
		}
		if got := page.One(t, "#last-head").Text(); got != "Before its last exit" {
			t.Errorf("the heading is %q", got)
		}
		if got := page.One(t, "#past").Text(); !strings.Contains(got, "terminated by SIGTERM") {
			t.Errorf("how it ended is not told: %s", got)
		}
		if err := w.ClearLog("talk"); err != nil {
			t.Fatal(err)
		}
		if got := w.page("/programs/talk").One(t, "#past").Text(); !strings.Contains(got, "was rotated away or cleared since") {
			t.Errorf("after it was cleared: %s", got)
		}
	})
}

func TestProgramPageShowsItsConfiguration(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		page := w.page("/programs/talk")
		rows := map[string]string{}
		for _, row := range append(page.One(t, "#settings").All("div.row"), page.One(t, "#environment").All("div.row")...) {
			cells := texts(row.All("[role=cell]"))
			rows[cells[0]] = strings.ReplaceAll(cells[1]+" @ "+cells[2], w.Dir, "DIR")
		}
		for key, want := range map[string]string{
			"command":        "/bin/cat --password=*** @ supervisord.conf:6",
			"startsecs":      "0 @ supervisord.conf:7",
			"stdout_logfile": "DIR/talk.log @ supervisord.conf:8",
			"startretries":   "3 @ default",
			"API_KEY":        "*** @ supervisord.conf:10",
			"MODE":           "fast @ supervisord.conf:10",
			"LANG":           "C @ supervisord.conf:4",
			"DB_PASSWORD":    "*** @ supervisord.conf:4",
		} {
			if got := rows[key]; got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		for _, secret := range []string{"hidden", "topsecret"} {
			if strings.Contains(page.Text(), secret) {
				t.Errorf("the page shows %q", secret)
			}
		}
		if got := page.One(t, "#settings").Text(); !strings.Contains(got, "[program:talk] in "+w.Dir+"/supervisord.conf:5") {
			t.Errorf("where it is declared: %s", got)
		}
	})
}

func TestProgramPageTellsWhyItIsDown(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		page := w.page("/programs/gone")
		if got, want := page.One(t, "[aria-labelledby=why-head]").Text(), "Why it is down can't find command '/nonexistent'"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := texts(page.One(t, "form.buttons").All("button")); !cmp.Equal(got, []string{"Start"}) {
			t.Errorf("buttons %v", got)
		}
	})
}

func TestProgramPageOfNothing(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		for path, want := range map[string]int{
			"/programs/nix": 404, "/programs/talk:*": 404, "/programs/talk/logs/stderr": 404, "/programs/talk/logs/nix": 404, "/programs/nix/logs/stdout": 404,
			"/programs/talk:talk": 200,
		} {
			if got := w.get(path).Code; got != want {
				t.Errorf("%s: %d, want %d", path, got, want)
			}
		}
		w.role = auth.Viewer
		page := w.page("/programs/talk")
		for _, form := range page.One(t, "main").All("form[method=post]") {
			t.Errorf("a viewer has the form %v", form.Attrs)
		}
	})
}

func TestLogsAreDownloaded(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		text := strings.Repeat("0123456789abcde\n", 200_000) // more than one piece
		if err := os.WriteFile(w.Dir+"/talk.log", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		answer := w.get("/programs/talk/logs/stdout")
		if answer.Body.String() != text {
			t.Errorf("%d bytes, want %d", answer.Body.Len(), len(text))
		}
		if got, want := answer.Header().Get("Content-Disposition"), "attachment; filename*=UTF-8''talk-stdout.log"; got != want {
			t.Errorf("Content-Disposition: %s, want %s", got, want)
		}
	})
}

func TestSignalAndClearLog(t *testing.T) {
	inBubble(t, talkers, func(t *testing.T, w *world) {
		w.says("talk", "something\n")
		confirm := webtest.Parse(t, w.post("/actions/signal", url.Values{"only": {"talk"}, "signal": {"HUP"}}).Body.String())
		if got := confirm.One(t, "input[name=signal]").Attrs["value"]; got != "HUP" {
			t.Errorf("the question forgets which signal: %q", got)
		}
		for _, c := range []struct {
			action string
			form   url.Values
			want   string
		}{
			{"signal", url.Values{"only": {"talk"}, "signal": {"HUP"}}, "talk signalled."},
			{"signal", url.Values{"only": {"talk"}, "signal": {"NOTHING"}}, "talk: there is no such signal."},
			{"signal", url.Values{"only": {"gone"}, "signal": {"HUP"}}, "gone: it does not run."},
			{"clear-log", url.Values{"only": {"talk"}}, "Logs of talk cleared."},
		} {
			c.form.Set("confirmed", "yes")
			if got := w.flashOf(w.post("/actions/"+c.action, c.form)); got != c.want {
				t.Errorf("%s %v: %q, want %q", c.action, c.form, got, c.want)
			}
		}
		part, err := w.LogRange("talk", service.Stdout, 0, 100)
		if err != nil || len(part.Data) > 0 {
			t.Errorf("the log has %q, %v", part.Data, err)
		}
		if got := w.state("talk"); got != "EXITED" && got != "RUNNING" {
			t.Errorf("it is %s", got)
		}
	})
}

func TestLifeIsDrawnToScale(t *testing.T) {
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(before time.Duration, to supervise.State, expected bool) history.Change {
		return history.Change{At: now.Add(-before), To: to, Expected: expected}
	}
	words := lang.In(lang.English)
	for name, c := range map[string]struct {
		changes []history.Change
		want    []lifeBar
		label   string
	}{
		"nothing": {nil, nil, ""},
		"an hour": {
			[]history.Change{at(time.Hour, supervise.Starting, false), at(59*time.Minute, supervise.Running, false), at(30*time.Minute, supervise.Exited, false)},
			[]lifeBar{{0, 16, "busy", ""}, {16, 484, "good", ""}, {500, 500, "bad", ""}},
			"Starting for 1 min, Running for 29 min, Exited for 30 min",
		},
		"more than a day": {
			[]history.Change{at(72*time.Hour, supervise.Starting, false), at(48*time.Hour, supervise.Running, false), at(12*time.Hour, supervise.Exited, true)},
			[]lifeBar{{0, 500, "good", ""}, {500, 500, "idle", ""}},
			"Running for 12 h, Exited for 12 h",
		},
		"the shortest is seen": {
			[]history.Change{at(time.Hour, supervise.Running, false), at(time.Millisecond, supervise.Stopping, false)},
			[]lifeBar{{0, 999, "good", ""}, {999, 3, "busy", ""}},
			"Running for 59 min 59 s, Stopping for 0 s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := lifeOf(c.changes, now, words)
			if got.Label != c.label {
				t.Errorf("label %q, want %q", got.Label, c.label)
			}
			for i := range got.Bars {
				got.Bars[i].Title = ""
			}
			if diff := cmp.Diff(c.want, got.Bars); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
