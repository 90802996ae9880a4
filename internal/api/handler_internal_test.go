package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func TestWhatIsNoRouteIsAProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		for _, c := range []struct{ method, path, want, allow string }{
			{"GET", "", api.ProblemNoRoute, ""},
			{"GET", "/nix", api.ProblemNoRoute, ""},
			{"GET", "x", api.ProblemNoRoute, ""}, // /api/v1x
			{"GET", "//processes", api.ProblemNoRoute, ""},
			{"GET", "/processes/", api.ProblemNoRoute, ""},
			{"GET", "/processes/../daemon", api.ProblemNoRoute, ""},
			{"POST", "/processes", api.ProblemMethod, "GET"},
			{"GET", "/processes/web:web_00/start", api.ProblemMethod, "POST"}, // nothing happens by GET
			{"OPTIONS", "/jobs/x", api.ProblemMethod, "GET, PUT, PATCH, DELETE"},
			{"DELETE", docsPath, api.ProblemMethod, "GET"},
			{"GET", docsPath + "/nix", api.ProblemNoRoute, ""},
			{"GET", docsPath + "x", api.ProblemNoRoute, ""},
		} {
			answer := w.ask(c.method, c.path, "")
			if got := w.problem(answer); got != c.want || answer.Header().Get("Allow") != c.allow {
				t.Errorf("%s %s: %d %s, Allow: %s", c.method, c.path, answer.Code, answer.Body, answer.Header().Get("Allow"))
			}
		}
	})
}

// TestNoActionHappensByGET: reading is all that GET, and a lesser role, can do.
func TestNoActionHappensByGET(t *testing.T) {
	for _, o := range newServer(nil, Options{}).operations {
		switch {
		case o.method == http.MethodGet && o.role != auth.Viewer:
			t.Errorf("%s is an action by GET", o.id)
		case o.method != http.MethodGet && o.role == auth.Viewer && !slices.Contains([]string{"previewTrigger"}, o.id):
			t.Errorf("%s changes something, and everybody may", o.id)
		}
	}
}

func TestAFaultOfOursIsOnlyInTheLog(t *testing.T) {
	var log strings.Builder
	s := newServer(nil, Options{Log: logTo(&log)})
	p := s.problem("op", fmt.Errorf("dial redis://u:hunter2@h: refused"))
	if p.Status != 500 || p.Type != api.ProblemInternal || strings.Contains(p.Error(), "hunter2") || !strings.Contains(log.String(), "refused") {
		t.Errorf("problem %+v, log %s", p, log.String())
	}
}

func TestAPanicIsAProblem(t *testing.T) {
	var log strings.Builder
	h := Handler(nil, Options{Log: logTo(&log)}) // without a service, which no daemon has
	w := &world{t: t, handler: h}
	answer := w.ask("GET", "/daemon", "")
	if got := w.problem(answer); got != api.ProblemInternal || !strings.Contains(log.String(), "panic") {
		t.Errorf("%d %s, log %s", answer.Code, answer.Body, log.String())
	}
}

func TestPagesNeitherRepeatNorHide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		var all []string
		for after := ""; ; {
			var page api.Processes
			w.decode(w.want(200, w.ask("GET", "/processes?limit=2&after="+url.QueryEscape(after), "")), &page)
			for _, p := range page.Processes {
				all = append(all, p.ID)
			}
			if after = page.Next; after == "" {
				break
			}
			if after == "deaf" { // what was seen may go
				w.want(200, w.ask("POST", "/processes/deaf/stop", ""))
				w.want(204, w.ask("DELETE", "/groups/deaf", ""))
			}
		}
		want := []string{"brief", "deaf", "gone", "idle", "passwd", "slow", "web:web_00", "web:web_01"}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("processes (-want +got):\n%s", diff)
		}
	})
}

func TestRunsHavePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		w.run("/bin/short")
		for range 5 { // of one and the same moment
			w.want(200, w.ask("POST", "/jobs/short/run", ""))
		}
		time.Sleep(time.Second)
		w.run("/bin/other")
		var all []string
		for after := ""; ; {
			var page api.Runs
			w.decode(w.want(200, w.ask("GET", "/runs?limit=2&after="+after, "")), &page)
			for _, r := range page.Runs {
				all = append(all, r.ID)
			}
			if after = page.Next; after == "" {
				break
			}
		}
		slices.Sort(all)
		if all = slices.Compact(all); len(all) != 7 {
			t.Errorf("%d runs on the pages, want 7: %v", len(all), all)
		}
	})
}

func TestLogsAreReadByRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		if err := os.WriteFile(w.Dir+"/0.log", []byte("0123456789"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ query, want, offset, next string }{
			{"", "0123456789", "0", "10"},
			{"?limit=4", "0123", "0", "4"},
			{"?offset=4&limit=4", "4567", "4", "8"},
			{"?offset=-3", "789", "7", "10"},
			{"?offset=-3&limit=1", "7", "7", "8"},
			{"?offset=10", "", "10", "10"},
			{"?follow=true&offset=8", "89", "8", ""},
			{"?follow=true&offset=-2", "89", "8", ""},
			{"?follow=true&offset=0", "0123456789", "0", ""},
		} {
			answer := w.want(200, w.ask("GET", "/processes/web:web_00/logs/stdout"+c.query, ""))
			got := []string{answer.Body.String(), answer.Header().Get("Log-Offset"), answer.Header().Get("Log-Next")}
			if diff := cmp.Diff([]string{c.want, c.offset, c.next}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.query, diff)
			}
		}
	})
}

func TestFollowersHearWhatIsAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs)
		time.AfterFunc(time.Second/2, func() { _ = w.SendStdin(t.Context(), "web:web_00", "hello") })
		if got := w.ask("GET", "/processes/web:web_00/logs/stdout?follow=true", "").Body.String(); got != "hello" {
			t.Errorf("followed %q", got)
		}
	})
}

func TestTheLogOfARunIsFollowedToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		id := w.run("/bin/long")
		time.AfterFunc(time.Second/2, func() { w.want(200, w.ask("POST", "/runs/"+id+"/cancel", "")) })
		begun := time.Now()
		if got := w.want(200, w.ask("GET", "/runs/"+id+"/log?follow=true&offset=4", "")).Body.String(); got != "of long\n" {
			t.Errorf("followed %q", got)
		}
		if took := time.Since(begun); took >= time.Second {
			t.Errorf("the stream went on for %v, past the end of the run", took)
		}
	})
}

// TestAFollowerOutlivesATroubledStore: that a run cannot be looked up for a while
// does not mean that it is over.
func TestAFollowerOutlivesATroubledStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var run service.RunInfo
		for _, last := range []error{nil, fmt.Errorf("run x %w", job.ErrNotFound)} {
			answers := []error{errors.New("dial: refused"), service.ErrStoreAway, last}
			run.Run.Phase = job.Done
			wait := func(context.Context) (service.RunInfo, error) {
				err := answers[0]
				answers = answers[1:]
				return run, err
			}
			if !untilOver(t.Context(), wait) || len(answers) > 0 {
				t.Errorf("it ended before %v", answers)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if untilOver(ctx, func(context.Context) (service.RunInfo, error) { return service.RunInfo{}, service.ErrStoreAway }) {
			t.Error("a run is over that nobody could look up")
		}
	})
}

func TestOnlyAdminsNameFilesInAPreview(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		file := filepath.Join(w.Dir, "days.ICS")
		if err := os.WriteFile(file, []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, options := range []string{
			`{"trigger": "cron", "hour": 3, "exclude": "` + file + `"}`, `{"trigger": "cron", "hour": 3, "only": "/nonexistent.ics"}`,
			`{"trigger": "cron[hour='3', exclude='` + file + `']"}`, `{"trigger": "cron[hour='3', exclude='/nonexistent.i\\cs']"}`,
		} {
			answer := w.want(422, w.askAs(auth.Operator, "POST", "/triggers/preview", `{"options": `+options+`}`))
			if !strings.Contains(answer.Body.String(), "only an admin may name a file here") {
				t.Errorf("%s: %s", options, answer.Body)
			}
		}
		body := `{"options": {"trigger": "cron", "hour": 3, "exclude": "` + file + `"}}`
		if answer := w.ask("POST", "/triggers/preview", body); strings.Contains(answer.Body.String(), "only an admin") {
			t.Errorf("an admin: %s", answer.Body)
		}
		w.want(200, w.askAs(auth.Viewer, "POST", "/triggers/preview", `{"options": {"trigger": "cron", "hour": 3, "exclude": "05-01"}}`))
	})
}

func TestTheStatusOfAJobHasNoWordOfADriver(t *testing.T) {
	got := statusOf(&service.JobInfo{Text: "waiting: its store is away: dial redis://u:secret@h"})
	if want := "waiting: its store is away"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	w := &eventWriter{hub: newHub(service.New(service.Parts{}, &config.Config{}))}
	e := w.public(api.Event{Store: &api.StoreEvent{JobStore: "s", Error: "dial redis://u:secret@h"}})
	if strings.Contains(e.Store.Error, "secret") {
		t.Errorf("the event says %q", e.Store.Error)
	}
}

