package web

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// cells are the rows of a table of the page, without white space.
func cells(page *webtest.Node, table string) (rows [][]string) {
	for _, row := range page.All(table) {
		for _, r := range row.All("div.row") {
			rows = append(rows, texts(r.All("[role=cell]")))
		}
	}
	return rows
}

func TestHealthOfADaemonWithJobs(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		page := w.page("/health")
		if got := page.One(t, "section.well").Text(); !strings.HasPrefix(got, "Everything is well") {
			t.Errorf("%q", got)
		}
		facts := map[string]string{}
		for _, pair := range page.All("dl.figures") {
			for _, d := range pair.All("div") {
				facts[d.One(t, "dt").Text()] = d.One(t, "dd").Text()
			}
		}
		for name, want := range map[string]string{"Process id": "4711", "State": "Running", "Version": service.BuildVersion(), "Runs in hand": "0"} {
			if facts[name] != want {
				t.Errorf("%s is %q, want %q", name, facts[name], want)
			}
		}
		if !strings.HasPrefix(facts["Next run"], "2000-01-01 0") {
			t.Errorf("the next run is %q", facts["Next run"])
		}
		if got := cells(page, "div.disks"); len(got) != 1 || got[0][0] != w.Dir || got[0][1] != "OK" && got[0][1] != "Nearly full" {
			t.Errorf("disks: %q", got)
		}
		if got := cells(page, "div.stores"); len(got) != 1 || got[0][0] != "default" || got[0][1] != "OK" {
			t.Errorf("stores: %q", got)
		}
		if got := cells(page, "div.nodes"); len(got) != 1 || !strings.HasSuffix(got[0][0], "this daemon") || got[0][1] != "Alive" {
			t.Errorf("nodes: %q", got)
		}
		if got := w.page("/health", "Accept-Language", "zh").One(t, "section.well").Text(); !strings.HasPrefix(got, "一切正常") {
			t.Errorf("in Chinese: %q", got)
		}
	})
}

func TestHealthTellsWhatIsNotWell(t *testing.T) {
	withJobsIn(t, someJobs, trouble{away: errors.New("no route to host")}, func(t *testing.T, w *jobWorld) {
		page := w.page("/health")
		if diff := cmp.Diff([]string{"The job store default does not answer."}, texts(page.One(t, "section.attention").All("li"))); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		if got := strings.Join(cells(page, "div.stores")[0], "|"); !strings.HasPrefix(got, "default|Away|") || !strings.Contains(got, "no route to host") {
			t.Errorf("the store: %q", got)
		}
	})
	withJobsIn(t, someJobs, trouble{down: errors.New("the directory is locked")}, func(t *testing.T, w *jobWorld) {
		page := w.page("/health")
		if got := page.One(t, "section.faults").Text(); !strings.Contains(got, "the directory is locked") {
			t.Errorf("a scheduler that cannot start: %q", got)
		}
		if got := page.One(t, "section.attention").Text(); !strings.Contains(got, "cannot start") {
			t.Errorf("problems: %q", got)
		}
	})
}

func TestHealthTellsOfAPausedScheduler(t *testing.T) {
	withJobs(t, someJobs, func(t *testing.T, w *jobWorld) {
		if err := w.Jobs().PauseAll(); err != nil {
			t.Fatal(err)
		}
		if got := w.page("/health").One(t, "section.attention").Text(); !strings.Contains(got, "The scheduler is paused") {
			t.Errorf("problems: %q", got)
		}
	})
}

func TestHealthWithoutAScheduler(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		page := w.page("/health")
		if got := page.One(t, "div.small").Text(); !strings.HasPrefix(got, "This daemon has no scheduler") {
			t.Errorf("%q", got)
		}
		w.role = auth.Viewer
		if got := w.get("/health").Code; got != 200 {
			t.Errorf("for who may only read: %d", got)
		}
	})
}

// drawn is the page of h.
func (w *world) drawn(h *healthPage) *webtest.Node {
	w.t.Helper()
	var b bytes.Buffer
	f := &frame{Words: w.site.words[lang.English](), Data: h}
	if err := w.site.sets[lang.English]().execute(&b, "health", "part-health", f); err != nil {
		w.t.Fatal(err)
	}
	return webtest.Parse(w.t, b.String())
}

func TestListenersWorkersAndNodesAreShown(t *testing.T) {
	inBubble(t, programs, func(t *testing.T, w *world) {
		h := &healthPage{Scheduler: &schedulerPart{
			Class:   "good",
			Workers: []workerRow{{"app", "worker-1", "id1", []string{"a:b", "a:c"}, time.Now(), time.Now(), 2}},
			Nodes:   []schedule.Node{{Node: job.Node{Name: "other", Until: time.Now(), Runs: 3}, Store: "shared"}},
		}}
		words := w.site.words[lang.English]()
		listener := func(name string, state supervise.State, l supervise.ListenerStatus) {
			h.addListener(&service.ProcessInfo{Name: name, Group: "mail", Status: supervise.Status{State: state, Listener: &l}}, words)
		}
		listener("a", supervise.Running, supervise.ListenerStatus{State: "READY", Waiting: 1})
		listener("b", supervise.Running, supervise.ListenerStatus{State: "UNKNOWN", Offence: "said nonsense", Discarded: 7})
		listener("c", supervise.Fatal, supervise.ListenerStatus{State: "ACKNOWLEDGED"})
		page := w.drawn(h)
		want := [][]string{{"mail:a", "Ready", "1", "0"}, {"mail:b", "Broken off", "0", "7", "said nonsense"}, {"mail:c", "Fatal", "0", "0"}}
		if diff := cmp.Diff(want, cells(page, "div.listeners")); diff != "" {
			t.Errorf("listeners (-want +got):\n%s", diff)
		}
		if got := strings.Join(texts(page.One(t, "section.attention").All("li")), "|"); got != "The event listener mail:b does not take events.|The event listener mail:c does not take events." {
			t.Errorf("problems: %q", got)
		}
		if got := cells(page, "div.workers"); len(got) != 1 || got[0][0] != "worker-1" || got[0][2] != "2" || got[0][5] != "a:b, a:c" {
			t.Errorf("workers: %q", got)
		}
		if got := cells(page, "div.nodes"); len(got) != 1 || got[0][0] != "other" || got[0][1] != "Idle or gone" || got[0][2] != "3" {
			t.Errorf("nodes: %q", got)
		}
	})
}

func TestDisksThatAreNotThere(t *testing.T) {
	h := &healthPage{}
	dir := filepath.Join(t.TempDir(), "none")
	h.addDisk(dir, lang.In(lang.English))
	if got := h.Disks[0]; got.Class != "bad" || got.Fault == "" || len(h.Problems) != 1 {
		t.Errorf("%+v, %q", got, h.Problems)
	}
}

func TestLatencyIsShort(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "< 1 ms", 999 * time.Microsecond: "< 1 ms", 1500 * time.Microsecond: "1 ms", 2 * time.Second: "2000 ms"} {
		if got := latency(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
