package service

import (
	"context"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// operation is what Start, Stop and Signal have in common: a first step on
// each process, in order and without waiting, and a second one that waits.
type operation struct {
	covers func(*supervise.Status) bool // which of a group's processes take part
	begin  func(context.Context, *supervise.Process) error
	// waits tells whether there is something to wait for once begin has
	// succeeded on a process that was in the given state before.
	waits func(*supervise.Process, supervise.State) bool
	await func(context.Context, *supervise.Process) error
}

func startOperation(wait bool) operation {
	return operation{
		covers: func(s *supervise.Status) bool { return !s.State.IsRunning() },
		begin:  func(ctx context.Context, p *supervise.Process) error { return p.Start(ctx, false) },
		// With startsecs=0 the process is RUNNING when it has begun, and may
		// have done its work and ended since.
		waits: func(p *supervise.Process, before supervise.State) bool {
			return wait && (p.Program().Start.Secs > 0 || before == supervise.Stopping)
		},
		await: func(ctx context.Context, p *supervise.Process) error { return p.AwaitRunning(ctx) },
	}
}

func stopOperation(wait bool) operation {
	return operation{
		// One that waits for its automatic restart is EXITED, and would run
		// again a moment after everything was stopped.
		covers: func(s *supervise.Status) bool {
			return s.State.IsRunning() || s.State == supervise.Exited && !s.Next.IsZero()
		},
		begin: func(ctx context.Context, p *supervise.Process) error { return p.Stop(ctx, false) },
		// Without a child nothing has to end, unless one was started meanwhile.
		waits: func(p *supervise.Process, before supervise.State) bool {
			return wait && (before.Signallable() || !p.Status().State.IsStopped())
		},
		await: func(ctx context.Context, p *supervise.Process) error { return p.AwaitStopped(ctx) },
	}
}

// signalOperation sends the signal of that name; a name that means nothing
// fails for each process, as in the original.
func signalOperation(signal string) operation {
	return operation{
		covers: func(s *supervise.Status) bool { return s.State.Signallable() },
		begin: func(ctx context.Context, p *supervise.Process) error {
			sig, err := parseSignal(signal)
			if err != nil {
				return err
			}
			return p.Signal(ctx, sig)
		},
		waits: func(*supervise.Process, supervise.State) bool { return false },
	}
}

func parseSignal(signal string) (syscall.Signal, error) {
	sig, err := proc.ParseSignal(signal)
	if err != nil {
		return 0, fail(ErrBadSignal, signal)
	}
	return sig, nil
}

// Start starts the process called namespec; with wait it returns when the
// process is RUNNING or has failed to become so. When namespec names a whole
// group, it does what StartGroup does; results are nil only otherwise.
func (s *Service) Start(ctx context.Context, namespec string, wait bool) ([]Result, error) {
	return s.onNamespec(ctx, namespec, startOperation(wait))
}

// StartGroup starts the processes of a group that are not RUNNING, STARTING
// or in BACKOFF, those of the lowest priority number first and without
// waiting for one before the next. Results come in the order of completion.
func (s *Service) StartGroup(ctx context.Context, group string, wait bool) ([]Result, error) {
	return s.onGroup(ctx, group, startOperation(wait))
}

// StartAll does what StartGroup does for all groups, those of the lowest
// priority number first.
func (s *Service) StartAll(ctx context.Context, wait bool) ([]Result, error) {
	return s.onAll(ctx, startOperation(wait))
}

// Stop stops the process called namespec; with wait it returns when the
// process has ended. When namespec names a whole group, it does what
// StopGroup does; results are nil only otherwise.
func (s *Service) Stop(ctx context.Context, namespec string, wait bool) ([]Result, error) {
	return s.onNamespec(ctx, namespec, stopOperation(wait))
}

// StopGroup stops the processes of a group that are RUNNING, STARTING, in
// BACKOFF or about to be restarted, all at once. Results come in the order of
// completion. Of "job:NAME", which AddGroup takes, nothing is stopped: the runs
// of a job go on.
func (s *Service) StopGroup(ctx context.Context, group string, wait bool) ([]Result, error) {
	if s.knowsJob(group) {
		return nil, nil
	}
	return s.onGroup(ctx, group, stopOperation(wait))
}

// StopAll does what StopGroup does for all groups.
func (s *Service) StopAll(ctx context.Context, wait bool) ([]Result, error) {
	return s.onAll(ctx, stopOperation(wait))
}

// Signal sends a signal, by name or number, to the process called namespec
// and to nothing else of its process group. When namespec names a whole
// group, it does what SignalGroup does; results are nil only otherwise.
func (s *Service) Signal(ctx context.Context, namespec, signal string) ([]Result, error) {
	return s.onNamespec(ctx, namespec, signalOperation(signal))
}

// SignalGroup sends a signal to the processes of a group that are RUNNING,
// STARTING or STOPPING.
func (s *Service) SignalGroup(ctx context.Context, group, signal string) ([]Result, error) {
	return s.onGroup(ctx, group, signalOperation(signal))
}

// SignalAll does what SignalGroup does for all groups.
func (s *Service) SignalAll(ctx context.Context, signal string) ([]Result, error) {
	return s.onAll(ctx, signalOperation(signal))
}

// SendStdin queues text for the standard input of a process.
func (s *Service) SendStdin(ctx context.Context, namespec, text string) error {
	if err := s.open(); err != nil {
		return err
	}
	process, err := s.one(namespec)
	if err != nil {
		return err
	}
	return processError(process.WriteStdin(context.WithoutCancel(ctx), []byte(text)), namespec)
}

func (s *Service) onNamespec(ctx context.Context, namespec string, op operation) ([]Result, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	group, process, err := s.find(namespec)
	if err != nil {
		return nil, err
	}
	if process == nil {
		return op.run(ctx, members(group)), nil
	}
	before := process.Status().State
	err = op.begin(context.WithoutCancel(ctx), process)
	if err == nil && op.waits(process, before) {
		err = op.await(ctx, process)
	}
	return nil, processError(err, namespec)
}

func (s *Service) onGroup(ctx context.Context, name string, op operation) ([]Result, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	group, ok := s.parts.Supervisor.Group(name)
	if !ok {
		return nil, fail(ErrBadName, name)
	}
	return op.run(ctx, members(group)), nil
}

func (s *Service) onAll(ctx context.Context, op operation) ([]Result, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	return op.run(ctx, s.everyone()), nil
}

// member is a process and its full name.
type member struct {
	group, name string
	process     *supervise.Process
}

func (m member) namespec() string { return Namespec{Group: m.group, Process: m.name}.String() }

// members are a group's processes by priority, equal ones as they stand in
// the files.
func members(g *supervise.Group) []member {
	type ranked struct {
		member
		priority int
	}
	var all []ranked
	for _, p := range g.Processes() {
		program := p.Program()
		all = append(all, ranked{member{g.Name(), program.Name, p}, program.Priority})
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return a.priority - b.priority })
	sorted := make([]member, len(all))
	for i, r := range all {
		sorted[i] = r.member
	}
	return sorted
}