func TestJobsAreChangedOnlyAsTheyWereSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		const spec = `{"trigger": "interval", "minutes": 5, "command": "/bin/true"}`
		first := w.want(201, w.ask("PUT", "/jobs/own", spec))
		var before, after api.Job
		w.decode(first, &before)
		time.Sleep(time.Minute)
		again := w.want(200, w.ask("PUT", "/jobs/own", spec))
		w.decode(again, &after)
		if before.Revision != after.Revision {
			t.Errorf("the same PUT made revision %d of %d", after.Revision, before.Revision)
		}
		if !before.Next.Equal(*after.Next) {
			t.Errorf("the same PUT moved the next run from %v to %v", before.Next, after.Next)
		}
		tag := again.Header().Get("ETag")
		w.want(200, w.ask("PATCH", "/jobs/own", `{"timeout": 60}`, "If-Match", tag))
		w.want(412, w.ask("PATCH", "/jobs/own", `{"timeout": 90}`, "If-Match", tag))
		w.want(412, w.ask("DELETE", "/jobs/own", "", "If-Match", tag))
		w.want(412, w.ask("PUT", "/jobs/own", spec, "If-Match", "W/"+tag))
		w.decode(w.want(200, w.ask("GET", "/jobs/own", "")), &after)
		if after.Policy.Timeout != 60 || after.State != api.JobScheduled {
			t.Errorf("the job is %+v", after)
		}
		w.want(200, w.ask("PATCH", "/jobs/own", `{"timeout": null}`, "If-Match", "*"))
		after = api.Job{}
		w.decode(w.want(200, w.ask("POST", "/jobs/own/pause", "")), &after)
		if after.Policy.Timeout != 0 || after.State != api.JobPaused {
			t.Errorf("the job is %+v", after)
		}
		w.want(204, w.ask("DELETE", "/jobs/own", "", "If-Match", "*"))
	})
}

func TestTheSamePutOfAFunctionChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		const spec = `{"trigger": "interval", "minutes": 5, "func": "m:f", "executor": "app"}`
		var before, after api.Job
		w.decode(w.want(201, w.ask("PUT", "/jobs/own", spec)), &before)
		time.Sleep(time.Minute)
		w.decode(w.want(200, w.ask("PUT", "/jobs/own", spec)), &after)
		if before.Revision != after.Revision {
			t.Errorf("the same PUT made revision %d of %d", after.Revision, before.Revision)
		}
	})
}

func TestOptionsOfJobsMayBeJSON(t *testing.T) {
	var spec jobSpec
	text := `{"hour": 3, "seconds": 0.5, "args": [12345678901234567890, {"a": null}], "kwargs": {"b": true},
		"environment": {"B": "x \" y", "A": "1,2"}, "redirect_stderr": true, "name": null}`
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	got, err := spec.options()
	if err != nil {
		t.Fatal(err)
	}
	want := []config.JobOption{
		{Key: "args", Value: `[12345678901234567890, {"a": null}]`}, {Key: "environment", Value: `A="1,2",B='x " y'`}, {Key: "hour", Value: "3"}, {Key: "kwargs", Value: `{"b": true}`},
		{Key: "redirect_stderr", Value: "true"}, {Key: "seconds", Value: "0.5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{`{"hour": {}}`, `{"hour": [3]}`, `{"command": 5}`, `{"func": true}`, `{"name": ["x"]}`, `{"args": {}}`,
		`{"environment": {"A": {}}}`, `{"environment": {"A": []}}`, `{"environment": {"A": "\"'"}}`, `{"environment": {"A": "'x"}}`} {
		spec = nil
		if err := json.Unmarshal([]byte(wrong), &spec); err != nil {
			t.Fatal(err)
		}
		if _, err := spec.options(); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

// TestDocsNeedNothingElse: the page has all operations, loads only its own
// style, and has nothing that the policy forbids.
func TestDocsNeedNothingElse(t *testing.T) {
	h := Handler(nil, Options{})
	w := &world{t: t, handler: h}
	answer := w.want(200, w.ask("GET", docsPath, ""))
	page := answer.Body.String()
	for _, o := range newServer(nil, Options{}).operations {
		if !strings.Contains(page, `<h3 id="`+o.id+`">`) {
			t.Errorf("the page does not show %s", o.id)
		}
	}
	for _, k := range problemKinds() {
		_, anchor, _ := strings.Cut(k.uri, "#")
		if !strings.Contains(page, `<tr id="`+anchor+`">`) {
			t.Errorf("the page does not explain %s", k.uri)
		}
	}
	if found := regexp.MustCompile(`(?i)<script|<style|style="|onclick|javascript:|src=`).FindString(page); found != "" {
		t.Errorf("the page has %q, which the policy forbids", found)
	}
	for _, target := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		id, local := strings.CutPrefix(target[1], "#")
		switch {
		case local && !strings.Contains(page, `id="`+id+`"`):
			t.Errorf("a link to %s leads nowhere", target[1])
		case !local && !strings.HasPrefix(target[1], "/"):
			t.Errorf("a link leaves the daemon: %s", target[1])
		}
	}
	w.want(200, w.ask("GET", docsPath+"/docs.css", ""))
	w.want(304, w.ask("GET", docsPath, "", "If-None-Match", answer.Header().Get("ETag")))
	w.want(403, w.askAs(auth.Nobody, "GET", docsPath, ""))
}

func TestTheDocumentHasTwoForms(t *testing.T) {
	h := Handler(nil, Options{})
	w := &world{t: t, handler: h}
	asJSON := w.want(200, w.ask("GET", "/openapi.json", ""))
	golden, err := os.ReadFile("testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(asJSON.Body.Bytes(), golden) {
		t.Error("openapi.json is not the golden")
	}
	asYAML := w.want(200, w.ask("GET", "/openapi.yaml", ""))
	if text := asYAML.Body.String(); !strings.Contains(text, "openapi: 3.1.0\n") {
		t.Errorf("openapi.yaml begins with %.200s", text)
	}
}

func TestHealthTellsWhichPartIsNotWell(t *testing.T) {
	for title, tt := range map[string]struct {
		condition
		want string
	}{
		"a store":       {condition{away: errors.New("refused")}, "store:default"},
		"the scheduler": {condition{down: errors.New("no state directory")}, "scheduler"},
		"nothing":       {condition{}, ""},
	} {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorldAs(t, programs+jobs, tt.condition)
				status, failed := http.StatusOK, ""
				if tt.want != "" {
					status = http.StatusServiceUnavailable
				}
				var health api.Health
				w.decode(w.want(status, w.ask("GET", "/health/ready", "")), &health)
				for _, p := range health.Parts {
					if !p.OK {
						failed += p.Name
					}
				}
				if failed != tt.want || health.Ready != (tt.want == "") {
					t.Errorf("%q is not well, want %q: %+v", failed, tt.want, health)
				}
				w.want(http.StatusOK, w.ask("GET", "/health/live", ""))
			})
		})
	}
}

