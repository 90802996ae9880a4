package jobctl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/jobctl"
)

const (
	nightly = `{"id":"nightly","jobstore":"default","state":"scheduled","trigger":{"text":"cron[hour='3']","description":"at 03:00 every day"},"next_run_time":"2030-01-03T02:00:00Z"}`
	waiting = `{"id":"nightly~1","job":"nightly","jobstore":"default","phase":"waiting"}`
	running = `{"id":"nightly~1","job":"nightly","jobstore":"default","phase":"running","due_at":"2030-01-02T03:04:00Z","attempt":2}`
	retry   = `{"id":"nightly~1","job":"nightly","jobstore":"default","phase":"waiting","outcome":"failed","due_at":"2030-01-02T03:05:00Z","attempt":1}`
	done    = `{"id":"nightly~1","job":"nightly","jobstore":"default","phase":"done","outcome":"succeeded"}`
)

func TestColoursAreForTerminals(t *testing.T) {
	_, url := start(t, "GET /jobs = 200 {\"jobs\":["+nightly+"]}", nil)
	var o outcome
	env := o.env(url)
	env.Color = true
	o.run(t, env, []string{"job", "list"})
	want := "JOB      STATE      NEXT RUN  TRIGGER\nnightly  \x1b[32mscheduled\x1b[0m  in 23h    at 03:00 every day\nexit 0\n"
	if diff := cmp.Diff(want, o.String()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	_, url := start(t, `
		GET /scheduler = 200 {"state":"running"}
		POST /jobs/nightly/run = 200 `+waiting+`
		GET /runs/nightly~1?jobstore=default&wait=1 = 200 `+retry+`
		GET /runs/nightly~1?jobstore=default&wait=1 = drop
		GET /runs/nightly~1?jobstore=default&wait=1 = drop
		GET /runs/nightly~1?jobstore=default&wait=1 = 200 `+running+`
		GET /runs/nightly~1?jobstore=default&wait=1 = 200 `+done, nil)
	var o outcome
	env := o.env(url)
	env.Progress = true
	o.run(t, env, []string{"job", "run", "nightly", "--wait"})
	lines := strings.Split(o.stderr.String(), "\r\x1b[K")
	var different []string
	for i, line := range lines {
		if i == 0 || line != lines[i-1] { // a line is written again each second
			different = append(different, line)
		}
	}
	want := []string{"", "nightly~1: waiting", "nightly~1: attempt 1 failed, the next one is due in 55s", "nightly~1: the daemon does not answer",
		"nightly~1: running for 5s, attempt 2", ""}
	if diff := cmp.Diff(want, different); diff != "" {
		t.Errorf("lines of progress (-want +got):\n%s", diff)
	}
	if got, want := o.stdout.String(), "nightly~1: succeeded\n"; got != want || o.code != 0 {
		t.Errorf("printed %q with code %d, want %q", got, o.code, want)
	}
}

// pressing presses Ctrl-C when something is written.
type pressing struct {
	io.Writer
	pressed chan struct{}
}

func (p pressing) Write(text []byte) (int, error) {
	defer close(p.pressed)
	return p.Writer.Write(text)
}

// A user who presses Ctrl-C learns how to go on.
func TestCtrlC(t *testing.T) {
	for _, tt := range []struct {
		words, path, want string
	}{
		{"job run nightly --wait", "/api/v1/runs/nightly~1", "stderr: \nstderr: The run goes on: run show nightly~1\nexit 130\n"},
		{"run log -f nightly~1", "/api/v1/runs/nightly~1/log", "so far\nstderr: \nexit 130\n"},
		{"scheduler shutdown", "/api/v1/scheduler/shutdown", "stderr: \nstderr: The scheduler is still stopping: scheduler status\nexit 130\n"},
	} {
		pressed := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == tt.path && strings.HasSuffix(tt.path, "log"):
				fmt.Fprintln(w, "so far")
				if err := http.NewResponseController(w).Flush(); err != nil {
					t.Error(err)
				}
			case r.URL.Path == "/api/v1/scheduler":
				io.WriteString(w, `{"state":"running"}`)
				return
			case r.URL.Path != tt.path:
				io.WriteString(w, waiting)
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil { // so that a client that goes away is noticed
				t.Error(err)
			}
			if !strings.HasSuffix(tt.path, "log") { // else it is pressed when the text has come
				close(pressed)
			}
			<-r.Context().Done()
		}))
		var o outcome
		env := o.env(server.URL)
		env.Stdout = pressing{&o.stdout, pressed}
		env.Interrupt = func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			go func() {
				select {
				case <-pressed:
					cancel()
				case <-ctx.Done():
				}
			}()
			return ctx, cancel
		}
		o.run(t, env, strings.Fields(tt.words))
		server.Close()
		if diff := cmp.Diff(tt.want, o.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.words, diff)
		}
	}
}

