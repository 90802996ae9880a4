package sqlstore

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Pick is a run that a node is to take over, and how it was when it was picked.
type Pick struct {
	ID       string
	Phase    job.Phase
	Token    int64
	NewToken int64
	Instance int
	Place    int
}

// candidate is a run that may be picked.
type candidate struct {
	Pick
	from       job.Owner
	began      bool
	due        int64
	job, group string
	room       int64 // as the columns of those names
	groupRoom  int64
}

// takeover is the part of a claim that takes runs over: a transaction.
type takeover struct {
	*claim
	tx    Tx
	now   int64
	picks []candidate
	cut   bool // Limit left some
}

// takeOver takes runs over: those whose owner is lost, and those that wait and
// have room.
func (c *claim) takeOver(ctx context.Context) error {
	var taken []job.Taken
	var cut bool
	err := c.DB.Write(ctx, func(tx Tx) error {
		t := &takeover{claim: c, tx: tx, now: Micros(c.now)}
		if err := t.lost(ctx); err != nil {
			return err
		}
		if err := t.waiting(ctx); err != nil {
			return err
		}
		var err error
		taken, err = t.take(ctx)
		cut = t.cut
		return err
	})
	if cut {
		c.wakeAt(Micros(c.now))
	}
	c.batch.Runs = taken
	return err
}

// full reports whether no more are to be picked, and notes it.
func (t *takeover) full() bool {
	if len(t.picks) < t.Limit {
		return false
	}
	t.cut = true
	return true
}

// lost picks runs whose owner's lease is over; they keep what they hold.
func (t *takeover) lost(ctx context.Context) error {
	found, err := query(ctx, t.Base, t.tx, func(rows Rows) (candidate, error) {
		c := candidate{Pick: Pick{Phase: job.Running}}
		var until int64
		var instance, place *int64
		err := rows.Scan(&c.ID, &c.from.Node, &c.Token, &c.due, &instance, &place, &until)
		c.from.Token, c.Instance, c.Place, c.began = c.Token, number(instance), number(place), c.due <= until
		return c, err
	}, `select r.id, r.node, r.token, r.due_us, r.instance, r.place, n.until_us
		from @nodes n join @runs r on r.node = n.id and r.phase = 1
		where n.id <> $1 and n.expires_us <= $2 and `+t.Dialect.In("r.needs", 3)+`
		order by r.due_us, r.token limit $4`,
		t.Node, t.now, t.Dialect.Strings(t.Serves), int64(t.Limit)+1)
	for _, c := range found {
		if t.full() {
			break
		}
		t.picks = append(t.picks, c)
	}
	return err
}

// page is how many of those that wait are looked at together.
const page = 1000

// waiting picks runs that wait, are due and have room. Jobs at their limit are
// left out of the pages that follow, so a long queue of one is passed quickly.
func (t *takeover) waiting(ctx context.Context) error {
	left := &limits{takeover: t}
	blocked := []string{}
	last := candidate{due: math.MinInt64}
	for {
		found, err := query(ctx, t.Base, t.tx, func(rows Rows) (candidate, error) {
			c := candidate{Pick: Pick{Phase: job.Waiting, Instance: -1, Place: -1}}
			return c, rows.Scan(&c.ID, &c.job, &c.due, &c.Token, &c.room, &c.group, &c.groupRoom)
		}, `select id, job, due_us, token, room, grp, grp_room from @runs
			where phase = 0 and due_us <= $1 and `+t.Dialect.In("needs", 2)+` and not `+t.Dialect.In("job", 3)+`
			and (due_us > $4 or due_us = $4 and id > $5) order by due_us, id limit $6`,
			t.now, t.Dialect.Strings(t.Serves), t.Dialect.Strings(blocked), last.due, last.ID, int64(page))
		if err != nil || len(found) == 0 {
			return err
		}
		if err := left.load(ctx, found); err != nil {
			return err
		}
		for _, c := range found {
			if !left.take(&c) {
				blocked = append(blocked, c.job)
				continue
			}
			if t.full() {
				return nil
			}
			t.picks = append(t.picks, c)
		}
		slices.Sort(blocked)
		blocked = slices.Compact(blocked)
		last = found[len(found)-1]
	}
}

