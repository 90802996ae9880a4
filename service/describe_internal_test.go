package service

import (
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func TestDescribe(t *testing.T) {
	now := time.Date(2026, 11, 22, 6, 20, 0, 900e6, time.Local)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for _, c := range []struct {
		name   string
		status supervise.Status
		want   string
	}{
		{"running", supervise.Status{State: supervise.Running, PID: 7, Start: ago(7 * time.Second)}, "pid 7, uptime 0:00:07"},
		{"a day", supervise.Status{State: supervise.Running, PID: 7, Start: ago(26*time.Hour + 3*time.Minute + 4*time.Second)}, "pid 7, uptime 1 day, 2:03:04"},
		{"days", supervise.Status{State: supervise.Running, PID: 7, Start: ago(72*time.Hour + 7*time.Second)}, "pid 7, uptime 3 days, 0:00:07"},
		{"whole seconds of the clock count", supervise.Status{State: supervise.Running, PID: 7, Start: ago(1800 * time.Millisecond)}, "pid 7, uptime 0:00:01"},
		{"the clock was set back", supervise.Status{State: supervise.Running, PID: 7, Start: ago(-time.Hour)}, "pid 7, uptime 0:00:00"},
		{"fatal", supervise.Status{State: supervise.Fatal, SpawnErr: "can't find command 'x'"}, "can't find command 'x'"},
		{"backoff", supervise.Status{State: supervise.Backoff, SpawnErr: "Exited too quickly (process log may have details)"}, "Exited too quickly (process log may have details)"},
		{"fatal, nobody knows why", supervise.Status{State: supervise.Fatal}, `unknown error (try "tail web")`},
		{"stopped", supervise.Status{State: supervise.Stopped, Start: ago(time.Hour), Stop: now}, "Nov 22 06:20 AM"},
		{"exited in the afternoon", supervise.Status{State: supervise.Exited, Start: ago(time.Hour), Stop: now.Add(-17 * 24 * time.Hour).Add(12 * time.Hour)}, "Nov 05 06:20 PM"},
		{"never started", supervise.Status{State: supervise.Stopped}, "Not started"},
		{"starting", supervise.Status{State: supervise.Starting, PID: 7, Start: now}, ""},
		{"stopping", supervise.Status{State: supervise.Stopping, PID: 7, Start: now}, ""},
		{"unknown", supervise.Status{State: supervise.Unknown, PID: 7, Start: now}, ""},
		{"with a note", supervise.Status{State: supervise.Exited, Start: ago(time.Hour), Stop: now, Note: "left: 9 worker"}, "Nov 22 06:20 AM (left: 9 worker)"},
		{"with nothing but a note", supervise.Status{State: supervise.Starting, Note: "left: 9 worker"}, "left: 9 worker"},
	} {
		if got := describe("web", &c.status, now); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestByCompletion(t *testing.T) {
	at := func(ms, place int) arrival {
		return arrival{Result: Result{Name: string(rune('a' + place))}, place: place, at: time.UnixMilli(int64(ms))}
	}
	for _, c := range []struct {
		name     string
		arrivals []arrival
		want     string
	}{
		{"none", nil, ""},
		{"the order of completion", []arrival{at(2000, 0), at(1000, 1), at(3000, 2)}, "bac"},
		{"what came together stands in the order of the request", []arrival{at(1003, 2), at(1001, 1), at(1040, 0)}, "abc"},
		{"in each heap for itself", []arrival{at(1000, 3), at(1049, 1), at(1050, 2), at(1051, 0)}, "bdac"},
	} {
		results := byCompletion(c.arrivals)
		got := ""
		for _, r := range results {
			got += r.Name
		}
		if got != c.want || results == nil {
			t.Errorf("%s: %q (nil: %t), want %q", c.name, got, results == nil, c.want)
		}
	}
}
