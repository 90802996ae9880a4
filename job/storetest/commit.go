package storetest

import (
	"encoding/json"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func commitCases() []testCase {
	return []testCase{
		{"a commit writes the state and the runs", commits},
		{"a run is kept as it was given", keepsRuns},
		{"what was changed meanwhile is refused, and nothing of it is written", refusesChanged},
		{"an unknown job is refused", refusesUnknown},
		{"a run that exists is refused, and nothing else of the advance is written", refusesExisting},
		{"tokens grow, in the whole store", tokensGrow},
		{"a job without a next time is removed with its last runs written", commitRemoves},
		{"a job that is kept without a next time stays", commitKeeps},
	}
}

func commits(w *world) {
	w.beat("a")
	j := w.addDue("x")
	slot, next := j.State.Slot, w.in(time.Hour)
	running, waiting, missed := runOf(j, slot), w.waitingRun(j, "1"), runOf(j, slot.Add(-time.Second))
	missed.Phase, missed.Instance, missed.Outcome = job.Done, -1, job.Outcome{Kind: job.Missed, Error: "the grace was over"}
	want := job.State{Next: next, Slot: next.Add(-time.Second), Last: slot}
	answer := w.mustCommit("a", job.Advance{ID: "x", Rev: j.State.Rev, State: want, Runs: []job.Run{missed, running, waiting}})
	if answer.Rev <= j.State.Rev {
		w.Errorf("Commit of revision %d gives %d, want one that is higher", j.State.Rev, answer.Rev)
	}
	want.Rev = answer.Rev
	w.want("the state", want, w.job("x").State)
	if len(answer.Tokens) != 3 || answer.Tokens[0] != 0 || answer.Tokens[1] <= 0 || answer.Tokens[2] != 0 {
		w.Fatalf("the tokens are %v, want one for the second run, which is running", answer.Tokens)
	}
	w.want("the owner", job.Owner{Node: "a", Token: answer.Tokens[1]}, w.run(running.ID).Owner)
	w.want("the owner of what waits", job.Owner{}, w.run(waiting.ID).Owner)
	w.want("the phase of what was missed", job.Done, w.run(missed.ID).Phase)
}

// keepsRuns gives each field of a run a value.
func keepsRuns(w *world) {
	w.beat("a")
	full := w.fullJob("x")
	w.add(full)
	j := w.job("x")
	running := runOf(j, w.in(-time.Second))
	running.Due, running.Instance, running.Place = w.in(0), 2, 1
	missed := runOf(j, w.in(-2*time.Second))
	missed.Phase, missed.Instance, missed.Place = job.Done, -1, -1
	missed.Outcome = job.Outcome{
		Kind: job.Missed, Finished: w.in(0), Error: `the "grace" was over: 迟到`, Detail: "more\nof it", Result: json.RawMessage(`{"a":[1,"b"]}`),
	}
	missed.Skipped = job.Skipped{First: w.in(-9 * time.Second), Last: w.in(-2 * time.Second), Count: 7, Reason: job.TooLate}
	asked := w.waitingRun(j, "1")
	asked.Work = job.Work{Executor: "default", Func: "once", Args: json.RawMessage(`"其他"`)}
	w.mustCommit("a", w.advance(j, running, missed, asked))
	got := w.run(running.ID)
	running.Owner = got.Owner
	w.want("the run that runs", running, got)
	w.want("the run that was missed", missed, w.run(missed.ID))
	w.want("the run that waits", asked, w.run(asked.ID))
}

func refusesChanged(w *world) {
	w.beat("a")
	old, other := w.addDue("x"), w.addDue("y")
	w.mustCommit("a", w.advance(old))
	current := w.job("x")
	r, cancelled := runOf(old, old.State.Slot), w.waitingRun(old, "1")
	w.enqueue(cancelled)
	late := w.advance(old, r)
	late.State.Next = w.in(5 * time.Hour)
	late.Cancel = []string{cancelled.ID}
	answers := w.commit("a", late, w.advance(other, runOf(other, other.State.Slot)))
	w.wantErr("Commit of an old revision", job.ErrChanged, answers[0].Err)
	w.wantErr("Commit of another job in the same call", nil, answers[1].Err)
	w.wantJob(current, w.job("x"))
	w.want("the revision", current.State.Rev, w.job("x").State.Rev)
	w.want("the run that was refused", []string(nil), runIDs(w.runs(job.RunFilter{IDs: []string{r.ID}})))
	w.want("the phase of the run that was to be cancelled", job.Waiting, w.run(cancelled.ID).Phase)
	w.want("the run of the other job", job.Running, w.run(job.RunID("y", other.State.Slot)).Phase)
}

func refusesUnknown(w *world) {
	w.beat("a")
	j := w.newJob("x", w.in(0))
	j.State.Rev = 1
	r := runOf(j, j.State.Slot)
	w.wantErr("Commit of a job that is not there", job.ErrNotFound, w.commit("a", w.advance(j, r))[0].Err)
	w.want("the runs", []string(nil), runIDs(w.runs(job.RunFilter{})))
	w.want("the jobs", []string(nil), ids(w.list(job.Filter{})))
}

func refusesExisting(w *world) {
	w.beat("a")
	j, r := w.begin("a", "x", func(j *job.Job) { j.Policy.MaxInstances = 5 })
	w.mustFinish(w.finished(r))
	first, again := runOf(j, r.Slot.Add(time.Second)), runOf(j, r.Slot)
	first.Instance, again.Instance = 1, 2
	answer := w.commit("a", w.advance(j, first, again))[0]
	w.wantErr("Commit of a run whose ID is in the history", job.ErrExists, answer.Err)
	w.wantJob(j, w.job("x"))
	w.want("the revision", j.State.Rev, w.job("x").State.Rev)
	w.want("the runs", []string{r.ID}, runIDs(w.runs(job.RunFilter{})))
	w.want("what became of the run that exists", job.Succeeded, w.run(r.ID).Outcome.Kind)
	w.mustCommit("a", w.advance(j, first))
}

func tokensGrow(w *world) {
	w.beat("a", "b")
	newest := int64(0)
	grows := func(what string, tokens ...int64) {
		w.Helper()
		for _, token := range tokens {
			if token <= newest {
				w.Errorf("%s: token %d after %d, want a higher one", what, token, newest)
			}
			newest = max(newest, token)
		}
	}
	for _, node := range []string{"a", "b", "a"} {
		for _, id := range []string{"x", "y"} {
			j := w.addDue(id+node+time.Now().Format(time.RFC3339Nano), func(j *job.Job) { j.Policy.MaxInstances = 2 })
			first, second := runOf(j, j.State.Slot), runOf(j, j.State.Slot.Add(time.Millisecond))
			second.Instance = 1
			grows("Commit by "+node, w.mustCommit(node, w.advance(j, first, second)).Tokens...)
		}
	}
	j := w.newJob("asked", time.Time{})
	w.add(j)
	w.enqueue(w.waitingRun(j, "1"))
	for _, t := range w.claim("b").Runs {
		grows("Claim of a run that waited", t.Run.Owner.Token)
	}
}

func commitRemoves(w *world) {
	w.beat("a")
	j := w.addDue("x")
	older := w.waitingRun(j, "older")
	w.enqueue(older)
	running, waiting := runOf(j, j.State.Slot), runOf(j, j.State.Slot.Add(time.Millisecond))
	waiting.Phase, waiting.Instance = job.Waiting, -1
	a := w.advance(j, running, waiting)
	a.State, a.Remove = job.State{Last: j.State.Slot}, true
	answer := w.mustCommit("a", a)
	w.want("the jobs", []string(nil), ids(w.list(job.Filter{})))
	w.want("the run that it owed", job.Running, w.run(running.ID).Phase)
	w.want("the run that it owed and that has to wait", job.Waiting, w.run(waiting.ID).Phase)
	r := w.run(running.ID)
	w.want("its token", answer.Tokens[0], r.Owner.Token)
	w.mustFinish(w.finished(r))
	w.eventually("the run that waits to be taken over, though the job is gone", func() bool {
		for _, t := range w.claim("a").Runs {
			w.mustFinish(w.finished(t.Run))
		}
		return w.run(waiting.ID).Phase == job.Done
	})
}

func commitKeeps(w *world) {
	w.beat("a")
	j := w.addDue("x")
	a := w.advance(j)
	a.State = job.State{Last: j.State.Slot}
	w.mustCommit("a", a)
	w.want("the jobs", []string{"x"}, ids(w.list(job.Filter{})))
	b := w.claim("a")
	w.want("the jobs that are claimed", []string(nil), dueIDs(b.Jobs))
	w.wantTime("NextDue", time.Time{}, b.NextDue)
}