// everyone is all processes, by the priority of their groups, then their own.
func (s *Service) everyone() []member {
	var all []member
	for _, g := range s.parts.Supervisor.Groups() {
		all = append(all, members(g)...)
	}
	return all
}

// run does op on those that it covers, begun in the order they are given in,
// and returns when all have completed. The result is never nil.
func (op operation) run(ctx context.Context, all []member) []Result {
	var (
		mu       sync.Mutex
		arrivals []arrival
		waiting  sync.WaitGroup
	)
	arrive := func(at time.Time, place int, m member, err error) {
		mu.Lock()
		defer mu.Unlock()
		result := Result{Group: m.group, Name: m.name, Err: processError(err, m.namespec())}
		arrivals = append(arrivals, arrival{Result: result, place: place, at: at})
	}
	for place, m := range all {
		before := m.process.Status()
		if !op.covers(before) {
			continue
		}
		err := op.begin(context.WithoutCancel(ctx), m.process)
		if err != nil || !op.waits(m.process, before.State) {
			arrive(time.Time{}, place, m, err) // before all that is waited for
			continue
		}
		waiting.Go(func() {
			err := op.await(ctx, m.process)
			arrive(time.Now(), place, m, err)
		})
	}
	waiting.Wait()
	return byCompletion(arrivals)
}
