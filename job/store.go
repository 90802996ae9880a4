package job

import (
	"context"
	"errors"
	"slices"
	"time"
)

// The errors of a Store. Drivers wrap them; everything else that they return
// is trouble with the store itself, and worth a retry.
var (
	// ErrExists: a job has that id already.
	ErrExists = errors.New("conflicts with an existing job")
	// ErrNotFound: no job, or no run, has that id.
	ErrNotFound = errors.New("was not found")
	// ErrChanged: somebody else has written the job since it was read.
	ErrChanged = errors.New("was changed meanwhile")
	// ErrFenced: the run has a newer token, or is over.
	ErrFenced = errors.New("belongs to somebody else by now")
	// ErrLimit: a unique record that a run needs is held by another run.
	ErrLimit = errors.New("is at its limit of instances")
	// ErrLease: the node has no lease, or it is over. Beat first.
	ErrLease = errors.New("has no lease")
	// ErrForeign: what the store finds under its names is not its own, such
	// as the jobs of APScheduler. It then changes nothing.
	ErrForeign = errors.New("is not a store of ours")
)

// Store keeps Jobs and Runs. Schedulers in many processes may share one: what
// each method promises is atomic for each job and each run, never for the
// whole batch. All methods may be called concurrently. Answers stand at the
// place of what they answer; the last error is trouble with the store itself,
// and then it is open what was written.
//
// A store keeps and compares. It knows nothing of triggers.
type Store interface {
	Jobs
	Claims
	History
	// Close lets go of what the store holds. Nothing may be called after it.
	Close() error
}

// Jobs are the jobs of a Store.
type Jobs interface {
	// Add writes new jobs. The errors are nil when all were added; ErrExists.
	Add(ctx context.Context, jobs []Job) ([]error, error)
	// Replace writes j over the job with its ID whose revision is j.State.Rev
	// and returns the new revision. ErrNotFound, ErrChanged; no revision fits 0.
	Replace(ctx context.Context, j Job) (rev int64, err error)
	// Remove removes a job; its runs stay, those that wait are cancelled.
	// Revision 0 stands for any. ErrNotFound, ErrChanged. A job that is added
	// under the same ID later gets a revision that the old one never had.
	Remove(ctx context.Context, id string, rev int64) error
	// List returns the jobs that f selects, by next run time, then ID; those
	// without one last. One that cannot be decoded is listed as parked, and
	// nothing is ever written over what is stored of it.
	List(ctx context.Context, f Filter) ([]Job, error)
}

// Claims are how schedulers share the work of a Store.
//
// A node is one incarnation of a scheduler. It holds a lease that Beat renews;
// when the lease is over, its runs go to others. Beat also promises how far
// the node may begin: it begins no run that is due later than that, so of such
// a run everybody knows that it never began.
type Claims interface {
	// Claim returns what a node is to work on next. It changes no job. It
	// takes runs over that wait and whose limits have room, and runs whose
	// owner's lease is over. It may keep the jobs that it returns from other
	// nodes for a moment. ErrLease.
	Claim(ctx context.Context, c Claim) (Batch, error)
	// Commit writes, for each job whose revision is still the one that was
	// read, its new state and the runs it owes: all of an Advance or nothing
	// of it. A run in Phase Running gets node as its owner and a new token.
	// In Committed: ErrNotFound, ErrChanged, ErrLimit, ErrExists (a run has
	// that ID). As the last error: ErrLease.
	Commit(ctx context.Context, node string, advances []Advance) ([]Committed, error)
	// Finish writes what became of runs, if their token is the newest; a lease
	// is not needed. A run that is to be cancelled is not tried again: it is
	// Done, and Cancelled if it has no outcome. The errors are nil when all
	// were written; ErrFenced, ErrNotFound.
	Finish(ctx context.Context, finished []Finished) ([]error, error)
	// Beat makes or renews the lease of a node.
	Beat(ctx context.Context, b Beat) (Pulse, error)
}

// History is the runs of a Store, as people see them and ask for them.
type History interface {
	// Runs returns the runs that f selects, the latest slot first.
	Runs(ctx context.Context, f RunFilter) ([]Run, error)
	// Enqueue writes a run that somebody asked for: it waits, and a node that
	// serves it takes it over. ErrExists.
	Enqueue(ctx context.Context, r Run) error
	// CancelRun ends a run that waits, and tells the owner of one that runs
	// (Pulse.Cancelled). ErrNotFound; ErrFenced when it is over.
	CancelRun(ctx context.Context, id string) error
	// Prune removes runs that are over and that k does not keep, up to some
	// limit a call, and returns how many.
	Prune(ctx context.Context, k Keep) (removed int, err error)
}