func TestTheEditorFails(t *testing.T) {
	_, url := start(t, "GET /jobs/nightly = 200 "+nightly, nil)
	var o outcome
	env := o.env(url)
	env.Edit = func(context.Context, []byte) ([]byte, error) { return nil, errors.New("edit with vi: exit status 1") }
	o.run(t, env, []string{"job", "edit", "nightly"})
	if diff := cmp.Diff("stderr: Error: edit with vi: exit status 1\nexit 1\n", o.String()); diff != "" {
		t.Errorf("edit (-want +got):\n%s", diff)
	}
}

// On a terminal the editor is opened again, with the reason in it.
func TestTheEditorIsOpenedAgain(t *testing.T) {
	const refused = `PATCH /jobs/nightly?jobstore=default If-Match "7" {"hour":"25","trigger":"cron"} = 422 hour: 25 is above 23`
	f, url := start(t, `
		GET /jobs/nightly = 200 {"id":"nightly","jobstore":"default","options":{"hour":"3"},"revision":7}
		`+refused+`
		PATCH /jobs/nightly?jobstore=default If-Match "7" {"hour":"23","trigger":"cron"} = 200 `+nightly, nil)
	var o outcome
	env := o.env(url)
	env.Progress = true
	steps := []struct{ shown, edited string }{
		{"hour = 3\n", "hour 3"},
		{"# It was not taken:\n# \"hour 3\" is not KEY = VALUE\n# Without a change the job stays as it is.\n\nhour 3\n", "hour=25\ntrigger=cron"},
		{"# It was not taken:\n# hour: 25 is above 23\n# Without a change the job stays as it is.\n\nhour=25\ntrigger=cron\n", "hour=23\ntrigger=cron"},
	}
	env.Edit = func(_ context.Context, text []byte) ([]byte, error) {
		if len(steps) == 0 {
			return nil, errors.New("it is opened once more")
		}
		step := steps[0]
		steps = steps[1:]
		if !strings.HasSuffix(string(text), step.shown) {
			t.Errorf("the editor shows\n%s\nwant at its end\n%s", text, step.shown)
		}
		return []byte(step.edited), nil
	}
	o.run(t, env, []string{"job", "edit", "nightly"})
	f.finish()
	if diff := cmp.Diff("nightly: changed, next run in 23h\nexit 0\n", o.String()); diff != "" {
		t.Errorf("edit (-want +got):\n%s", diff)
	}

	// Whoever leaves it as it is gives up.
	f, url = start(t, `
		GET /jobs/nightly = 200 {"id":"nightly","jobstore":"default","options":{"hour":"3"},"revision":7}
		`+refused, nil)
	o = outcome{}
	env = o.env(url)
	env.Progress = true
	env.Edit = func(context.Context, []byte) ([]byte, error) { return []byte("hour=25\ntrigger=cron\n"), nil }
	o.run(t, env, []string{"job", "edit", "nightly"})
	f.finish()
	if diff := cmp.Diff("stderr: Error: hour: 25 is above 23\nexit 1\n", o.String()); diff != "" {
		t.Errorf("edit that is given up (-want +got):\n%s", diff)
	}
}

func TestCompletion(t *testing.T) {
	const (
		jobs      = `GET /jobs = 200 {"jobs":[` + nightly + `,{"id":"night-shift"},{"id":"poll"}]}`
		runs      = `GET /runs?limit=100 = 200 {"runs":[` + waiting + `,{"id":"poll@17"}]}`
		scheduler = `GET /scheduler = 200 {"jobstores":[{"name":"default"},{"name":"redis"}]}`
	)
	for _, tt := range []struct {
		words, word, script, want string
	}{
		{"", "", "", "job run scheduler"},
		{"job", "r", "", "remove resume run"},
		{"job show", "night", jobs, "nightly night-shift"},
		{"job pause nightly", "", jobs, "night-shift poll"},
		{"job show --jobstore", "", scheduler, "default redis"},
		{"job show", "", "GET /jobs = 503 The job store is away", ""},
		{"job add", "", "", ""},
		{"job add x trigger=cron", "tri", "", "triggers="},
		{"job add x", "mi", "", "minutes= milliseconds= microseconds= minute= misfire_grace_time="},
		{"job add x", "trigger=c", "", "trigger=cron trigger=crontab trigger=calendarinterval"},
		{"job add x", "command=", "", ""},
		{"job edit", "p", jobs, "poll"},
		{"job edit poll", "retr", "", "retries= retry_delay= retry_backoff= retry_max_delay="},
		{"run show", "poll", runs, "poll@17"},
		{"run list --outcome", "m", "", "missed"},
		{"run list", "--ph", "", "--phase"},
		{"scheduler", "s", "", "shutdown status"},
	} {
		f, url := start(t, tt.script, nil)
		var o outcome
		env := o.env(url)
		got := jobctl.Complete(t.Context(), env, strings.Fields(tt.words), tt.word)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("completion of %q after %q: got %q, want %q", tt.word, tt.words, got, tt.want)
		}
		f.finish()
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, tree := range jobctl.Commands(jobctl.Env{Zone: time.UTC}) {
		for _, command := range tree.Commands() {
			if command.Short == "" || command.RunE == nil {
				t.Errorf("%s has no help, or does nothing", command.CommandPath())
			}
		}
	}
}
