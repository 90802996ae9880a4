package schedule

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// maxSlots is how many slots one plan enumerates. A job that was off longer
// jumps to now, and one row stands for the rest.
const maxSlots = 1000

// ahead is how a plan sees the time: now is the store's, and runs that are due
// within horizon of it are planned already.
type ahead struct {
	now     time.Time
	horizon time.Duration
}

// plan is what is to become of one job.
type plan struct {
	job.Advance
	// series is how many of the Running runs, from the first, are carried out
	// one after another: Coalesce All.
	series int
	// limited says that a run was skipped, or waits, for a limit.
	limited bool
}

// planJob says which runs a claimed job owes, which of its slots are skipped
// and why, and when it is due next. It is a pure function. An error says that
// the trigger is broken; the job is to be parked with it.
func planJob(d job.Due, a ahead) (p plan, err error) {
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("its trigger panics: %v\n%s", x, debug.Stack())
		}
	}()
	s := &planning{Due: d, ahead: a, room: roomOf(d, a.now)}
	s.ID, s.Rev = d.Job.ID, d.Job.State.Rev
	cur := cursor{trigger: d.Job.Trigger, id: d.Job.ID, now: a.now, at: d.Job.State.Slot, due: d.Job.State.Next}
	owed, skipped := s.choose(cur.owed(d.Job.Policy))
	s.rows = append(s.rows, skipped...)
	s.begin(owed)
	s.planAhead(&cur)
	if cur.err != nil {
		return plan{}, cur.err
	}
	s.Runs = append(s.Runs, s.missedRows()...)
	s.State = job.State{Next: cur.due, Slot: cur.at, Last: cur.last, Paused: d.Job.State.Paused}
	s.Remove = cur.at.IsZero()
	return s.plan, nil
}

// planning is a plan in the making.
type planning struct {
	job.Due
	ahead
	plan
	room room
	rows []skip // in any order
}

// skip is why slots are not run: one, or a range that nobody enumerated.
type skip struct {
	first, last time.Time
	count       int
	reason      job.Reason
}

// begin places the owed runs: at once, waiting or skipped, as the overlap
// policy wants it.
func (s *planning) begin(owed []slot) {
	if len(owed) == 0 {
		return
	}
	policy := s.Job.Policy
	if policy.Coalesce == job.All && len(owed) > 1 && s.room.free() {
		s.series = len(owed)
		for i, o := range owed {
			instance, place := -1, -1
			if i == len(owed)-1 {
				instance, place = s.room.take()
			}
			s.add(o, job.Running, instance, place)
		}
		return
	}
	for _, o := range owed {
		if s.room.free() {
			instance, place := s.room.take()
			s.add(o, job.Running, instance, place)
			continue
		}
		s.limited = true
		s.overlap(o)
	}
}

// overlap decides about a run that is due while a limit is reached.
func (s *planning) overlap(o slot) {
	switch s.Job.Policy.Overlap {
	case job.Queue:
		s.wait(o)
		return
	case job.ReplaceOldest:
		s.cancelOldest()
		s.wait(o)
		return
	case job.AllowOverlap: // then it is the group that is full
		s.wait(o)
		return
	case job.QueueOne:
		if s.room.waiting == 0 {
			s.wait(o)
			return
		}
	case job.Skip:
		// A run that waits for its group counts as an instance of the job, so
		// that a full group gathers no more than MaxInstances of it.
		if s.room.instanceLeft() {
			s.wait(o)
			return
		}
	}
	s.rows = append(s.rows, skip{o.at, o.at, 1, job.LimitFull})
}

func (s *planning) wait(o slot) {
	s.room.waiting++
	s.add(o, job.Waiting, -1, -1)
}

// cancelOldest asks for the end of the oldest live run that nobody wants
// ended yet, be it one that runs or one that waits for its turn.
func (s *planning) cancelOldest() {
	for i := range s.Live {
		if r := &s.Live[i]; !r.Cancel {
			s.Live = append([]job.Run(nil), s.Live...)
			s.Live[i].Cancel = true
			s.Cancel = append(s.Cancel, s.Live[i].ID)
			return
		}
	}
}

// planAhead plans what is due within the horizon, as far as there is room; the
// rest is left until it is due.
func (s *planning) planAhead(cur *cursor) {
	until := s.now.Add(s.horizon)
	for n := 0; n < maxSlots && cur.err == nil; n++ {
		// What waits goes first, so nothing is planned past it.
		if cur.at.IsZero() || cur.due.After(until) || s.room.waiting > 0 || !s.room.free() {
			return
		}
		instance, place := s.room.take()
		s.add(slot{cur.at, cur.due}, job.Running, instance, place)
		cur.advance()
	}
}

func (s *planning) add(o slot, phase job.Phase, instance, place int) {
	s.Runs = append(s.Runs, job.Run{
		ID:       job.RunID(s.Job.ID, o.at),
		Job:      s.Job.ID,
		Slot:     o.at,
		Due:      o.due,
		Phase:    phase,
		Instance: instance,
		Place:    place,
		Work:     s.Job.Work(),
	})
}

// missedRows makes a row of the history for each stretch of slots that were
// skipped for one reason.
func (s *planning) missedRows() []job.Run {
	var runs []job.Run
	for _, r := range merged(s.rows) {
		runs = append(runs, job.Run{
			ID:       job.RunID(s.Job.ID, r.first),
			Job:      s.Job.ID,
			Slot:     r.first,
			Due:      r.first,
			Phase:    job.Done,
			Instance: -1,
			Place:    -1,
			Outcome:  job.Outcome{Kind: job.Missed, Finished: s.now, Error: reasonText(r.reason)},
			Skipped:  job.Skipped{First: r.first, Last: r.last, Count: r.count, Reason: r.reason},
			Work:     s.Job.Work(),
		})
	}
	return runs
}

func reasonText(r job.Reason) string {
	switch r {
	case job.TooLate:
		return "later than its grace allows"
	case job.Coalesced:
		return "another time was run for it"
	case job.LimitFull:
		return "as many instances as may live were living"
	case job.Overdue:
		return fmt.Sprintf("more than %d times were overdue; the schedule goes on from now", maxSlots)
	}
	return ""
}