// Watcher is a Store that notices changes by others.
type Watcher interface {
	// Watch returns a channel that gets a value when a job or a waiting run
	// may have come due earlier than Batch.NextDue said, or a run is to be
	// cancelled; changes close together make one value. The channel is closed
	// when ctx is over. Lost connections are made anew, and a value is sent then.
	Watch(ctx context.Context) <-chan struct{}
}

// Examiner is a Store that may find reasons for which it cannot hold what it
// promises, such as a server that evicts keys or writes nothing to disk.
type Examiner interface {
	// Examine returns a line for each.
	Examine(ctx context.Context) ([]string, error)
}

// Filter selects jobs; the zero Filter selects all.
type Filter struct {
	IDs   []string // these only
	After string   // with the order of List: the last ID of the page before
	Limit int      // 0: all
}

// Claim says who asks for what.
type Claim struct {
	Node    string
	Serves  []string      // what the node can run, as Work.Needs names it
	Except  []string      // jobs that it does not want now
	Limit   int           // jobs, and also runs, at most
	Horizon time.Duration // how far ahead of now a job may be due
	// Now is the node's time. Stores that have a clock of their own go by that.
	Now time.Time
}

// Batch is what there is to work on.
type Batch struct {
	Now time.Time // the store's
	// Jobs are due up to Now+Horizon, neither paused nor parked, and served by
	// the node; the longest due come first. A job with as many live runs as
	// Policy.MaxInstances is claimed when it is due, not ahead.
	Jobs []Due
	// Runs were taken over: they are Running, with the node as owner and a new
	// token. Owner.Node of Taken.From is who had them.
	Runs []Taken
	// NextDue is when there may be more for this node: the earliest next time
	// of the other jobs that it serves, when jobs are no longer kept for another
	// node, when a run that waits is due, or the end of the lease of another node
	// that holds runs. Zero: never by itself.
	// A time that is not after Now says that Limit cut the batch. A run that
	// waits for a limit alone counts for nothing: its time comes with a Finish.
	NextDue time.Time
}

// Due is a job that is due, and what lives of it.
type Due struct {
	Job    Job
	Live   []Run // its runs that are Running or Waiting, oldest slot first; only ID, Slot, Due, Phase, Instance, Cancel need be filled
	Places []int // those of its concurrency group that are held
}

// Taken is a run that was taken over.
type Taken struct {
	Run  Run
	From Owner // zero: it waited
	// Began is false when the owner had promised to begin nothing that is due
	// so late: the run never began.
	Began bool
}

// Advance moves a job to its next time.
type Advance struct {
	ID     string
	Rev    int64    // as read
	State  State    // Rev is ignored
	Remove bool     // it has no next time: remove it with the runs it owes written
	Runs   []Run    // with Instance and Place as the plan chose them
	Cancel []string // runs of the job that are to be cancelled; those that are over or unknown are passed over
}

// Committed answers an Advance.
type Committed struct {
	Err    error
	Rev    int64   // the new one
	Tokens []int64 // of the runs, in their order; 0 for those that are not Running
}

// Finished is what became of a run.
type Finished struct {
	ID      string
	Token   int64 // of who holds the run
	Started time.Time
	Attempt int
	Outcome Outcome
	// Former is who carried the attempt out, when that is not who writes, as of
	// a lost run; the history names it. Zero: who holds the run.
	Former Owner
	// Retry is when the run is to be tried again; zero: it is Done. It then
	// waits and holds nothing.
	Retry time.Time
}

// Beat is a sign of life.
type Beat struct {
	Node  string
	Lease time.Duration // from the store's now on; 0 ends the lease
	// Ahead is how far beyond the store's now the node may begin runs, until
	// its next Beat. A run that is due later never began.
	Ahead time.Duration
	Now   time.Time // as in Claim
}

// Pulse answers a Beat.
type Pulse struct {
	Now       time.Time
	Cancelled []string // runs of the node that somebody wants ended
}

// RunFilter selects runs; the zero RunFilter selects all.
type RunFilter struct {
	IDs    []string
	Job    string   // of this job only
	Jobs   []string // of these jobs only; nil: of all
	Phases []Phase
	Kinds  []OutcomeKind
	Since  time.Time // slots from here on
	Before time.Time // slots before this: paging
	Limit  int
}

// OfJobs returns the jobs whose runs f selects, sorted and each once; nil: of all.
// A store looks at no run of another job, so that what lives of a few is found
// among that of many.
func (f *RunFilter) OfJobs() []string {
	switch {
	case f.Job != "" && (f.Jobs == nil || slices.Contains(f.Jobs, f.Job)):
		return []string{f.Job}
	case f.Job != "":
		return []string{} // no run is of both
	}
	jobs := slices.Clone(f.Jobs)
	slices.Sort(jobs)
	return slices.Compact(jobs)
}

// Keep says which runs stay in the history: those that meet both conditions.
type Keep struct {
	PerJob int           // the newest of each job; 0: all
	Age    time.Duration // 0: of any age
	Now    time.Time
}
