// Package apscheduler makes jobs of ours of what APScheduler 3 has stored of its.
// Package source reads that from Redis and from SQL.
//
// What is stored of a job is a pickle of a dict. It is read by internal/pickle,
// so nothing of it is executed. The classes that mean something here are a closed
// table: APScheduler's own triggers and fields, and the time zones of datetime,
// zoneinfo, pytz, tzlocal and dateutil.
//
// Arguments that JSON has no form for get that of internal/pyvalue. What cannot be
// a job here says why: a function that cannot be found by name, an argument that
// only a call could make, a trigger class of the user's own. What becomes
// something a little different is noted.
package apscheduler

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Record is what is stored of a job.
type Record struct {
	ID    string
	State []byte    // the pickle; nil: there is a run time, but no job
	Due   time.Time // as the store's index has it; zero: not there, so it is paused
}

// Result is what became of a Record.
type Result struct {
	ID  string
	Job job.Job // if nothing is in its way
	// Zone is that of its next run, for people.
	Zone    *time.Location
	Reasons []string // why it cannot be a job here; none: it can
	Notes   []string // what is different then
}

// Options say how to convert.
type Options struct {
	// Rename gives other names to modules (__main__ to tasks) and to single
	// functions and classes (old:f to new:g).
	Rename map[string]string
	// Now is when it is converted: whether a zone changes its clocks is asked
	// for from then on.
	Now time.Time
}
