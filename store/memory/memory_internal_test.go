package memory

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// TestQueuesStayInOrder adds, moves and removes by chance, and holds what a walk
// through several queues gives against sorting.
func TestQueuesStayInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queues := make([]queue[*entry], 3)
		in := map[*entry]int{}
		pick := func() *entry {
			all := make([]*entry, 0, len(in))
			for e := range in {
				all = append(all, e)
			}
			slices.SortFunc(all, byTime)
			return rapid.SampledFrom(all).Draw(t, "entry")
		}
		for i := range rapid.IntRange(1, 80).Draw(t, "steps") {
			next := micros(rapid.IntRange(0, 20).Draw(t, "next"))
			switch step := rapid.IntRange(0, 3).Draw(t, "step"); {
			case step < 2 || len(in) == 0:
				q := rapid.IntRange(0, len(queues)-1).Draw(t, "queue")
				e := &entry{id: string(rune('a' + i)), next: next}
				queues[q].push(e)
				in[e] = q
			case step == 2:
				e := pick()
				e.next = next
				queues[in[e]].fix(int(e.at))
			default:
				e := pick()
				queues[in[e]].remove(e)
				delete(in, e)
			}
		}
		var w walk[*entry]
		want := make([]string, 0, len(in))
		for i := range queues {
			w.add(&queues[i])
		}
		sorted := make([]*entry, 0, len(in))
		for e := range in {
			sorted = append(sorted, e)
		}
		slices.SortFunc(sorted, byTime)
		for _, e := range sorted {
			want = append(want, e.id)
		}
		got := make([]string, 0, len(in))
		for e, ok := w.peek(); ok; e, ok = w.peek() {
			got = append(got, e.id)
			w.next()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("walk (-want +got):\n%s", diff)
		}
	})
}

// TestNothingIsLeftOfWhatIsGone: jobs that come and go, each with a command line
// of its own, leave nothing behind.
func TestNothingIsLeftOfWhatIsGone(t *testing.T) {
	now := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	s := New(Options{Now: func() time.Time { return now }})
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"a", "b", "c"} {
		_, err := s.Beat(ctx, job.Beat{Node: "node " + id, Lease: time.Minute})
		must(err)
		j := job.Job{
			ID: id, Trigger: trigger.Every(time.Hour), Executor: "executor " + id, Func: "f " + id,
			Policy: job.Policy{Named: true, Group: id, GroupLimit: 1}, State: job.State{Next: now, Slot: now},
		}
		_, err = s.Add(ctx, []job.Job{j})
		must(err)
		jobs, err := s.List(ctx, job.Filter{IDs: []string{id}})
		must(err)
		run := job.Run{ID: job.RunID(id, now), Job: id, Slot: now, Due: now, Phase: job.Running, Work: j.Work()}
		answers, err := s.Commit(ctx, "node "+id, []job.Advance{{ID: id, Rev: jobs[0].State.Rev, Remove: true, Runs: []job.Run{run}}})
		must(err)
		must(answers[0].Err)
		_, err = s.Finish(ctx, []job.Finished{{ID: run.ID, Token: answers[0].Tokens[0], Outcome: job.Outcome{Kind: job.Succeeded, Finished: now}}})
		must(err)
		_, err = s.Beat(ctx, job.Beat{Node: "node " + id})
		must(err)
	}
	now = now.Add(time.Hour)
	if n, err := s.Prune(ctx, job.Keep{Age: time.Minute, Now: now}); n != 3 || err != nil {
		t.Fatalf("%d rows were removed, %v, want 3", n, err)
	}
	got := []int{s.jobs.len(), s.runs.len(), len(s.pasts), len(s.classes), len(s.services), len(s.nodes), len(s.groups)}
	if want := make([]int, 7); !slices.Equal(got, want) {
		t.Errorf("jobs, runs, pasts, classes, services, nodes, groups: %v are left, want none", got)
	}
}