// limits is what is held of the limits of jobs and groups.
type limits struct {
	*takeover
	instances map[string][]int // held, by job
	places    map[string][]int // held, by group
}

// load reads what is held of the jobs and groups of a page, as far as it is
// not known.
func (l *limits) load(ctx context.Context, found []candidate) error {
	var jobs, groups []string
	for _, c := range found {
		if _, known := l.instances[c.job]; !known && c.room > 0 {
			jobs = append(jobs, c.job)
		}
		if _, known := l.places[c.group]; !known && c.group != "" {
			groups = append(groups, c.group)
		}
	}
	var err error
	if l.instances, err = l.more(ctx, l.instances, heldInstances, "job", jobs); err != nil {
		return err
	}
	l.places, err = l.more(ctx, l.places, heldPlaces, "grp", groups)
	return err
}

func (l *limits) more(ctx context.Context, known map[string][]int, statement, column string, names []string) (map[string][]int, error) {
	if known == nil {
		known = make(map[string][]int)
	}
	if len(names) == 0 {
		return known, nil
	}
	slices.Sort(names)
	names = slices.Compact(names)
	held, err := l.held(ctx, l.tx, statement, column, names)
	for _, name := range names {
		known[name] = held[name]
	}
	return known, err
}

// take gives c the lowest free numbers, if there are.
func (l *limits) take(c *candidate) bool {
	instance, place := -1, -1
	if c.room > 0 {
		if instance = lowestFree(l.instances[c.job]); int64(instance) >= c.room {
			return false
		}
	}
	if c.group != "" {
		if place = lowestFree(l.places[c.group]); int64(place) >= c.groupRoom {
			return false
		}
		l.places[c.group] = append(l.places[c.group], place)
	}
	if instance >= 0 {
		l.instances[c.job] = append(l.instances[c.job], instance)
	}
	c.Instance, c.Place = instance, place
	return true
}

func lowestFree(held []int) int {
	for k := 0; ; k++ {
		if !slices.Contains(held, k) {
			return k
		}
	}
}

// take makes the node the owner of what was picked.
func (t *takeover) take(ctx context.Context) ([]job.Taken, error) {
	if len(t.picks) == 0 {
		return nil, nil
	}
	ids := make([]string, len(t.picks))
	of := make(map[string]*candidate, len(t.picks))
	for i := range t.picks {
		ids[i] = t.picks[i].ID
		of[ids[i]] = &t.picks[i]
	}
	found, err := query(ctx, t.Base, t.tx, readable(func(rows Rows) (job.Run, error) { return ScanRun(rows) }),
		`select `+RunColumns+` from @runs where `+t.Dialect.In("id", 1), t.Dialect.Strings(ids))
	if err != nil {
		return nil, err
	}
	runs := present(found)
	tokens, err := t.Dialect.Sequence(ctx, t.tx, len(runs))
	if err != nil {
		return nil, err
	}
	picks := make([]Pick, len(runs))
	for i, r := range runs {
		of[r.ID].NewToken = tokens[i]
		picks[i] = of[r.ID].Pick
	}
	slices.SortFunc(picks, func(a, b Pick) int { return cmp.Compare(a.ID, b.ID) })
	got, err := t.Dialect.Take(ctx, t.tx, t.Node, picks)
	if err != nil {
		return nil, err
	}
	var taken []job.Taken
	for _, r := range runs {
		if !slices.Contains(got, r.ID) {
			continue // somebody else was faster
		}
		c := of[r.ID]
		r.Phase, r.Owner = job.Running, job.Owner{Node: t.Node, Token: c.NewToken}
		r.Instance, r.Place = c.Instance, c.Place
		taken = append(taken, job.Taken{Run: r, From: c.from, Began: c.began})
	}
	slices.SortFunc(taken, func(a, b job.Taken) int {
		return cmp.Or(a.Run.Due.Compare(b.Run.Due), cmp.Compare(a.Run.Owner.Token, b.Run.Owner.Token))
	})
	return taken, nil
}
