package classic_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/classic"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// programs are one in each state that a page can show, and what they have written.
const programs = `[supervisord]
logfile=$DIR/main.log
childlogdir=$DIR
[program:broken]
command=/nonexistent
startretries=0
[program:again]
command=/bin/true
startsecs=0
autorestart=true
restartpause=3600
[program:done]
command=/bin/true
startsecs=0
autorestart=false
[program:idle]
command=/bin/cat
autostart=false
stdout_logfile=NONE
[program:crash]
command=/bin/false
startretries=99
[program:slow]
command=/bin/cat
startsecs=100
[program:worker]
command=/bin/cat
startsecs=0
process_name=%(process_num)02d-&-b
numprocs=2
stdout_logfile=$DIR/worker%(process_num)d.log
`

var update = flag.Bool("update", false, "write testdata/pages.txtar anew")

// inBubble runs test with a page over a real service, whose children exist in
// memory only, 59 seconds after its start, in virtual time.
func inBubble(t *testing.T, test func(t *testing.T, ask func(method, target, form string) *httptest.ResponseRecorder)) {
	t.Helper()
	dir := servicetest.Dir(t, programs)
	log := []byte("\xd6\xd0\xce\xc4 is GBK\n中文 is UTF-8\n<script>\x00\n")
	if err := os.WriteFile(filepath.Join(dir, "worker0.log"), log, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		handler := classic.Handler(servicetest.New(t, dir).Service)
		time.Sleep(59 * time.Second)
		test(t, func(method, target, form string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, target, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r.WithContext(auth.With(r.Context(), auth.Identity{Role: auth.Admin})))
			synctest.Wait()
			return w
		})
	})
}

// TestPages compares whole pages with testdata/pages.txtar, whose file names
// are what is asked for.
func TestPages(t *testing.T) {
	defer func(zone *time.Location) { time.Local = zone }(time.Local)
	time.Local = time.UTC
	const golden = "testdata/pages.txtar"
	pages, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	inBubble(t, func(t *testing.T, ask func(method, target, form string) *httptest.ResponseRecorder) {
		for i, f := range pages.Files {
			w := ask("GET", f.Name, "")
			if w.Code != http.StatusOK {
				t.Errorf("%s: %d", f.Name, w.Code)
			}
			got := strings.TrimSuffix(w.Body.String(), "\n") + "\n"
			if diff := cmp.Diff(string(f.Data), got); diff != "" && !*update {
				t.Errorf("%s (-want +got):\n%s", f.Name, diff)
			}
			pages.Files[i].Data = []byte(got)
		}
	})
	if *update {
		if err := os.WriteFile(golden, txtar.Format(pages), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestActionsOfARealService: what the page says, and shows after it.
func TestActionsOfARealService(t *testing.T) {
	for _, tt := range []struct {
		form, message, shows string
	}{
		{"action=start&processname=idle", "Process idle started", `<td class="desc">pid 1`},
		{"action=start&processname=worker:00-%26-b", "ERROR: Process worker:00-&-b: already started", ""},
		{"action=start&processname=broken", "ERROR: Process broken: no such file", ""},
		{"action=start&processname=worker:*", "No such process named worker:*", ""},
		{"action=stop&processname=worker:01-%26-b", "Process worker:01-&-b stopped", `<span class="statusnominal">stopped</span>`},
		{"action=stop&processname=again", "Process again stopped", ""},
		{"action=stop&processname=done", "ERROR: Process done: not running", ""},
		{"action=restart&processname=done", "Process done restarted", ""},
		{"action=clearlog&processname=idle", "Log for idle cleared", ""},
		{"action=stopall", "All stopped at ", ""},
		{"action=restartall", "ERROR: Process broken: no such file; Process crash: spawn error", ""},
	} {
		inBubble(t, func(t *testing.T, ask func(method, target, form string) *httptest.ResponseRecorder) {
			w := ask("POST", "/index.html", tt.form)
			location := w.Header().Get("Location")
			message, err := url.PathUnescape(strings.TrimPrefix(location, "/?message="))
			if err != nil || w.Code != http.StatusSeeOther || !strings.HasPrefix(message, tt.message) {
				t.Errorf("%s: %d, %q, %v, want %q", tt.form, w.Code, message, err, tt.message)
			}
			if page := ask("GET", location, "").Body.String(); !strings.Contains(page, tt.shows) {
				t.Errorf("%s: the page does not show %q:\n%s", tt.form, tt.shows, page)
			}
		})
	}
}
