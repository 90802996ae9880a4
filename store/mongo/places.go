package mongo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// groupValue is what the register of a concurrency group holds.
type groupValue struct {
	Holders []holder `json:"holders"`
}

// holder says that a run holds a place, or is about to. The truth is in the
// job's register: the place is taken first, then the job is set. From names
// the link that this follows, so it can be told what came of it: while that
// link is the newest the job may be set yet; once another follows it, the
// place is held by a run that the job lists with it, or by none.
type holder struct {
	Place int    `json:"place"`
	Run   string `json:"run"`
	Job   string `json:"job"`
	From  string `json:"from"` // nonce
	At    int64  `json:"at"`
}

// limbo is how long a place may be taken without the job being set. Who wants
// it after that sets the job to what it is: then it never will be set to what
// was intended.
const limbo = 5 * time.Second

// want asks for a place.
type want struct {
	group string
	limit int // places below that; with place < 0
	place int // this one; -1: any
	run   string
	job   string
	from  string

	got int // -1: none
}

// takePlaces tries to get what wants ask for; got says which.
func (s *Store) takePlaces(ctx context.Context, wants []*want) error {
	groups := map[string][]*want{}
	for _, w := range wants {
		groups[w.group] = append(groups[w.group], w)
	}
	_, err := s.setGroups(ctx, groups)
	return err
}

// heldPlaces returns which places of groups are held, after places that
// nobody needs were freed.
func (s *Store) heldPlaces(ctx context.Context, names []string) (map[string][]int, error) {
	groups := map[string][]*want{}
	for _, name := range names {
		if name != "" {
			groups[name] = nil
		}
	}
	return s.setGroups(ctx, groups)
}

func (s *Store) setGroups(ctx context.Context, groups map[string][]*want) (map[string][]int, error) {
	held := map[string][]int{}
	left := slices.Sorted(maps.Keys(groups))
	for try := range maxTries {
		if len(left) == 0 {
			return held, nil
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
		now, err := s.groups.read(ctx, left)
		if err != nil {
			return nil, err
		}
		kept, err := s.keepHolders(ctx, now)
		if err != nil {
			return nil, err
		}
		var steps []*step[groupValue]
		for _, name := range left {
			before := len(kept[name])
			after := s.assign(kept[name], groups[name])
			held[name] = placesOf(after)
			if len(after) != before || len(after) != holders(now[name]) {
				steps = append(steps, &step[groupValue]{key: name, from: now[name], value: &groupValue{Holders: after}})
			}
		}
		if err := s.groups.append(ctx, steps); err != nil {
			return nil, err
		}
		left = nil
		for _, st := range steps {
			if !st.won {
				left = append(left, st.key)
			}
		}
	}
	return nil, fmt.Errorf("set group %q: others were faster %d times: %w", left[0], maxTries, errUnsettled)
}

func holders(c *chain[groupValue]) int {
	if c.head == nil {
		return 0
	}
	return len(c.head.Value.Holders)
}

func placesOf(hs []holder) []int {
	var places []int
	for _, h := range hs {
		places = append(places, h.Place)
	}
	slices.Sort(places)
	return places
}

// assign gives places to wants and returns all holders. A job that wants
// certain places gets all of them or none: its Advance is written as a whole.
func (s *Store) assign(hs []holder, wants []*want) []holder {
	hs = slices.Clone(hs)
	refused := map[string]bool{}
	for _, w := range wants {
		w.got = -1
		if w.place >= 0 && slices.Contains(placesOf(hs), w.place) {
			refused[w.job] = true
		}
	}
	for _, w := range wants {
		if refused[w.job] {
			continue
		}
		taken := placesOf(hs)
		place := w.place
		for k := 0; place < 0 && k < w.limit; k++ {
			if !slices.Contains(taken, k) {
				place = k
			}
		}
		if place < 0 || slices.Contains(taken, place) {
			continue
		}
		w.got = place
		hs = append(hs, holder{Place: place, Run: w.run, Job: w.job, From: w.from, At: s.clock().UnixMicro()})
	}
	return hs
}

// keepHolders returns, for each group, the holders that a run has or may yet
// come to have.
func (s *Store) keepHolders(ctx context.Context, groups map[string]*chain[groupValue]) (map[string][]holder, error) {
	var keys []string
	for _, c := range groups {
		if c.head != nil {
			for _, h := range c.head.Value.Holders {
				keys = append(keys, h.Job)
			}
		}
	}
	slices.Sort(keys)
	jobs, err := s.jobs.read(ctx, slices.Compact(keys))
	if err != nil {
		return nil, err
	}
	kept := map[string][]holder{}
	for name, c := range groups {
		if c.head == nil {
			continue
		}
		for _, h := range c.head.Value.Holders {
			keep, err := s.keeps(ctx, name, h, jobs[h.Job])
			if err != nil {
				return nil, err
			}
			if keep {
				kept[name] = append(kept[name], h)
			}
		}
	}
	return kept, nil
}

func (s *Store) keeps(ctx context.Context, group string, h holder, c *chain[jobValue]) (bool, error) {
	if c.head == nil {
		return false, nil // nothing can follow what is gone
	}
	lives := c.head.Value.live()
	if r := lives.find(h.Run); r != nil && r.Phase == job.Running && r.Place == h.Place && r.Work.Policy.Group == group {
		return true, nil
	}
	if c.head.Nonce != h.From {
		return false, nil
	}
	if s.clock().UnixMicro()-h.At < limbo.Microseconds() {
		return true, nil
	}
	// The barrier: who took the place finds his link taken.
	st := []*step[jobValue]{{key: h.Job, from: c, value: c.head.Value.next()}}
	if err := s.setJobs(ctx, st); err != nil {
		return false, err
	}
	// Lost, somebody has set the job: the next look tells to what.
	return !st[0].won, nil
}
