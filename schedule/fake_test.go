package schedule_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// fake is the plainest store there can be: it walks over everything.
type fake struct {
	mu     sync.Mutex
	now    func() time.Time
	jobs   map[string]job.Job
	runs   map[string]*job.Run
	leases map[string]fakeLease
	rev    int64
	token  int64
	watch  []chan struct{}
}

type fakeLease struct {
	until, promise time.Time
}

func newFake() *fake {
	return &fake{now: time.Now, jobs: map[string]job.Job{}, runs: map[string]*job.Run{}, leases: map[string]fakeLease{}}
}

func (f *fake) lock() func() {
	f.mu.Lock()
	return f.mu.Unlock
}

func (f *fake) changed() {
	for _, c := range f.watch {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (f *fake) Watch(ctx context.Context) <-chan struct{} {
	defer f.lock()()
	c := make(chan struct{}, 1)
	f.watch = append(f.watch, c)
	return c
}

func (f *fake) Add(_ context.Context, jobs []job.Job) ([]error, error) {
	defer f.lock()()
	errs, bad := make([]error, len(jobs)), false
	for i, j := range jobs {
		if _, ok := f.jobs[j.ID]; ok {
			errs[i], bad = job.ErrExists, true
			continue
		}
		f.rev++
		j.State.Rev = f.rev
		f.jobs[j.ID] = j
	}
	f.changed()
	if !bad {
		return nil, nil
	}
	return errs, nil
}

func (f *fake) Replace(_ context.Context, j job.Job) (int64, error) {
	defer f.lock()()
	old, ok := f.jobs[j.ID]
	switch {
	case !ok:
		return 0, job.ErrNotFound
	case old.State.Rev != j.State.Rev:
		return 0, job.ErrChanged
	}
	f.rev++
	j.State.Rev = f.rev
	f.jobs[j.ID] = j
	f.changed()
	return f.rev, nil
}

func (f *fake) Remove(_ context.Context, id string, rev int64) error {
	defer f.lock()()
	if _, ok := f.jobs[id]; !ok {
		return job.ErrNotFound
	}
	delete(f.jobs, id)
	for _, r := range f.runs {
		if r.Job == id && r.Phase == job.Waiting {
			r.Phase, r.Outcome.Kind = job.Done, job.Cancelled
		}
	}
	return nil
}

func (f *fake) List(_ context.Context, q job.Filter) ([]job.Job, error) {
	defer f.lock()()
	var all []job.Job
	for _, j := range f.jobs {
		if q.IDs == nil || slices.Contains(q.IDs, j.ID) {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b job.Job) int {
		if an, bn := a.State.Next.IsZero(), b.State.Next.IsZero(); an != bn {
			if an {
				return 1
			}
			return -1
		}
		return cmp.Or(a.State.Next.Compare(b.State.Next), cmp.Compare(a.ID, b.ID))
	})
	if q.Limit > 0 && len(all) > q.Limit {
		all = all[:q.Limit]
	}
	return all, nil
}

func (f *fake) leased(node string) bool { return f.now().Before(f.leases[node].until) }

// room reports whether r may run beside what runs, and where.
func (f *fake) room(r *job.Run) (instance, place int, ok bool) {
	p := r.Work.Policy
	var instances, places []int
	for _, o := range f.runs {
		if o.Phase != job.Running {
			continue
		}
		if o.Job == r.Job && o.Instance >= 0 {
			instances = append(instances, o.Instance)
		}
		if p.Group != "" && o.Work.Policy.Group == p.Group && o.Place >= 0 {
			places = append(places, o.Place)
		}
	}
	lowest := func(held []int) int {
		for k := 0; ; k++ {
			if !slices.Contains(held, k) {
				return k
			}
		}
	}
	instance, place = -1, -1
	if p.Overlap != job.AllowOverlap {
		if instance = lowest(instances); instance >= max(p.MaxInstances, 1) {
			return 0, 0, false
		}
	}
	if p.Group != "" {
		if place = lowest(places); place >= p.GroupLimit {
			return 0, 0, false
		}
	}
	return instance, place, true
}

func (f *fake) sortedRuns() []*job.Run {
	var all []*job.Run
	for _, r := range f.runs {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b *job.Run) int {
		return cmp.Or(a.Slot.Compare(b.Slot), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (f *fake) Claim(_ context.Context, c job.Claim) (job.Batch, error) {
	defer f.lock()()
	if !f.leased(c.Node) {
		return job.Batch{}, job.ErrLease
	}
	now := f.now()
	b := job.Batch{Now: job.Micro(now)}
	due := func(t time.Time) {
		if !t.IsZero() && (b.NextDue.IsZero() || t.Before(b.NextDue)) {
			b.NextDue = t
		}
	}
	for _, r := range f.sortedRuns() {
		if r.Phase == job.Done || !slices.Contains(c.Serves, r.Work.Needs()) {
			continue
		}
		t := job.Taken{From: r.Owner}
		switch {
		case r.Phase == job.Waiting && r.Due.After(now):
			due(r.Due)
			continue
		case r.Phase == job.Waiting:
			var ok bool
			if r.Instance, r.Place, ok = f.room(r); !ok {
				continue
			}
		case r.Owner.Node == c.Node || f.leased(r.Owner.Node):
			if r.Owner.Node != c.Node {
				due(f.leases[r.Owner.Node].until)
			}
			continue
		default:
			t.Began = !r.Due.After(f.leases[r.Owner.Node].promise)
		}
		f.token++
		r.Phase, r.Owner = job.Running, job.Owner{Node: c.Node, Token: f.token}
		t.Run = *r
		b.Runs = append(b.Runs, t)
	}
	for _, j := range f.jobs {
		if j.State.Next.IsZero() || !slices.Contains(c.Serves, j.Work().Needs()) {
			continue
		}
		d := job.Due{Job: j}
		held := 0
		for _, r := range f.sortedRuns() {
			if r.Phase == job.Running && r.Place >= 0 && r.Work.Policy.Group == j.Policy.Group {
				d.Places = append(d.Places, r.Place)
			}
			if r.Job == j.ID && r.Phase != job.Done {
				d.Live = append(d.Live, *r)
				if r.Phase == job.Running {
					held++
				}
			}
		}
		until := now.Add(c.Horizon)
		if j.Policy.Overlap != job.AllowOverlap && held >= max(j.Policy.MaxInstances, 1) {
			until = now
		}
		if j.State.Next.After(until) {
			due(j.State.Next)
			continue
		}
		b.Jobs = append(b.Jobs, d)
	}
	slices.SortFunc(b.Jobs, func(x, y job.Due) int {
		return cmp.Or(x.Job.State.Next.Compare(y.Job.State.Next), cmp.Compare(x.Job.ID, y.Job.ID))
	})
	if len(b.Jobs) > c.Limit {
		b.NextDue = b.Now
		b.Jobs = b.Jobs[:c.Limit]
	}
	return b, nil
}

func (f *fake) Commit(_ context.Context, node string, advances []job.Advance) ([]job.Committed, error) {
	defer f.lock()()
	if !f.leased(node) {
		return nil, job.ErrLease
	}
	answers := make([]job.Committed, len(advances))
	for i, a := range advances {
		answers[i] = f.advance(node, a)
	}
	return answers, nil
}

func (f *fake) advance(node string, a job.Advance) job.Committed {
	j, ok := f.jobs[a.ID]
	switch {
	case !ok:
		return job.Committed{Err: job.ErrNotFound}
	case j.State.Rev != a.Rev:
		return job.Committed{Err: job.ErrChanged}
	}
	for _, r := range a.Runs {
		if _, ok := f.runs[r.ID]; ok {
			return job.Committed{Err: job.ErrExists}
		}
		for _, o := range f.runs {
			same := o.Job == r.Job && o.Instance == r.Instance && r.Instance >= 0
			place := r.Place >= 0 && o.Place == r.Place && o.Work.Policy.Group == r.Work.Policy.Group
			if o.Phase == job.Running && r.Phase == job.Running && (same || place) {
				return job.Committed{Err: job.ErrLimit}
			}
		}
	}
	var answer job.Committed
	for _, r := range a.Runs {
		token := int64(0)
		if r.Phase == job.Running {
			f.token++
			token = f.token
			r.Owner = job.Owner{Node: node, Token: token}
		}
		f.runs[r.ID] = &r
		answer.Tokens = append(answer.Tokens, token)
	}
	for _, id := range a.Cancel {
		f.cancel(f.runs[id])
	}
	f.rev++
	answer.Rev = f.rev
	j.State = a.State
	j.State.Rev = f.rev
	f.jobs[a.ID] = j
	if a.Remove {
		delete(f.jobs, a.ID)
	}
	return answer
}

func (f *fake) cancel(r *job.Run) {
	if r.Phase == job.Waiting {
		r.Phase, r.Outcome = job.Done, job.Outcome{Kind: job.Cancelled, Finished: f.now()}
		return
	}
	r.Cancel = true
}

func (f *fake) Finish(_ context.Context, finished []job.Finished) ([]error, error) {
	defer f.lock()()
	errs := make([]error, len(finished))
	for i, x := range finished {
		r, ok := f.runs[x.ID]
		switch {
		case !ok:
			errs[i] = job.ErrNotFound
			continue
		case r.Phase != job.Running || r.Owner.Token != x.Token:
			errs[i] = job.ErrFenced
			continue
		}
		if x.Attempt > 1 && r.Attempt > 0 {
			r.Attempts = append(r.Attempts, job.Attempt{Number: r.Attempt, Owner: r.Owner, Kind: r.Outcome.Kind, Error: r.Outcome.Error})
		}
		r.Started, r.Attempt, r.Outcome = x.Started, x.Attempt, x.Outcome
		r.Phase = job.Done
		if !x.Retry.IsZero() {
			r.Phase, r.Due, r.Owner = job.Waiting, x.Retry, job.Owner{}
		}
		r.Instance, r.Place = -1, -1
	}
	return errs, nil
}

func (f *fake) Beat(_ context.Context, b job.Beat) (job.Pulse, error) {
	defer f.lock()()
	now := f.now()
	f.leases[b.Node] = fakeLease{now.Add(b.Lease), now.Add(b.Ahead)}
	p := job.Pulse{Now: now}
	for _, r := range f.sortedRuns() {
		if r.Phase == job.Running && r.Owner.Node == b.Node && r.Cancel {
			p.Cancelled = append(p.Cancelled, r.ID)
		}
	}
	return p, nil
}

func (f *fake) Runs(_ context.Context, q job.RunFilter) ([]job.Run, error) {
	defer f.lock()()
	var all []job.Run
	for _, r := range f.sortedRuns() {
		if (q.IDs == nil || slices.Contains(q.IDs, r.ID)) && (q.Job == "" || q.Job == r.Job) &&
			(q.Phases == nil || slices.Contains(q.Phases, r.Phase)) && (q.Kinds == nil || slices.Contains(q.Kinds, r.Outcome.Kind)) {
			all = append(all, *r)
		}
	}
	slices.Reverse(all)
	return all, nil
}

func (f *fake) Enqueue(_ context.Context, r job.Run) error {
	defer f.lock()()
	if _, ok := f.runs[r.ID]; ok {
		return job.ErrExists
	}
	f.runs[r.ID] = &r
	f.changed()
	return nil
}

func (f *fake) CancelRun(_ context.Context, id string) error {
	defer f.lock()()
	r, ok := f.runs[id]
	switch {
	case !ok:
		return job.ErrNotFound
	case r.Phase == job.Done:
		return job.ErrFenced
	}
	f.cancel(r)
	f.changed()
	return nil
}

func (f *fake) Prune(_ context.Context, k job.Keep) (int, error) {
	defer f.lock()()
	seen := map[string]int{}
	removed := 0
	all := f.sortedRuns()
	for _, r := range slices.Backward(all) {
		if r.Phase != job.Done {
			continue
		}
		seen[r.Job]++
		if k.PerJob > 0 && seen[r.Job] > k.PerJob || k.Age > 0 && r.Outcome.Finished.Before(k.Now.Add(-k.Age)) {
			delete(f.runs, r.ID)
			removed++
		}
	}
	return removed, nil
}

func (f *fake) Close() error { return nil }
