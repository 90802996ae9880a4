package schedule

import (
	"context"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Stores are the aliases of the stores that s has, sorted.
func (s *Scheduler) Stores() []string { return aliases(*s.stores.Load()) }

// Executors are the aliases of the executors that s has, sorted.
func (s *Scheduler) Executors() []string { return aliases(*s.pools.Load()) }

// Trouble tells why the store does not answer as it should, and since when; nil
// when it does. An alias that is not known is an error (ErrUnknown), too.
func (s *Scheduler) Trouble(alias string) (since time.Time, err error) {
	stores := *s.stores.Load()
	k, ok := stores[alias]
	if !ok {
		return time.Time{}, fmt.Errorf("trouble: %w", unknown("store", alias, stores))
	}
	k.trouble.mu.Lock()
	defer k.trouble.mu.Unlock()
	return k.trouble.since, k.trouble.err
}

// InHand is how many runs s has planned for the next moment or carries out.
func (s *Scheduler) InHand() int { return inHand(s.keepers()) }

// Text says how j stands, as Status does, by what is known without asking the
// store. busy: a run of it is carried out.
func (js Jobs) Text(j job.Job, busy bool) string {
	k, err := js.target()
	if err != nil {
		return err.Error()
	}
	return k.text(j, k.now(), false, busy)
}

// NextDue is the earliest next time of the jobs of the stores; zero when there is
// none.
func (js Jobs) NextDue(ctx context.Context) (time.Time, error) {
	keepers, err := js.where()
	if err != nil {
		return time.Time{}, err
	}
	var next time.Time
	for _, k := range keepers {
		first, err := k.store.List(ctx, job.Filter{Limit: 1})
		if err != nil {
			return time.Time{}, fmt.Errorf("next time of store %q: %w", k.alias, err)
		}
		if len(first) == 0 || first[0].State.Next.IsZero() {
			continue
		}
		if t := first[0].State.Next; next.IsZero() || t.Before(next) {
			next = t
		}
	}
	return next, nil
}

// Name is what s is called in the stores since it was started, "" while it is
// stopped. A later incarnation, after a lease was lost, has ".2" and so on behind it.
func (s *Scheduler) Name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return ""
	}
	return s.session.name
}

// Bury ends the leases that a scheduler of that Name holds in a store, so that
// what it had in hand is taken over at once and nobody lists it any more. Only
// who knows that its process is gone, and what it carried out with it, may do so:
// a living one would see its runs carried out twice.
func Bury(ctx context.Context, store job.Store, name string) error {
	lister, ok := store.(job.NodeLister)
	if !ok {
		return nil
	}
	nodes, err := lister.Nodes(ctx)
	if err != nil {
		return fmt.Errorf("bury %s: %w", name, err)
	}
	for _, n := range nodes {
		if base, _ := splitNode(n.Name); base != name && n.Name != name {
			continue
		}
		if _, err := store.Beat(ctx, job.Beat{Node: n.Name, Now: job.Micro(time.Now())}); err != nil {
			return fmt.Errorf("bury %s: %w", n.Name, err)
		}
	}
	return nil
}
