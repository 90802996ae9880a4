package chaos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// TestTheOracleSees: each way to break a promise is seen, and nothing else is.
func TestTheOracleSees(t *testing.T) {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	slot := func(n int) time.Time { return first.Add(time.Duration(n) * time.Second) }
	row := func(n int, kind job.OutcomeKind) job.Run {
		return job.Run{ID: job.RunID("j", slot(n)), Job: "j", Slot: slot(n), Phase: job.Done, Outcome: job.Outcome{Kind: kind}}
	}
	missed := func(from, to int) job.Run {
		r := row(from, job.Missed)
		r.Skipped = job.Skipped{First: slot(from), Last: slot(to), Count: to - from + 1, Reason: job.Coalesced}
		return r
	}
	effect := func(n int, token int64) chaos.Effect {
		return chaos.Effect{Job: "j", Slot: slot(n).UnixMicro(), Token: token, At: token}
	}
	for name, c := range map[string]struct {
		onLost  job.OnLost
		rows    []job.Run
		effects []chaos.Effect
		breach  string
	}{
		"nothing":             {rows: []job.Run{row(0, job.Succeeded), row(1, job.Failed), row(2, job.Lost)}, effects: []chaos.Effect{effect(0, 1), effect(1, 2)}},
		"lost after it began": {rows: []job.Run{row(0, job.Lost), missed(1, 2)}, effects: []chaos.Effect{effect(0, 1)}},
		"run again":           {onLost: job.RerunLost, rows: []job.Run{row(0, job.Succeeded), missed(1, 2)}, effects: []chaos.Effect{effect(0, 1), effect(0, 2)}},
		"a slot without row":  {rows: []job.Run{row(0, job.Succeeded), row(2, job.Lost)}, effects: []chaos.Effect{effect(0, 1)}, breach: "has no row"},
		"a slot run twice":    {rows: []job.Run{row(0, job.Succeeded), missed(1, 2)}, effects: []chaos.Effect{effect(0, 1), effect(0, 2)}, breach: "at most one"},
		"a slot with two rows": {rows: []job.Run{row(0, job.Succeeded), missed(1, 2), row(2, job.Lost)},
			effects: []chaos.Effect{effect(0, 1)}, breach: "two rows"},
		"success without effect": {rows: []job.Run{row(0, job.Succeeded), missed(1, 2)}, breach: "no effect"},
		"an effect of a miss":    {rows: []job.Run{row(0, job.Lost), missed(1, 2)}, effects: []chaos.Effect{effect(1, 1)}, breach: "says missed"},
		"an effect of no slot":   {rows: []job.Run{missed(0, 2)}, effects: []chaos.Effect{effect(7, 1)}, breach: "which has no row"},
		"rerun without effect":   {onLost: job.RerunLost, rows: []job.Run{row(0, job.Lost), missed(1, 2)}, breach: "at least one"},
	} {
		t.Run(name, func(t *testing.T) {
			jobs := []chaos.Watched{{ID: "j", First: first, Every: time.Second, OnLost: c.onLost}}
			got := strings.Join(chaos.Judge(jobs, c.effects, c.rows, slot(2)).Broken, "\n")
			if c.breach == "" && got != "" || !strings.Contains(got, c.breach) {
				t.Errorf("the oracle says %q, want %q", got, c.breach)
			}
		})
	}
}
