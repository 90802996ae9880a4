package storetest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

func jobCases() []testCase {
	return []testCase{
		{"a job is kept as it was given", keepsJobs},
		{"the smallest job is kept", keepsTheSmallestJob},
		{"ids of all kinds are kept", keepsIDs},
		{"times keep their microseconds", keepsMicroseconds},
		{"a taken id is refused and the others are added", refusesTakenIDs},
		{"a thousand jobs are added in one call", addsMany},
		{"replace writes over the revision that was read", replaces},
		{"replace refuses another revision and an unknown job", refusesToReplace},
		{"remove takes the job and leaves its runs", removes},
		{"remove refuses another revision and an unknown job", refusesToRemove},
		{"a job that came anew has another revision", revisionsAreNotReused},
		{"what cannot be decoded is parked and kept", parks},
	}
}

// fullJob has a value in every field.
func (w *world) fullJob(id string) job.Job {
	return job.Job{
		ID: id, Name: "夜间报告", Trigger: trigger.EveryFrom(w.in(0), 90*time.Second), Executor: "http", Func: "https://example.com/?a=b&c='d'",
		Args: json.RawMessage(`{"text":"<héllo> & \"世界\"","n":[1,2.5,null]}`),
		Policy: job.Policy{
			Coalesce: job.All, Grace: 1500 * time.Millisecond, MaxInstances: 3, Overlap: job.Queue, Timeout: time.Minute,
			Retry:  job.Retry{Max: 4, Delay: time.Second, Factor: 1.5, Limit: time.Hour},
			OnLost: job.RerunLost, Priority: -7, Group: "重", GroupLimit: 2, Named: true, KeepResult: 100,
		},
		Metadata: map[string]string{"team": "ops", "": "empty", "引号": `"'`},
		State:    job.State{Next: w.in(time.Hour), Slot: w.in(59 * time.Minute), Last: w.in(-time.Hour)},
	}
}

// wantJob compares all but the revision, which is the store's.
func (w *world) wantJob(want, got job.Job) {
	w.Helper()
	if got.State.Rev <= 0 {
		w.Errorf("job %q has revision %d, want one above 0", got.ID, got.State.Rev)
	}
	if got.Trigger == nil {
		w.Fatalf("job %q has no trigger, want %v", got.ID, want.Trigger)
	}
	w.want("the trigger of job "+want.ID, want.Trigger.String(), got.Trigger.String())
	want.Trigger, got.Trigger = nil, nil
	want.State.Rev = got.State.Rev
	w.want("job "+want.ID, want, got)
}

func keepsJobs(w *world) {
	full := w.fullJob("full")
	paused := w.fullJob("paused")
	paused.State = job.State{Slot: w.in(time.Hour), Last: w.in(-time.Minute), Paused: true}
	parked := w.fullJob("parked")
	parked.State = job.State{Last: w.in(-time.Minute), Parked: `executor "x" is unknown; 已停`}
	w.add(full, paused, parked)
	for _, want := range []job.Job{full, paused, parked} {
		w.wantJob(want, w.job(want.ID))
	}
}

func keepsTheSmallestJob(w *world) {
	want := job.Job{ID: "x", Trigger: trigger.EveryFrom(w.in(0), time.Second)}
	w.add(want)
	w.wantJob(want, w.job("x"))
}

