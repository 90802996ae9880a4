package mongo_test

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
)

// mortal is a dialer whose process dies at the n-th command that matters:
// before the command is sent or, with answers lost, after the server did it.
// After that nothing goes out.
type mortal struct {
	at      int
	answers bool // the command is done, its answer is lost

	mu   sync.Mutex
	die  context.CancelFunc
	seen int
	dead bool
}

// begin begins to count, and returns a context that is over when the process
// dies.
func (m *mortal) begin(ctx context.Context) context.Context {
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, m.die = context.WithCancel(ctx)
	return ctx
}

var errDead = errors.New("the process is dead")

func (m *mortal) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errDead
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	return &mortalConn{Conn: conn, m: m}, err
}

type mortalConn struct {
	net.Conn
	m    *mortal
	last bool // the answer to come is the one that is lost
}

func (c *mortalConn) Write(p []byte) (int, error) {
	send, last := c.m.command(p)
	if !send {
		c.Close()
		if last {
			c.m.die()
		}
		return 0, errDead
	}
	c.last = last
	return c.Conn.Write(p)
}

func (c *mortalConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.last {
		c.Close()
		c.m.die()
		return 0, errDead
	}
	return n, err
}

// command says whether a message goes out, and whether it is the last one.
func (m *mortal) command(message []byte) (send, last bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains([]string{"insert", "update", "delete", "find"}, commandOf(message)) {
		return !m.dead, false
	}
	if m.dead || m.die == nil {
		return !m.dead, false
	}
	m.seen++
	if m.seen < m.at {
		return true, false
	}
	m.dead = true
	return m.answers, true
}

// commandOf is the name of the command in an OP_MSG: the first key of its
// body, which stands after the header, the flags, the kind of the section, the
// size of the document and the type of the value.
func commandOf(message []byte) string {
	const opMsg, body = 2013, 16 + 4 + 1 + 4 + 1
	if len(message) <= body || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return ""
	}
	name := message[body:]
	if end := slices.Index(name, 0); end >= 0 {
		return string(name[:end])
	}
	return ""
}

// operation is one that may be interrupted anywhere.
type operation struct {
	name string
	do   func(ctx context.Context, s *mongo.Store, w *world) error
	// holds says what must be true afterwards, whether or not it was
	// interrupted; done: it returned without an error.
	holds func(t *testing.T, s *mongo.Store, w *world, done bool)
}

// world is what is there before an operation: job x is due, in a group with
// one place; run "x@..." of an earlier slot runs on node "dead"; run "y~1"
// waits.
type world struct {
	due   job.Due
	token int64
}

func makeWorld(t *testing.T, s *mongo.Store) *world {
	t.Helper()
	beat(t, s, "dead", t0())
	early := newJob("x", t0().Add(-10*time.Second))
	early.Policy = job.Policy{Group: "g", GroupLimit: 2, MaxInstances: 3, OnLost: job.RerunLost}
	add(t, s, early)
	b := claim(t, s, "dead", t0())
	committed, err := s.Commit(t.Context(), "dead", []job.Advance{advance(b.Jobs[0])})
	if err != nil || committed[0].Err != nil {
		t.Fatal(committed, err)
	}
	y := newJob("y", t0().Add(time.Hour))
	if err := s.Enqueue(t.Context(), job.Run{ID: "y~1", Job: "y", Slot: t0(), Due: t0(), Work: y.Work()}); err != nil {
		t.Fatal(err)
	}
	return &world{due: dueNow(t, s), token: committed[0].Tokens[0]}
}

// dueNow is job x, by a claim that takes nothing over.
func dueNow(t *testing.T, s *mongo.Store) job.Due {
	t.Helper()
	jobs, err := s.List(t.Context(), job.Filter{IDs: []string{"x"}})
	if err != nil || len(jobs) != 1 {
		t.Fatal(jobs, err)
	}
	return job.Due{Job: jobs[0]}
}

func firstRun() string { return job.RunID("x", t0().Add(-10*time.Second)) }

func second(d job.Due) job.Advance {
	a := advance(d)
	a.Runs[0].Instance, a.Runs[0].Place = 1, 1
	return a
}

