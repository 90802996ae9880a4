package storetest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func finishCases() []testCase {
	return []testCase{
		{"what became of a run is written", finishes},
		{"an old token, and a run that is over, are refused", fences},
		{"an unknown run is not found, and the others are written", finishesSome},
		{"a run to be tried again waits and holds nothing", retries},
		{"the attempts before the latest are kept, ten of them", keepsAttempts},
		{"a run that was given back waits as if nothing had been", givesBack},
		{"a node without a lease may still finish what nobody took", finishesLate},
		{"a planned run that began too late stands for no slots", finishesMissed},
		{"many runs are finished in one call", finishesMany},
	}
}

func finishes(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	f := job.Finished{
		ID: r.ID, Token: r.Owner.Token, Started: w.in(3 * time.Microsecond), Attempt: 1,
		Outcome: job.Outcome{
			Kind: job.Failed, Finished: w.in(5 * time.Microsecond), Error: `it failed: "磁盘"`, Detail: "goroutine 1:\n\tmain.go",
			Result: json.RawMessage(`{"n": 1, "text": "é"}`),
		},
	}
	w.mustFinish(f)
	got := w.run(r.ID)
	w.want("the phase", job.Done, got.Phase)
	w.want("the outcome", f.Outcome, got.Outcome)
	w.wantTime("when it started", f.Started, got.Started)
	w.want("the attempt", 1, got.Attempt)
	w.want("who did it", "a", got.Owner.Node)
	w.want("the work", r.Work, got.Work)
}

func fences(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	old := w.finished(r)
	old.Token--
	old.Outcome = job.Outcome{Kind: job.Failed, Finished: w.in(0)}
	w.wantErr("Finish with an older token", job.ErrFenced, errAt(w.finish(old), 0))
	w.want("the run", r, w.run(r.ID))

	w.mustFinish(w.finished(r))
	again := w.finished(r)
	again.Outcome.Kind = job.Failed
	w.wantErr("Finish of a run that is over", job.ErrFenced, errAt(w.finish(again), 0))
	w.want("the outcome", job.Succeeded, w.run(r.ID).Outcome.Kind)

	j := w.newJob("y", time.Time{})
	w.add(j)
	waits := w.waitingRun(j, "1")
	w.enqueue(waits)
	w.wantErr("Finish of a run that waits", job.ErrFenced, errAt(w.finish(w.finished(waits)), 0))
	w.want("the phase of the run that waits", job.Waiting, w.run(waits.ID).Phase)
}

func finishesSome(w *world) {
	w.beat("a")
	_, x := w.begin("a", "x")
	_, y := w.begin("a", "y")
	unknown := w.finished(x)
	unknown.ID = job.RunID("x", w.in(77*time.Hour))
	errs := w.finish(w.finished(x), unknown, w.finished(y))
	for i, want := range []error{nil, job.ErrNotFound, nil} {
		w.wantErr(fmt.Sprintf("Finish of one, an unknown and another run: answer %d", i), want, errAt(errs, i))
	}
	w.want("the runs that are over", 2, len(w.runs(job.RunFilter{Phases: []job.Phase{job.Done}})))
}

func retries(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x", func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 1 })
	f := w.finished(r)
	f.Outcome, f.Retry = job.Outcome{Kind: job.Failed, Finished: w.in(1), Error: "no luck"}, w.in(time.Hour)
	f.Outcome.Finished = w.in(time.Microsecond)
	w.mustFinish(f)
	got := w.run(r.ID)
	w.want("the phase", job.Waiting, got.Phase)
	w.wantTime("when it is due again", w.in(time.Hour), got.Due)
	w.wantTime("its slot", r.Slot, got.Slot)
	w.want("the owner", job.Owner{}, got.Owner)
	w.want("the outcome of the attempt", f.Outcome, got.Outcome)
	w.want("instance and place", []int{-1, -1}, []int{got.Instance, got.Place})
	w.want("the runs that are taken over before that", []string(nil), takenIDs(w.claim("a").Runs))
	w.wantErr("Finish with the token of the attempt that failed", job.ErrFenced, errAt(w.finish(w.finished(r)), 0))
}

