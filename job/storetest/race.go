package storetest

import (
	"fmt"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// racers is how many nodes race, each with a handle of its own.
const racers = 6

func raceCases() []testCase {
	return []testCase{
		{"one of many commits of a revision wins", racesForARevision},
		{"one of many runs gets a place", racesForAPlace},
		{"one of many adds of an id wins", racesForAnID},
		{"one of many replaces of a revision wins", racesToReplace},
		{"one of many finishes of a token wins", racesToFinish},
		{"one node takes a lost run over", racesForALostRun},
		{"waiting runs are taken once, as far as there is room", racesForRoom},
		{"nodes share the work, and each job is run once", sharesWork},
	}
}

// race calls f at the same time for each of the racers, with its handle, and
// returns their answers in the order of the racers.
func race[T any](w *world, f func(i int, s job.Store) T) []T {
	w.Helper()
	stores := make([]job.Store, racers)
	for i := range stores {
		stores[i] = w.open()
	}
	answers := make([]T, racers)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() {
			<-start
			answers[i] = f(i, stores[i])
		})
	}
	close(start)
	wg.Wait()
	return answers
}

func node(i int) string { return fmt.Sprint("node ", i) }

// wantOneWinner checks that one answer is nil and the others are one of those
// that are allowed.
func (w *world) wantOneWinner(what string, answers []error, allowed ...error) {
	w.Helper()
	winners := 0
	for _, err := range answers {
		if err == nil {
			winners++
			continue
		}
		if !isOneOf(err, allowed) {
			w.Errorf("%s: a loser is told %v, want one of %v", what, err, allowed)
		}
	}
	if winners != 1 {
		w.Errorf("%s: %d of %d won, want exactly 1", what, winners, len(answers))
	}
}

func (w *world) beatAll() {
	w.Helper()
	for i := range racers {
		w.beat(node(i))
	}
}

// commitOne is the answer to one advance.
func (w *world) commitOne(s job.Store, node string, a job.Advance) error {
	answers, err := s.Commit(w.ctx(), node, []job.Advance{a})
	if err != nil {
		return err
	}
	return answers[0].Err
}

func racesForARevision(w *world) {
	w.beatAll()
	for round := range 5 {
		id := fmt.Sprint("job ", round)
		j := w.addDue(id, func(j *job.Job) { j.Policy.Overlap = job.AllowOverlap })
		answers := race(w, func(i int, s job.Store) error {
			r := runOf(j, j.State.Slot.Add(time.Duration(i)*time.Millisecond))
			r.Instance = -1
			return w.commitOne(s, node(i), w.advance(j, r))
		})
		w.wantOneWinner("Commit of one revision", answers, job.ErrChanged)
		w.want("how many runs there are", 1, len(w.runs(job.RunFilter{Job: id})))
	}
}

func racesForAPlace(w *world) {
	w.beatAll()
	jobs := make([]job.Job, racers)
	for i := range jobs {
		jobs[i] = w.addDue(fmt.Sprint("job ", i), func(j *job.Job) { j.Policy.Group, j.Policy.GroupLimit = "g", 1 })
	}
	answers := race(w, func(i int, s job.Store) error {
		r := runOf(jobs[i], jobs[i].State.Slot)
		r.Place = 0
		return w.commitOne(s, node(i), w.advance(jobs[i], r))
	})
	w.wantOneWinner("Commit of one place by different jobs", answers, job.ErrLimit)
	w.want("how many runs there are", 1, len(w.runs(job.RunFilter{})))
}

func racesForAnID(w *world) {
	answers := race(w, func(_ int, s job.Store) error {
		errs, err := s.Add(w.ctx(), []job.Job{w.newJob("x", w.in(time.Hour))})
		if err != nil {
			return err
		}
		return errAt(errs, 0)
	})
	w.wantOneWinner("Add of one ID", answers, job.ErrExists)

	j := w.job("x")
	answers = race(w, func(_ int, s job.Store) error { return s.Enqueue(w.ctx(), w.waitingRun(j, "1")) })
	w.wantOneWinner("Enqueue of one ID", answers, job.ErrExists)
}

func racesToReplace(w *world) {
	w.add(w.newJob("x", w.in(time.Hour)))
	j := w.job("x")
	answers := race(w, func(i int, s job.Store) error {
		mine := j
		mine.Name = node(i)
		_, err := s.Replace(w.ctx(), mine)
		return err
	})
	w.wantOneWinner("Replace of one revision", answers, job.ErrChanged)
	for i, err := range answers {
		if err == nil {
			w.want("whose job is stored", node(i), w.job("x").Name)
		}
	}
}

