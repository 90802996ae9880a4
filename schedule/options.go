package schedule

import (
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// Default is the alias of the store and the executor that a job gets when it
// names none.
const Default = "default"

// Options say what a Scheduler works with. Only a store and an executor are
// needed; every other zero value stands for a sensible default.
type Options struct {
	Store     job.Store               // the one called "default"
	Stores    map[string]job.Store    // further ones, by alias
	Executor  job.Executor            // the one called "default"
	Executors map[string]job.Executor // further ones, by alias

	// Defaults is the Policy of jobs that are added with the zero Policy. A job
	// that sets anything in its Policy is taken as it is: to change one thing
	// only, change it in a copy of Defaults.
	Defaults job.Policy
	// History says which runs are kept; the zero Keep stands for the last 100
	// of each job, but none older than 30 days. Runs are removed while there are others, never by an idle
	// scheduler.
	History job.Keep
	// Workers is how many runs an executor that is not job.Bounded carries out
	// at a time; 0: 64.
	Workers int
	// StartPaused makes Start and Run begin in pause.
	StartPaused bool

	Name   string       // of this scheduler in histories, for people; "": "node"
	Bus    *event.Bus   // where events go; nil: a new one, see Scheduler.Bus
	Log    *slog.Logger // nil: none
	Timing Timing

	// Now is the clock that says what is due; nil is the system's clock, whose
	// steps the scheduler asks the system to report. A scheduler with a Now asks
	// the system nothing, as tests in a synctest bubble need it (time.Now will
	// do), and notices steps of it within a minute.
	Now func() time.Time
	// Random gives the names of nodes and jobs, and spreads retries; nil: a
	// good source. Simulations that are to be replayed set it.
	Random func() uint64
}

// Timing has the intervals of a Scheduler. They are good as they are, except for
// the special case.
type Timing struct {
	// Lease is how long other schedulers wait for a sign of life before they
	// take over the runs of this one; 0: 15 s. A scheduler that is cut off from
	// its store for longer ends the runs it carries out, since others may have
	// them by then: who has only one scheduler may well set a minute.
	Lease time.Duration
	// Horizon is how far ahead runs are planned and written, so that they can
	// begin on time; 0: 1 s; negative: only when due.
	Horizon time.Duration
	// Late is how late a run begins before there is an event; 0: 1 s.
	Late time.Duration
	// Stop is how long Run waits for runs when its context is over, before it
	// cancels them; 0: 10 s.
	Stop time.Duration
	// Abandon is how long a shutdown waits for runs that were cancelled; 0: 5 s.
	Abandon time.Duration
	// Call bounds each call of a store; 0: 10 s.
	Call time.Duration
	// Poll is how often a store that is not a job.Watcher is asked for changes
	// by others; 0: 10 s; negative: never.
	Poll time.Duration
}

func (t Timing) filled() Timing {
	set := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	set(&t.Lease, 15*time.Second)
	if t.Horizon == 0 {
		t.Horizon = time.Second
	}
	set(&t.Late, time.Second)
	set(&t.Stop, 10*time.Second)
	set(&t.Abandon, 5*time.Second)
	set(&t.Call, 10*time.Second)
	if t.Poll == 0 {
		t.Poll = 10 * time.Second
	}
	t.Horizon = max(t.Horizon, 0)
	return t
}

// lead is how long before the first of them is due the jobs within a horizon are
// claimed: early enough for a store that takes long over many, and late enough
// that one claim gathers what is due within a fifth of the horizon.
func (t Timing) lead() time.Duration { return t.Horizon * 4 / 5 }

// beat is how often a node that holds runs renews its lease.
func (t Timing) beat() time.Duration { return t.Lease / 3 }

// filled returns o with all defaults in their places.
func (o Options) filled() (Options, error) {
	var err error
	if o.Stores, err = named("store", o.Store, o.Stores); err != nil {
		return o, err
	}
	if o.Executors, err = named("executor", o.Executor, o.Executors); err != nil {
		return o, err
	}
	o.Timing = o.Timing.filled()
	if o.History == (job.Keep{}) {
		o.History = job.Keep{PerJob: 100, Age: 30 * 24 * time.Hour}
	}
	if o.Workers <= 0 {
		o.Workers = 64
	}
	if o.Name == "" {
		o.Name = "node"
	}
	if o.Bus == nil {
		o.Bus = event.NewBus()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Random == nil {
		o.Random = rand.Uint64
	}
	return o, nil
}

// named puts the one that has a field of its own among those with an alias.
func named[T comparable](what string, one T, others map[string]T) (map[string]T, error) {
	var none T
	all := maps.Clone(others)
	if all == nil {
		all = map[string]T{}
	}
	if one != none {
		if _, taken := all[Default]; taken {
			return nil, fmt.Errorf("two %ss are called %q", what, Default)
		}
		all[Default] = one
	}
	for _, alias := range aliases(all) {
		if all[alias] == none {
			return nil, fmt.Errorf("%s %q is nil", what, alias)
		}
	}
	return all, nil
}

// aliases are the keys of m in the order in which they are looked through: the
// default first.
func aliases[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == Default || b != Default && a < b:
			return -1
		}
		return 1
	})
}