func keepsAttempts(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	first := r.Owner
	for attempt := 1; attempt <= 13; attempt++ {
		f := w.finished(r)
		f.Attempt, f.Started = attempt, w.in(time.Duration(attempt)*time.Microsecond)
		f.Outcome = job.Outcome{Kind: job.Failed, Finished: f.Started.Add(time.Microsecond), Error: fmt.Sprint("failure ", attempt)}
		if attempt < 13 {
			f.Retry = w.in(-time.Second)
		}
		w.mustFinish(f)
		if attempt == 13 {
			break
		}
		b := w.claim("a")
		if len(b.Runs) != 1 || b.Runs[0].Run.ID != r.ID {
			w.Fatalf("Claim takes %v over, want the run whose retry is due", takenIDs(b.Runs))
		}
		if newer := b.Runs[0].Run.Owner.Token; newer <= r.Owner.Token {
			w.Errorf("the token of attempt %d is %d after %d, want a higher one", attempt+1, newer, r.Owner.Token)
		}
		r = b.Runs[0].Run
	}
	got := w.run(r.ID)
	var numbers []int
	for _, a := range got.Attempts {
		numbers = append(numbers, a.Number)
		w.want("the failure of an attempt", fmt.Sprint("failure ", a.Number), a.Error)
		w.want("its kind", job.Failed, a.Kind)
		w.want("its node", "a", a.Owner.Node)
		if a.Owner.Token <= first.Token {
			w.Errorf("attempt %d had token %d, want a higher one than that of the first, %d", a.Number, a.Owner.Token, first.Token)
		}
		w.wantTime("when it started", w.in(time.Duration(a.Number)*time.Microsecond), a.Started)
		w.wantTime("when it ended", a.Started.Add(time.Microsecond), a.Finished)
	}
	w.want("the attempts before the latest", []int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, numbers)
	w.want("the latest attempt", 13, got.Attempt)
	w.want("its outcome", "failure 13", got.Outcome.Error)
}

func givesBack(w *world) {
	w.beat("a", "b")
	_, r := w.begin("a", "x")
	w.mustFinish(job.Finished{ID: r.ID, Token: r.Owner.Token, Retry: r.Due})
	got := w.run(r.ID)
	w.want("the phase", job.Waiting, got.Phase)
	w.want("the attempts", 0, len(got.Attempts))
	w.want("the outcome", job.Outcome{}, got.Outcome)
	b := w.claim("b")
	if len(b.Runs) != 1 {
		w.Fatalf("%d runs were taken over, want the one that was given back", len(b.Runs))
	}
	w.want("who had it", job.Owner{}, b.Runs[0].From)
	w.want("whether it began", false, b.Runs[0].Began)
}

func finishesLate(w *world) {
	w.beat("b")
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.pass(shortLease + time.Millisecond)
	w.mustFinish(w.finished(r))
	w.want("the runs that b takes over", []string(nil), takenIDs(w.claim("b").Runs))
}

func finishesMissed(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	f := job.Finished{ID: r.ID, Token: r.Owner.Token, Outcome: job.Outcome{Kind: job.Missed, Finished: w.in(0), Error: "no worker was free"}}
	w.mustFinish(f)
	got := w.run(r.ID)
	w.want("the outcome", f.Outcome, got.Outcome)
	w.want("what it stands for", job.Skipped{}, got.Skipped)
	w.want("the attempt", 0, got.Attempt)
	w.wantTime("when it started", time.Time{}, got.Started)
}

func finishesMany(w *world) {
	w.beat("a")
	const n = 300
	var jobs []job.Job
	for i := range n {
		jobs = append(jobs, w.newJob(fmt.Sprint("job ", i), w.in(-time.Second)))
	}
	w.add(jobs...)
	var advances []job.Advance
	for _, d := range w.claim("a").Jobs {
		advances = append(advances, w.advance(d.Job, runOf(d.Job, d.Job.State.Slot)))
	}
	var all []job.Finished
	for i, answer := range w.commit("a", advances...) {
		if answer.Err != nil {
			w.Fatalf("Commit of job %q: %v, want no error", advances[i].ID, answer.Err)
		}
		r := advances[i].Runs[0]
		r.Owner.Token = answer.Tokens[0]
		all = append(all, w.finished(r))
	}
	w.mustFinish(all...)
	w.want("how many succeeded", n, len(w.runs(job.RunFilter{Kinds: []job.OutcomeKind{job.Succeeded}})))
}