func racesToFinish(w *world) {
	w.beat("a")
	_, r := w.begin("a", "x")
	answers := race(w, func(i int, s job.Store) error {
		f := w.finished(r)
		f.Outcome.Error = node(i)
		errs, err := s.Finish(w.ctx(), []job.Finished{f})
		if err != nil {
			return err
		}
		return errAt(errs, 0)
	})
	w.wantOneWinner("Finish with one token", answers, job.ErrFenced)
	for i, err := range answers {
		if err == nil {
			w.want("whose outcome is stored", node(i), w.run(r.ID).Outcome.Error)
		}
	}
}

// takeAll lets all nodes claim at the same time until n runs were taken over,
// and once more.
func (w *world) takeAll(n int) (taken map[string]int) {
	w.Helper()
	taken = map[string]int{}
	total := 0
	round := func() {
		answers := race(w, func(i int, s job.Store) []string {
			b, err := s.Claim(w.ctx(), w.claimOf(node(i)))
			if err != nil {
				w.Errorf("Claim of %s: %v, want no error", node(i), err)
			}
			return takenIDs(b.Runs)
		})
		for _, all := range answers {
			for _, id := range all {
				taken[id]++
				total++
			}
		}
	}
	w.eventually(fmt.Sprintf("%d runs to be taken over", n), func() bool {
		round()
		return total >= n
	})
	round()
	return taken
}

func racesForALostRun(w *world) {
	w.beatFor("a", longLease, ahead)
	_, x := w.begin("a", "x")
	_, y := w.begin("a", "y")
	w.beatFor("a", shortLease, ahead)
	w.lose()
	w.beatAll()
	w.want("how often each run was taken over", map[string]int{x.ID: 1, y.ID: 1}, w.takeAll(2))
}

func racesForRoom(w *world) {
	w.beatAll()
	j := w.newJob("x", time.Time{})
	j.Policy.MaxInstances, j.Policy.Group, j.Policy.GroupLimit = 4, "g", 2
	w.add(j)
	for i := range 2 * racers {
		w.enqueue(w.waitingRun(j, fmt.Sprint(i)))
	}
	taken := w.takeAll(2)
	w.want("how many runs were taken over, with room for two", 2, len(taken))
	places := map[int]bool{}
	for _, r := range w.runs(job.RunFilter{Phases: []job.Phase{job.Running}}) {
		places[r.Place] = true
	}
	w.want("the places that they hold", map[int]bool{0: true, 1: true}, places)
}

// sharesWork is the life of a few nodes: claim, commit, finish, until all is done.
func sharesWork(w *world) {
	w.beatAll()
	const n = 60
	for i := range n {
		w.addDue(fmt.Sprint("job ", i))
	}
	type mine struct {
		runs int
		err  error
	}
	answers := race(w, func(i int, s job.Store) mine {
		runs := 0
		for end := time.Now().Add(patience); time.Now().Before(end); {
			got, left, err := w.work(s, node(i))
			if runs += got; err != nil || left == 0 {
				return mine{runs, err}
			}
		}
		return mine{runs, fmt.Errorf("jobs are still due after %v", patience)}
	})
	total := 0
	for i, a := range answers {
		if total += a.runs; a.err != nil {
			w.Errorf("%s: %v", node(i), a.err)
		}
	}
	w.want("how many runs were committed", n, total)
	w.want("how many runs succeeded", n, len(w.runs(job.RunFilter{Kinds: []job.OutcomeKind{job.Succeeded}})))
	w.want("how many runs there are", n, len(w.runs(job.RunFilter{})))
}

// work takes one turn of a node and says how many jobs were still due before it.
func (w *world) work(s job.Store, node string) (runs, left int, err error) {
	b, err := s.Claim(w.ctx(), w.claimOf(node, limit(7)))
	if err != nil {
		return 0, 0, fmt.Errorf("claim: %w", err)
	}
	var advances []job.Advance
	for _, d := range b.Jobs {
		a := w.advance(d.Job, runOf(d.Job, d.Job.State.Slot))
		a.State = job.State{Last: d.Job.State.Slot}
		advances = append(advances, a)
	}
	answers, err := s.Commit(w.ctx(), node, advances)
	if err != nil {
		return 0, 0, fmt.Errorf("commit: %w", err)
	}
	var done []job.Finished
	for i, a := range answers {
		if a.Err != nil && !isOneOf(a.Err, []error{job.ErrChanged}) {
			return 0, 0, fmt.Errorf("commit of job %q: %w", advances[i].ID, a.Err)
		}
		if a.Err == nil {
			r := advances[i].Runs[0]
			r.Owner.Token = a.Tokens[0]
			done = append(done, w.finished(r))
		}
	}
	if errs, err := s.Finish(w.ctx(), done); errs != nil || err != nil {
		return 0, 0, fmt.Errorf("finish: %v, %w", errs, err)
	}
	jobs, err := s.List(w.ctx(), job.Filter{Limit: 1})
	if err != nil {
		return 0, 0, fmt.Errorf("list: %w", err)
	}
	if len(jobs) == 0 || jobs[0].State.Next.IsZero() {
		return len(done), 0, nil
	}
	return len(done), 1, nil
}