func operations() []operation {
	return []operation{
		{
			name: "Commit",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				committed, err := s.Commit(ctx, "dead", []job.Advance{second(w.due)})
				if err != nil {
					return err
				}
				return committed[0].Err
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				runs := runsOf(t, s, "x")
				moved := !dueNow(t, s).Job.State.Next.Equal(w.due.Job.State.Next)
				if moved != (len(runs) == 2) || done && !moved {
					t.Errorf("moved: %v, done: %v, runs: %+v: half an Advance", moved, done, runs)
				}
			},
		},
		{
			name: "Commit that removes and skips",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				a := second(w.due)
				a.Remove = true
				a.Runs[0].Phase, a.Runs[0].Outcome = job.Done, job.Outcome{Kind: job.Missed, Finished: t0()}
				committed, err := s.Commit(ctx, "dead", []job.Advance{a})
				if err != nil {
					return err
				}
				return committed[0].Err
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				jobs, err := s.List(t.Context(), job.Filter{})
				if err != nil {
					t.Fatal(err)
				}
				if runs := runsOf(t, s, "x"); (len(jobs) == 0) != (len(runs) == 2) || done && len(jobs) > 0 {
					t.Errorf("jobs %+v, runs %+v: half an Advance", jobs, runs)
				}
			},
		},
		{
			name: "Finish",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				errs, err := s.Finish(ctx, []job.Finished{finished(w)})
				return errors.Join(append(errs, err)...)
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				r := runsOf(t, s, "x")[0]
				if done && r.Phase != job.Done {
					t.Errorf("finished, and it is %+v", r)
				}
				errs, err := s.Finish(t.Context(), []job.Finished{finished(w)})
				if err != nil {
					t.Fatal(err)
				}
				if fenced := errs != nil && errors.Is(errs[0], job.ErrFenced); fenced != (r.Phase == job.Done) {
					t.Errorf("phase %d, and a second Finish gave %v", r.Phase, errs)
				}
			},
		},
		{
			name: "Claim that takes over",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				if _, err := s.Beat(ctx, job.Beat{Node: "other", Lease: time.Minute, Now: later()}); err != nil {
					return err
				}
				_, err := s.Claim(ctx, claimOf("other", later()))
				return err
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				for _, r := range slices.Concat(runsOf(t, s, "x"), runsOf(t, s, "y")) {
					if took := r.Owner.Node == "other"; done && !took || took && r.Owner.Token <= w.token {
						t.Errorf("done: %v, and the run is %+v", done, r)
					}
				}
			},
		},
		{
			name: "Add",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				_, err := s.Add(ctx, []job.Job{newJob("y", t0().Add(time.Hour)), newJob("z", t0().Add(time.Hour))})
				return err
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				jobs, err := s.List(t.Context(), job.Filter{})
				if err != nil || done && len(jobs) != 3 {
					t.Fatal(jobs, err)
				}
				for _, id := range []string{"y", "z"} {
					there := slices.ContainsFunc(jobs, func(j job.Job) bool { return j.ID == id })
					errs, err := s.Add(t.Context(), []job.Job{newJob(id, t0())})
					if err != nil || there != (errs != nil && errors.Is(errs[0], job.ErrExists)) {
						t.Errorf("job %s there: %v, and adding it gave %v, %v", id, there, errs, err)
					}
				}
			},
		},
		{
			name: "Remove",
			do:   func(ctx context.Context, s *mongo.Store, w *world) error { return s.Remove(ctx, "x", 0) },
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				jobs, err := s.List(t.Context(), job.Filter{})
				if err != nil || done && len(jobs) != 0 {
					t.Fatal(jobs, err)
				}
				if runs := runsOf(t, s, "x"); len(runs) != 1 || runs[0].Phase != job.Running {
					t.Errorf("the run that runs is %+v", runs)
				}
			},
		},
		{
			name: "CancelRun",
			do:   func(ctx context.Context, s *mongo.Store, w *world) error { return s.CancelRun(ctx, "y~1") },
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				runs := runsOf(t, s, "y")
				if len(runs) != 1 || done && runs[0].Outcome.Kind != job.Cancelled {
					t.Errorf("done: %v, and the runs are %+v", done, runs)
				}
			},
		},
		{
			name: "Beat that sweeps",
			do: func(ctx context.Context, s *mongo.Store, w *world) error {
				_, err := s.Beat(ctx, job.Beat{Node: "other", Lease: time.Minute, Now: later().Add(time.Hour)})
				return err
			},
			holds: func(t *testing.T, s *mongo.Store, w *world, done bool) {
				if runs := runsOf(t, s, "x"); len(runs) != 1 {
					t.Errorf("the runs are %+v", runs)
				}
			},
		},
	}
}