// TestAJobOfAProgramIsChangedThere: who shares the store with us, and does
// not go through the API, has declared what we cannot say in options.
func TestAJobOfAProgramIsChangedThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		theirs := job.Job{ID: "theirs", Trigger: trigger.EveryFrom(time.Now(), time.Hour), Func: "theirs"}
		if _, err := w.Jobs().Scheduler().In("default").Add(t.Context(), theirs); err != nil {
			t.Fatal(err)
		}
		var j api.Job
		w.decode(w.want(200, w.ask("GET", "/jobs/theirs", "")), &j)
		if j.Source != api.SourceProgram {
			t.Errorf("its source is %s", j.Source)
		}
		for _, method := range []string{"PUT", "PATCH"} {
			answer := w.ask(method, "/jobs/theirs", `{"trigger": "cron", "command": "x"}`)
			if got := w.problem(answer); got != api.ProblemDeclared {
				t.Errorf("%s: %d %s", method, answer.Code, answer.Body)
			}
		}
		w.want(200, w.ask("POST", "/jobs/theirs/pause", ""))
	})
}

// TestRefusalsQuoteNothing: what was sent may be a secret, and answers get
// into logs.
func TestRefusalsQuoteNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		w.write("[supervisord]\n[program:x]\ncommand=x\nenvironment=A=hunter2,B\n")
		for _, c := range []struct{ method, path, body string }{
			{"POST", "/config/reread", ""},
			{"POST", "/processes/web:web_00/stdin", `{"data": {"password": "hunter2"}}`},
			{"POST", "/processes/web:web_00/stdin", `{"data": "hunter2`},
			{"POST", "/processes/web:web_00/stdin?token=hunter2", `{"data": ""}`},
			{"POST", "/processes/web:web_00/signal", `{"signal": "` + strings.Repeat("hunter2", 10) + `"}`},
			{"GET", "/runs?since=hunter2", ""},
			{"GET", "/processes?limit=hunter2", ""},
			{"POST", "/jobs", `{"trigger": "cron", "command": "x", "environment": {"A": ["hunter2"]}}`},
			{"POST", "/jobs", `{"trigger": "cron", "command": "x", "environment": "A='hunter2"}`},
			{"POST", "/jobs", `{"trigger": "cron", "command": "x", "environment": "A=hunter2,B"}`},
		} {
			answer := w.ask(c.method, c.path, c.body)
			if w.problem(answer) == "" || strings.Contains(answer.Body.String(), "hunter2") {
				t.Errorf("%s %s: %d %s", c.method, c.path, answer.Code, answer.Body)
			}
		}
	})
}