func keepsIDs(w *world) {
	all := []string{
		"执行任务", "two words", " spaces around ", `"double" and 'single'`, `back\slash`, "a:b|c*d{e}", "percent % _ like", "$dollar.dot",
		"job@1", "job!2", "ünïcödé", "😀", "new\nline", strings.Repeat("长", 166) + "ab",
	}
	for _, id := range all {
		j := w.newJob(id, w.in(-time.Second))
		w.add(j)
		w.wantJob(j, w.job(id))
	}
	w.want("all IDs, by List", sorted(append([]string(nil), all...)), sorted(ids(w.list(job.Filter{}))))
	w.beat("a")
	b := w.claim("a")
	w.want("all IDs, by Claim", sorted(append([]string(nil), all...)), sorted(dueIDs(b.Jobs)))
	for _, d := range b.Jobs {
		r := runOf(d.Job, d.Job.State.Slot)
		w.mustCommit("a", w.advance(d.Job, r))
		w.want(fmt.Sprintf("the runs of job %q", d.Job.ID), []string{r.ID}, runIDs(w.runs(job.RunFilter{Job: d.Job.ID})))
		w.mustFinish(w.finished(w.run(r.ID)))
		if err := w.store.Remove(w.ctx(), d.Job.ID, 0); err != nil {
			w.Errorf("Remove of job %q: %v, want no error", d.Job.ID, err)
		}
	}
	w.want("what is left", []string(nil), ids(w.list(job.Filter{})))
}

func keepsMicroseconds(w *world) {
	j := w.newJob("x", w.in(time.Hour+123457*time.Microsecond))
	j.State.Slot = w.in(time.Hour + time.Microsecond)
	j.State.Last = time.UnixMicro(1).UTC()
	w.add(j)
	w.wantJob(j, w.job("x"))

	w.beat("a")
	j = w.job("x")
	r := runOf(j, w.in(7*time.Microsecond))
	r.Due = w.in(11 * time.Microsecond)
	w.mustCommit("a", w.advance(j, r))
	got := w.run(r.ID)
	w.wantTime("the run's slot", r.Slot, got.Slot)
	w.wantTime("the run's due time", r.Due, got.Due)
}

func refusesTakenIDs(w *world) {
	first := w.newJob("x", w.in(time.Hour))
	w.add(first)
	second := w.newJob("x", w.in(2*time.Hour))
	errs, err := w.store.Add(w.ctx(), []job.Job{w.newJob("y", w.in(time.Hour)), second, w.newJob("z", w.in(time.Hour)), w.newJob("z", w.in(3*time.Hour))})
	if err != nil || len(errs) != 4 {
		w.Fatalf("Add of four jobs, two with taken IDs: %v, %v, want four answers", errs, err)
	}
	for i, want := range []error{nil, job.ErrExists, nil, job.ErrExists} {
		w.wantErr(fmt.Sprintf("Add of new y, taken x, new z, z again: answer %d", i), want, errs[i])
	}
	w.wantJob(first, w.job("x"))
	w.wantJob(w.newJob("z", w.in(time.Hour)), w.job("z"))
	w.want("the jobs", []string{"x", "y", "z"}, ids(w.list(job.Filter{})))
}

func addsMany(w *world) {
	const n = 1000
	var jobs []job.Job
	var want []string
	for i := range n {
		id := fmt.Sprintf("job %04d", i)
		jobs, want = append(jobs, w.newJob(id, w.in(time.Hour))), append(want, id)
	}
	w.add(jobs...)
	w.want("the jobs", want, ids(w.list(job.Filter{})))
}

func replaces(w *world) {
	w.add(w.newJob("x", w.in(time.Hour)))
	before := w.job("x").State.Rev
	want := w.fullJob("x")
	want.State.Rev = before
	rev, err := w.store.Replace(w.ctx(), want)
	if err != nil {
		w.Fatalf("Replace with the revision that was read: %v, want no error", err)
	}
	got := w.job("x")
	w.wantJob(want, got)
	if rev <= before || got.State.Rev != rev {
		w.Errorf("Replace of revision %d gives %d and stores %d, want one that is higher, twice", before, rev, got.State.Rev)
	}
}

func refusesToReplace(w *world) {
	j := w.newJob("x", w.in(time.Hour))
	w.add(j)
	other := w.fullJob("x")
	other.State.Rev = w.job("x").State.Rev + 1
	_, err := w.store.Replace(w.ctx(), other)
	w.wantErr("Replace of a revision that is not stored", job.ErrChanged, err)
	other.State.Rev = 0
	_, err = w.store.Replace(w.ctx(), other)
	w.wantErr("Replace of no revision", job.ErrChanged, err)
	w.wantJob(j, w.job("x"))

	unknown := w.fullJob("y")
	unknown.State.Rev = 1
	_, err = w.store.Replace(w.ctx(), unknown)
	w.wantErr("Replace of a job that is not there", job.ErrNotFound, err)
	w.want("the jobs", []string{"x"}, ids(w.list(job.Filter{})))
}

