package mongo

import (
	"context"
	"maps"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// takeover is the part of a claim that takes runs over.
type takeover struct {
	*claim
	taken map[string][]job.Taken // by job; of the latest plan
	full  bool                   // Limit left some
}

// pick is a run that is to be taken over.
type pick struct {
	key  string
	run  *job.Run
	want *want // of a place; nil: none
}

// takeOver takes runs of the jobs that were read over: those that wait and have
// room, and those whose owner is lost. What the jobs are set to is in chains
// afterwards.
func (c *claim) takeOver(ctx context.Context, chains map[string]*chain[jobValue]) ([]job.Taken, error) {
	t := &takeover{claim: c, taken: map[string][]job.Taken{}}
	found := c.candidates(chains)
	if err := c.store.updateFrom(ctx, found, t.plan); err != nil {
		return nil, err
	}
	maps.Copy(chains, found)
	var all []job.Taken
	for _, taken := range t.taken {
		all = append(all, taken...)
	}
	slices.SortFunc(all, func(a, b job.Taken) int { return a.Run.Due.Compare(b.Run.Due) })
	if t.full {
		c.wakeAt(c.now)
	}
	return all, nil
}

func (t *takeover) plan(ctx context.Context, now map[string]*chain[jobValue]) (map[string]*jobValue, error) {
	room := t.Limit
	for key := range now {
		delete(t.taken, key)
	}
	for _, taken := range t.taken {
		room -= len(taken)
	}
	alive := map[string]*lives{}
	picks := t.pick(now, alive)
	t.full = len(picks) > room
	picks = picks[:min(len(picks), room)]
	if err := t.takePlaces(ctx, picks, now); err != nil {
		return nil, err
	}
	picks = slices.DeleteFunc(picks, func(p pick) bool { return p.want != nil && p.want.got < 0 })
	token, err := t.store.tokenRange(ctx, len(picks))
	if err != nil {
		return nil, err
	}
	want := map[string]*jobValue{}
	for i, p := range picks {
		t.take(p, token+int64(i))
		want[p.key] = now[p.key].head.Value.next()
	}
	for key, next := range want {
		if err := next.set(*alive[key]); err != nil {
			return nil, err
		}
	}
	return want, nil
}

// pick chooses runs, the longest due first, as far as the instances of their
// jobs allow.
func (t *takeover) pick(now map[string]*chain[jobValue], alive map[string]*lives) []pick {
	var picks []pick
	for key, c := range now {
		if c.head == nil {
			continue
		}
		l := c.head.Value.live()
		alive[key] = &l
		for i := range l.runs {
			if r := &l.runs[i]; t.takes(*r) {
				picks = append(picks, pick{key: key, run: r})
			}
		}
	}
	slices.SortStableFunc(picks, func(a, b pick) int { return a.run.Due.Compare(b.run.Due) })
	return slices.DeleteFunc(picks, func(p pick) bool {
		if p.run.Phase == job.Running {
			return false
		}
		k, ok := freeInstance(p.run.Work.Policy, alive[p.key].runs)
		if ok {
			p.run.Instance = k // so that the next one gets another
		}
		return !ok
	})
}

// takes says whether a run may be taken over, limits aside.
func (t *takeover) takes(r job.Run) bool {
	if !t.serves(r.Work.Needs()) {
		return false
	}
	if r.Phase == job.Running {
		return t.lost(r.Owner.Node)
	}
	return !r.Due.After(t.now)
}

// freeInstance is the lowest Instance that no run holds; -1 where there is no
// limit.
func freeInstance(p job.Policy, runs []job.Run) (k int, ok bool) {
	if p.Overlap == job.AllowOverlap {
		return -1, true
	}
	for k := range max(1, p.MaxInstances) {
		if !slices.ContainsFunc(runs, func(r job.Run) bool { return r.Instance == k }) {
			return k, true
		}
	}
	return -1, false
}

func (t *takeover) takePlaces(ctx context.Context, picks []pick, now map[string]*chain[jobValue]) error {
	var wants []*want
	for i, p := range picks {
		policy := p.run.Work.Policy
		if p.run.Phase == job.Running || policy.Group == "" {
			continue
		}
		picks[i].want = &want{
			group: policy.Group, limit: policy.GroupLimit, place: -1,
			run: p.run.ID, job: p.key, from: now[p.key].head.Nonce,
		}
		wants = append(wants, picks[i].want)
	}
	return t.store.takePlaces(ctx, wants)
}

// take makes the node the owner of a run.
func (t *takeover) take(p pick, token int64) {
	from := p.run.Owner
	began := false
	if p.run.Phase == job.Running {
		lease, known := t.leases[from.Node]
		began = !known || p.run.Due.UnixMicro() <= lease.Ahead
	}
	p.run.Phase, p.run.Owner = job.Running, job.Owner{Node: t.Node, Token: token}
	if p.want != nil {
		p.run.Place = p.want.got
	}
	t.taken[p.key] = append(t.taken[p.key], job.Taken{Run: *p.run, From: from, Began: began})
}