func later() time.Time { return t0().Add(time.Minute) }

func finished(w *world) job.Finished { return succeeded(firstRun(), w.token) }

func runsOf(t *testing.T, s *mongo.Store, id string) []job.Run {
	t.Helper()
	runs, err := s.Runs(t.Context(), job.RunFilter{Job: id})
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(runs) // the oldest first
	return runs
}

// TestCrash interrupts each operation at each of its commands, before and
// after the server did it, and lets another process go on.
func TestCrash(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			points := 0
			for at := 1; ; at++ {
				died := crash(t, op, &mortal{at: at})
				died = crash(t, op, &mortal{at: at, answers: true}) && died
				if !died {
					break
				}
				points++
			}
			if points < 3 {
				t.Errorf("there are only %d points to crash at: they are not found", points)
			}
			t.Logf("crashed at %d commands", points)
		})
	}
}

// crash runs op in a process that dies, and checks what another one finds.
// It reports whether the process died.
func crash(t *testing.T, op operation, m *mortal) (died bool) {
	t.Helper()
	p := newPlace(t)
	survivor := p.open(t, start)
	w := makeWorld(t, survivor)
	s, err := mongo.New(t.Context(), p.client(t, m), mongo.Options{Database: p.database, Clock: start})
	if err != nil {
		t.Fatal(err)
	}
	ctx := m.begin(t.Context())
	defer m.die()
	err = op.do(ctx, s, w)
	if err != nil && !m.dead {
		t.Fatalf("without a crash: %v", err)
	}
	op.holds(t, survivor, w, err == nil)
	goesOn(t, p)
	if t.Failed() {
		t.Fatalf("after a crash at command %d, answer lost: %v, error: %v", m.at, m.answers, err)
	}
	return m.dead
}

// goesOn has another node do all there is to do, long after: nothing may be
// stuck, and no place of the group may stay held.
func goesOn(t *testing.T, p place) {
	t.Helper()
	now := t0().Add(2 * time.Hour)
	s := p.open(t, func() time.Time { return now })
	beat(t, s, "heir", now)
	for range 4 {
		b := claim(t, s, "heir", now)
		var fins []job.Finished
		for _, taken := range b.Runs {
			fins = append(fins, succeeded(taken.Run.ID, taken.Run.Owner.Token))
		}
		for _, d := range b.Jobs {
			if len(d.Places) == 2 {
				continue
			}
			a := advance(d)
			a.State.Next = now.Add(time.Hour)
			a.Runs[0].Instance = 2
			if len(d.Places) > 0 {
				a.Runs[0].Place = 1 - d.Places[0]
			}
			committed, err := s.Commit(t.Context(), "heir", []job.Advance{a})
			if err != nil || committed[0].Err != nil {
				t.Fatalf("%+v, %v, for %+v with %+v", committed, err, a, d)
			}
			fins = append(fins, succeeded(a.Runs[0].ID, committed[0].Tokens[0]))
		}
		if errs, err := s.Finish(t.Context(), fins); errs != nil || err != nil {
			t.Fatal(errs, err)
		}
	}
	runs, err := s.Runs(t.Context(), job.RunFilter{Phases: []job.Phase{job.Running, job.Waiting}})
	if err != nil || len(runs) > 0 {
		t.Errorf("these are stuck: %+v, %v", runs, err)
	}
	wantVacant(t, s)
}

func succeeded(id string, token int64) job.Finished {
	return job.Finished{ID: id, Token: token, Attempt: 1, Outcome: job.Outcome{Kind: job.Succeeded, Finished: t0()}}
}

// wantVacant holds that no place of group g is held.
func wantVacant(t *testing.T, s *mongo.Store) {
	t.Helper()
	now := t0().Add(2 * time.Hour)
	j := newJob("probe", now)
	j.Policy = job.Policy{Group: "g", GroupLimit: 2}
	add(t, s, j)
	b := claim(t, s, "heir", now)
	if len(b.Jobs) != 1 || len(b.Jobs[0].Places) > 0 {
		t.Errorf("got %+v, want the probe, and no place held", b.Jobs)
	}
}