func removes(w *world) {
	w.beat("a")
	j, running := w.begin("a", "x")
	waiting := w.waitingRun(j, "1")
	w.enqueue(waiting)
	if err := w.store.Remove(w.ctx(), "x", j.State.Rev); err != nil {
		w.Fatalf("Remove with the revision that was read: %v, want no error", err)
	}
	w.want("the jobs", []string(nil), ids(w.list(job.Filter{})))
	w.want("the phase of the run that ran", job.Running, w.run(running.ID).Phase)
	r := w.run(waiting.ID)
	w.want("the phase of the run that waited", job.Done, r.Phase)
	w.want("the outcome of the run that waited", job.Cancelled, r.Outcome.Kind)
	w.mustFinish(w.finished(running))
	w.want("the phase of the run that ran, once it is finished", job.Done, w.run(running.ID).Phase)

	w.add(w.newJob("y", w.in(time.Hour)))
	if err := w.store.Remove(w.ctx(), "y", 0); err != nil {
		w.Errorf("Remove of any revision: %v, want no error", err)
	}
}

func refusesToRemove(w *world) {
	w.add(w.newJob("x", w.in(time.Hour)))
	w.wantErr("Remove of a revision that is not stored", job.ErrChanged, w.store.Remove(w.ctx(), "x", w.job("x").State.Rev+1))
	w.wantErr("Remove of a job that is not there", job.ErrNotFound, w.store.Remove(w.ctx(), "y", 0))
	w.want("the jobs", []string{"x"}, ids(w.list(job.Filter{})))
}

// revisionsAreNotReused: a plan for a job that was removed and came anew is not
// a plan for the new one.
func revisionsAreNotReused(w *world) {
	w.beat("a")
	old := w.addDue("x")
	if err := w.store.Remove(w.ctx(), "x", 0); err != nil {
		w.Fatalf("Remove: %v, want no error", err)
	}
	w.add(w.newJob("x", w.in(time.Hour)))
	answer := w.commit("a", w.advance(old, runOf(old, old.State.Slot)))[0]
	w.wantErr("Commit of what was read before the job was removed and added anew", job.ErrChanged, answer.Err)
	w.wantTime("the next time of the new job", w.in(time.Hour), w.job("x").State.Next)
}

func parks(w *world) {
	if w.place.Corrupt == nil {
		w.Log("the store keeps no text of jobs, so there is none to spoil")
		return
	}
	w.beat("a")
	read := w.addDue("x")
	w.addDue("y")
	w.place.Corrupt(w.T, "x")
	why := w.job("x").State.Parked
	if why == "" {
		w.Error("a job that cannot be decoded has an empty State.Parked, want the reason")
	}
	w.want("all jobs", []string{"x", "y"}, sorted(ids(w.list(job.Filter{}))))
	w.want("the jobs that are claimed", []string{"y"}, dueIDs(w.claim("a").Jobs))

	if answer := w.commit("a", w.advance(read, runOf(read, read.State.Slot)))[0]; answer.Err == nil {
		w.Error("Commit wrote over a job that cannot be decoded, want an error")
	}
	j := w.newJob("x", w.in(time.Hour))
	errs, err := w.store.Add(w.ctx(), []job.Job{j})
	if err != nil {
		w.Fatalf("Add: %v, want no error", err)
	}
	w.wantErr("Add of the ID of a job that cannot be decoded", job.ErrExists, errAt(errs, 0))
	w.want("why the job is parked, after that", why, w.job("x").State.Parked)

	if err := w.store.Remove(w.ctx(), "x", 0); err != nil {
		w.Errorf("Remove of a job that cannot be decoded: %v, want no error", err)
	}
	w.want("the jobs that are left", []string{"y"}, ids(w.list(job.Filter{})))
}
