package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/metrics"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// page gets the page as somebody with a role.
func page(t *testing.T, m *metrics.Metrics, method string, role auth.Role) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, "/metrics", nil)
	r = r.WithContext(auth.With(r.Context(), auth.Identity{Name: "x", Role: role}))
	w := httptest.NewRecorder()
	m.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func newDaemon(t *testing.T) (*servicetest.Daemon, *metrics.Metrics) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte("[supervisord]\n[program:web]\ncommand = web\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := servicetest.New(t, dir)
	return d, metrics.New(d.Service, d.Bus)
}

func TestPageTellsOfProcessesUnderBothNames(t *testing.T) {
	d, m := newDaemon(t)
	d.Bus.Publish(supervise.StateChanged{Group: "web", Process: "web", To: supervise.Starting})
	d.Bus.Publish(supervise.StateChanged{Group: "web", Process: "web", To: supervise.Starting})
	_, text := page(t, m, http.MethodGet, auth.Viewer)
	for _, want := range []string{
		`watchkeeper_process_up{group="web",name="web"} [01]`,
		`watchkeeper_process_state{group="web",name="web"} \d+`,
		`watchkeeper_process_starts_total{group="web",name="web"} [2-9]`,
		`node_supervisord_up{group="web",name="web"} [01]`,
		`node_supervisord_state{group="web",name="web"} \d+`,
		`node_supervisord_exit_status{group="web",name="web"} 0`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(text) {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
}

func TestPageTellsOfRuns(t *testing.T) {
	d, m := newDaemon(t)
	run := schedule.RunEvent{Subject: schedule.Subject{Store: "default", Job: "a"}, Run: "a@1", Slot: time.Now().Add(-2 * time.Second)}
	for _, e := range []event.Event{
		schedule.RunStarted{RunEvent: run}, schedule.Executed{RunEvent: run}, schedule.Errored{RunEvent: run}, schedule.Cancelled{RunEvent: run},
		schedule.Lost{RunEvent: run}, schedule.Missed{RunEvent: run, Skipped: job.Skipped{Count: 7}}, schedule.Retried{RunEvent: run},
		schedule.StoreTrouble{Alias: `re"dis`},
	} {
		d.Bus.Publish(e)
	}
	_, text := page(t, m, http.MethodGet, auth.Viewer)
	for _, want := range []string{
		`watchkeeper_job_runs_total{job="",outcome="succeeded"} 1`,
		`watchkeeper_job_runs_total{job="",outcome="failed"} 1`,
		`watchkeeper_job_runs_total{job="",outcome="cancelled"} 1`,
		`watchkeeper_job_runs_total{job="",outcome="lost"} 1`,
		`watchkeeper_job_runs_total{job="",outcome="missed"} 7`,
		`watchkeeper_job_retries_total 1`,
		`watchkeeper_job_lateness_seconds_bucket{le="1"} 0`,
		`watchkeeper_job_lateness_seconds_bucket{le="30"} 1`,
		`watchkeeper_job_lateness_seconds_bucket{le="+Inf"} 1`,
		`watchkeeper_job_lateness_seconds_count 1`,
		`watchkeeper_jobstore_troubles_total{jobstore="re\"dis"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no line %s in\n%s", want, text)
		}
	}
}

// TestPageIsOfItsFormat holds every line to the grammar of the text format, and
// each family to its place.
func TestPageIsOfItsFormat(t *testing.T) {
	d, m := newDaemon(t)
	d.Bus.Publish(schedule.RunStarted{RunEvent: schedule.RunEvent{Slot: time.Now()}})
	_, text := page(t, m, http.MethodGet, auth.Admin)
	sample := regexp.MustCompile(`^([a-z_]+)(\{([a-z_]+="([^"\\]|\\.)*")(,[a-z_]+="([^"\\]|\\.)*")*\})? [-0-9.e+Inf]+$`)
	family, seen := "", map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "# HELP "):
			family = strings.Fields(line)[2]
			if seen[family] {
				t.Errorf("%s comes twice", family)
			}
			seen[family] = true
		case strings.HasPrefix(line, "# TYPE "):
			if strings.Fields(line)[2] != family {
				t.Errorf("type of another family: %s", line)
			}
		default:
			found := sample.FindStringSubmatch(line)
			if found == nil || !strings.HasPrefix(found[1], family) {
				t.Errorf("below %s: %s", family, line)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d families:\n%s", len(seen), text)
	}
}

func TestPageIsForThoseWhoMaySee(t *testing.T) {
	_, m := newDaemon(t)
	for _, c := range []struct {
		method string
		role   auth.Role
		want   int
	}{
		{http.MethodGet, auth.Viewer, http.StatusOK},
		{http.MethodHead, auth.Viewer, http.StatusOK},
		{http.MethodPost, auth.Admin, http.StatusMethodNotAllowed},
		{http.MethodGet, 0, http.StatusForbidden},
	} {
		status, text := page(t, m, c.method, c.role)
		if status != c.want {
			t.Errorf("%s as %v is %d, want %d", c.method, c.role, status, c.want)
		}
		if c.method == http.MethodHead && text != "" {
			t.Errorf("HEAD has a body: %s", text)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	dir := b.TempDir()
	var conf strings.Builder
	conf.WriteString("[supervisord]\n")
	for n := range 200 {
		fmt.Fprintf(&conf, "[program:p%d]\ncommand = web\n", n)
	}
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(conf.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	d := servicetest.New(b, dir)
	m := metrics.New(d.Service, d.Bus)
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r = r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Viewer}))
	for b.Loop() {
		w := httptest.NewRecorder()
		if m.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
	}
}
