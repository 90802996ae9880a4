package redis_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// hostile is an id with everything that could end a string or a key early.
const hostile = "a:b|c@1!{x}\x00\x80\xff\r\n*1 '\"%s [[ ü"

// base is some time ago, so that what is due then is due; the same all over a
// test, nearly always.
func base() time.Time { return time.Now().Add(-time.Minute).UTC().Truncate(time.Hour) }

func newJob(id string, next time.Time) job.Job {
	return job.Job{
		ID: id, Trigger: trigger.Every(time.Second), Executor: "default", Func: "tick",
		Args: []byte(`{"n":1}`), State: job.State{Next: next, Slot: next},
	}
}

func mustAdd(t testing.TB, s *redis.Store, jobs ...job.Job) {
	t.Helper()
	errs, err := s.Add(t.Context(), jobs)
	if err := errors.Join(append(errs, err)...); err != nil {
		t.Fatal(err)
	}
}

func mustBeat(t testing.TB, s *redis.Store, node string) job.Pulse {
	t.Helper()
	p, err := s.Beat(t.Context(), job.Beat{Node: node, Lease: time.Minute, Ahead: 30 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustClaim(t testing.TB, s *redis.Store, node string) job.Batch {
	t.Helper()
	b, err := s.Claim(t.Context(), job.Claim{Node: node, Serves: []string{"default"}, Limit: 1000, Horizon: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// runOf is the run that a job owes for its next slot.
func runOf(j job.Job) job.Run {
	return job.Run{
		ID: job.RunID(j.ID, j.State.Slot), Job: j.ID, Slot: j.State.Slot, Due: j.State.Next,
		Phase: job.Running, Instance: 0, Place: -1, Work: j.Work(),
	}
}

// advanceOf moves a job on by a day, with one run.
func advanceOf(j job.Job) job.Advance {
	next := j.State.Next.Add(24 * time.Hour)
	return job.Advance{ID: j.ID, Rev: j.State.Rev, State: job.State{Next: next, Slot: next, Last: j.State.Slot}, Runs: []job.Run{runOf(j)}}
}

func mustCommit(t testing.TB, s *redis.Store, node string, a ...job.Advance) []job.Committed {
	t.Helper()
	got, err := s.Commit(t.Context(), node, a)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range got {
		if c.Err != nil {
			t.Fatal(c.Err)
		}
	}
	return got
}

func ids(jobs []job.Job) []string {
	var ids []string
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func list(t testing.TB, s *redis.Store, f job.Filter) []job.Job {
	t.Helper()
	jobs, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return jobs
}

func TestJobIsKeptWhole(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	for _, id := range []string{"plain", hostile} {
		want := newJob(id, base())
		want.Name, want.Metadata = "name "+id, map[string]string{"k": "v"}
		want.Policy = job.Policy{MaxInstances: 3, Grace: time.Second, Group: "g" + hostile, GroupLimit: 2}
		want.State.Last = base().Add(-time.Hour)
		mustAdd(t, s, want)
		got := list(t, s, job.Filter{IDs: []string{id}})
		if len(got) != 1 {
			t.Fatalf("got %d jobs of id %q, want 1", len(got), id)
		}
		want.State.Rev, want.Name = got[0].State.Rev, got[0].Name
		if d := cmp.Diff(want.State, got[0].State); d != "" || got[0].ID != id || string(got[0].Args) != string(want.Args) || got[0].Policy.MaxInstances != 3 {
			t.Errorf("job %q: got %+v, want %+v", id, got[0], want)
		}
	}
}

func TestRunIsKeptWhole(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	j := newJob(hostile, base())
	j.Policy.Retry.Max = 2
	mustAdd(t, s, j)
	mustBeat(t, s, "one")
	b := mustClaim(t, s, "one")
	if len(b.Jobs) != 1 || b.Jobs[0].Job.ID != hostile {
		t.Fatalf("claimed %v, want the job", b.Jobs)
	}
	a := advanceOf(b.Jobs[0].Job)
	token := mustCommit(t, s, "one", a)[0].Tokens[0]
	id, now := a.Runs[0].ID, job.Micro(time.Now())
	retried := job.Finished{ID: id, Token: token, Started: now, Attempt: 1, Retry: now,
		Outcome: job.Outcome{Kind: job.Failed, Finished: now, Error: "no\x00pe", Detail: "stack", Result: []byte(`[1]`)}}
	if errs, err := s.Finish(t.Context(), []job.Finished{retried}); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	b = mustClaim(t, s, "one")
	if len(b.Runs) != 1 || b.Runs[0].Run.ID != id || b.Runs[0].Run.Owner.Token <= token || b.Runs[0].Run.Work.Func != "tick" {
		t.Fatalf("got %+v, want the run again with a newer token", b.Runs)
	}
	second := b.Runs[0].Run.Owner
	if errs, err := s.Finish(t.Context(), []job.Finished{retried}); err != nil || len(errs) != 1 || !errors.Is(errs[0], job.ErrFenced) {
		t.Errorf("with an old token: got %v, %v, want ErrFenced", errs, err)
	}
	done := job.Finished{ID: id, Token: second.Token, Started: now, Attempt: 2, Outcome: job.Outcome{Kind: job.Succeeded, Finished: now, Result: []byte(`"ok"`)}}
	if errs, err := s.Finish(t.Context(), []job.Finished{done}); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	want := a.Runs[0]
	want.Phase, want.Owner, want.Attempt, want.Started, want.Outcome, want.Due, want.Instance = job.Done, second, 2, now, done.Outcome, now, 0
	want.Attempts = []job.Attempt{{Number: 1, Owner: job.Owner{Node: "one", Token: token}, Started: now, Finished: now, Kind: job.Failed, Error: "no\x00pe"}}
	for _, f := range []job.RunFilter{{}, {Job: hostile}, {IDs: []string{id}}, {Kinds: []job.OutcomeKind{job.Succeeded}, Limit: 1}} {
		got, err := s.Runs(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]job.Run{want}, got); d != "" {
			t.Errorf("runs of %+v (-want +got):\n%s", f, d)
		}
	}
}

func TestListIsInOrderAndPaged(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	var want []string
	var jobs []job.Job
	for i := range 1200 {
		j := newJob(fmt.Sprintf("j%04d", i), base().Add(time.Duration(i)*time.Microsecond))
		if i >= 700 {
			j.State = job.State{Paused: true}
		}
		jobs, want = append(jobs, j), append(want, j.ID)
	}
	slices.Reverse(jobs)
	mustAdd(t, s, jobs...)
	if got := ids(list(t, s, job.Filter{})); !slices.Equal(got, want) {
		t.Errorf("got %d jobs in another order than by next time and id", len(got))
	}
	var got []string
	for f := (job.Filter{Limit: 330}); ; f.After = got[len(got)-1] {
		p := list(t, s, f)
		got = append(got, ids(p)...)
		if len(p) < f.Limit {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages: got %d jobs in another order", len(got))
	}
}

func TestWaitingRunsFollowTheLimits(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	mustBeat(t, s, "one")
	work := job.Work{Executor: "default", Policy: job.Policy{Group: "g", GroupLimit: 2, Overlap: job.Queue}}
	for i := range 5 {
		r := job.Run{ID: fmt.Sprintf("r%d", i), Job: fmt.Sprintf("j%d", i/2), Slot: base(), Due: base().Add(time.Duration(i) * time.Second), Work: work}
		if err := s.Enqueue(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	var order []string
	for range 3 {
		b := mustClaim(t, s, "one")
		var f []job.Finished
		for _, taken := range b.Runs {
			order = append(order, taken.Run.ID)
			f = append(f, job.Finished{ID: taken.Run.ID, Token: taken.Run.Owner.Token, Attempt: 1, Outcome: job.Outcome{Kind: job.Succeeded, Finished: b.Now}})
		}
		if again := mustClaim(t, s, "one"); len(again.Runs) > 0 {
			t.Errorf("%d more were taken than have room", len(again.Runs))
		}
		if errs, err := s.Finish(t.Context(), f); errs != nil || err != nil {
			t.Fatal(errs, err)
		}
	}
	// r1 waits for r0, the other run of its job.
	if want := []string{"r0", "r2", "r1", "r3", "r4"}; !slices.Equal(order, want) {
		t.Errorf("got the order %v, want %v", order, want)
	}
}

func TestLostRunsGoToOthers(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	mustAdd(t, s, newJob("began", base()), newJob("later", time.Now().Add(500*time.Millisecond)))
	if _, err := s.Beat(t.Context(), job.Beat{Node: "dead", Lease: time.Minute}); err != nil {
		t.Fatal(err)
	}
	b := mustClaim(t, s, "dead")
	mustCommit(t, s, "dead", advanceOf(b.Jobs[0].Job), advanceOf(b.Jobs[1].Job))
	mustBeat(t, s, "other")
	if b := mustClaim(t, s, "other"); len(b.Runs) != 0 || b.NextDue.Sub(b.Now) > time.Minute {
		t.Errorf("got runs %v and NextDue %v, want none before the lease is over", b.Runs, b.NextDue)
	}
	if _, err := s.Beat(t.Context(), job.Beat{Node: "dead"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), "dead", []job.Advance{advanceOf(b.Jobs[0].Job)}); !errors.Is(err, job.ErrLease) {
		t.Errorf("commit without a lease: got %v, want ErrLease", err)
	}
	b = mustClaim(t, s, "other")
	if len(b.Runs) != 2 {
		t.Fatalf("got %d runs, want both", len(b.Runs))
	}
	for i, began := range []bool{true, false} {
		if got := b.Runs[i]; got.Began != began || got.From.Node != "dead" || got.Run.Owner.Node != "other" || got.Run.Owner.Token <= got.From.Token {
			t.Errorf("taken %d: got %+v, want one of dead with began %v", i, got, began)
		}
	}
}

func TestCommitIsAllOrNothing(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	mustAdd(t, s, newJob("a", base()), newJob("b", base()))
	mustBeat(t, s, "one")
	b := mustClaim(t, s, "one")
	first, second := advanceOf(b.Jobs[0].Job), advanceOf(b.Jobs[1].Job)
	mustCommit(t, s, "one", first)
	twice := second
	twice.Runs = append(slices.Clone(second.Runs), second.Runs[0])
	limit := second
	limit.Runs = append(slices.Clone(second.Runs), second.Runs[0])
	limit.Runs[1].ID = "another"
	gone := job.Advance{ID: "none"}
	got, err := s.Commit(t.Context(), "one", []job.Advance{first, twice, limit, gone, second})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{job.ErrChanged, job.ErrExists, job.ErrLimit, job.ErrNotFound, nil} {
		if !errors.Is(got[i].Err, want) {
			t.Errorf("advance %d: got %v, want %v", i, got[i].Err, want)
		}
	}
	runs, err := s.Runs(t.Context(), job.RunFilter{})
	if err != nil || len(runs) != 2 {
		t.Errorf("got %d runs, %v, want those of the two that were written", len(runs), err)
	}
}

func TestPruneKeepsTheNewest(t *testing.T) {
	srv := startServer(t)
	s := srv.open(t, redis.Options{})
	mustAdd(t, s, newJob("j", base()))
	mustBeat(t, s, "one")
	for range 6 {
		j := list(t, s, job.Filter{})[0]
		a := advanceOf(j)
		a.Runs[0].Phase, a.Runs[0].Instance = job.Done, -1
		a.Runs[0].Outcome = job.Outcome{Kind: job.Missed, Finished: j.State.Next}
		mustCommit(t, s, "one", a)
	}
	for _, step := range []struct {
		keep    job.Keep
		removed int
	}{
		{job.Keep{PerJob: 4}, 2}, {job.Keep{PerJob: 4}, 0}, {job.Keep{PerJob: 3}, 1},
		{job.Keep{Age: time.Hour, Now: base().Add(6*24*time.Hour + 2*time.Hour)}, 3},
	} {
		if got, err := s.Prune(t.Context(), step.keep); err != nil || got != step.removed {
			t.Errorf("prune %+v: got %d, %v, want %d", step.keep, got, err, step.removed)
		}
	}
	for _, key := range []string{"runs", "log", "log:j", "recent", "sizes", "works", "workrefs", "alive"} {
		if n := srv.client(t).Exists(t.Context(), redis.DefaultJobsKey+":"+key).Val(); n != 0 {
			t.Errorf("key %s is left when the history is empty", key)
		}
	}
}

// TestHistoryOfAJob: whatever of it is in which form, all of it is listed, and
// pruning counts all of it.
func TestHistoryOfAJob(t *testing.T) {
	s := startServer(t).open(t, redis.Options{})
	mustBeat(t, s, "one")
	j := newJob(hostile, base())
	mustAdd(t, s, j)
	const n = 40 // more than two times what is gathered
	var want []string
	for i := range n {
		j = list(t, s, job.Filter{})[0]
		a := advanceOf(j)
		a.Runs[0].Phase, a.Runs[0].Instance = job.Done, -1
		a.Runs[0].Outcome = job.Outcome{Kind: job.Missed, Finished: j.State.Next}
		if i%3 == 0 {
			a.Runs[0].ID = fmt.Sprintf("%s!%d", hostile, i)
		}
		mustCommit(t, s, "one", a)
		want = append([]string{a.Runs[0].ID}, want...)
		checkHistory(t, s, want)
	}
	for _, keep := range []int{39, 38, 20, 20, 17, 16, 15, 1} {
		removed, err := s.Prune(t.Context(), job.Keep{PerJob: keep})
		if err != nil || removed != len(want)-keep {
			t.Errorf("prune to %d: got %d, %v, want %d", keep, removed, err, len(want)-keep)
		}
		want = want[:keep]
		checkHistory(t, s, want)
		// One more is one too many, at once.
		a := advanceOf(list(t, s, job.Filter{})[0])
		a.Runs[0].Phase, a.Runs[0].Instance = job.Done, -1
		mustCommit(t, s, "one", a)
		want = append([]string{a.Runs[0].ID}, want...)
		if removed, err := s.Prune(t.Context(), job.Keep{PerJob: keep}); err != nil || removed != 1 {
			t.Errorf("prune of one more than %d: got %d, %v, want 1", keep, removed, err)
		}
		want = want[:keep]
		checkHistory(t, s, want)
	}
}

func checkHistory(t *testing.T, s *redis.Store, want []string) {
	t.Helper()
	runs, err := s.Runs(t.Context(), job.RunFilter{Job: hostile})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range runs {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the history is %q, want %q", got, want)
	}
}
