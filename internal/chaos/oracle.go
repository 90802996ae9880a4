package chaos

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Effect is what a run did: a line that it appends, in one write, to the file
// of its process.
type Effect struct {
	Job     string
	Slot    int64 // microseconds
	Token   int64
	Process int
	At      int64 // microseconds, by the clock of the machine that all processes share
}

// Write appends the effect to an open file.
func (e Effect) Write(f *os.File) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return err
}

// ReadEffects reads the files of all processes; one that is not there is of a
// process that did nothing.
func ReadEffects(paths []string) ([]Effect, error) {
	var all []Effect
	for _, path := range paths {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var e Effect
			if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
				return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
			}
			all = append(all, e)
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Watched is a job as the oracle sees it: when it was due, and what was
// promised of its effects.
type Watched struct {
	ID     string
	First  time.Time // its first slot
	Every  time.Duration
	OnLost job.OnLost
}

// Verdict is what the oracle found.
type Verdict struct {
	Slots, Effects, Lost, Missed int
	Fenced                       int // effects after one with a higher token
	Broken                       []string
}

// Judge holds effects and history against the promises: for each slot from
// First to until a row or a missed row that covers it; with FailLost at most
// one effect, and none only where the row says lost or missed (or cancelled,
// or is not over); with RerunLost at least one for each row that is over.
func Judge(jobs []Watched, effects []Effect, history []job.Run, until time.Time) Verdict {
	v := Verdict{Effects: len(effects)}
	did := bySlot(effects)
	rows := make(map[string][]job.Run)
	for _, r := range history {
		rows[r.Job] = append(rows[r.Job], r)
	}
	for _, w := range jobs {
		v.judge(w, rows[w.ID], did[w.ID], until)
		delete(did, w.ID)
	}
	for id := range did {
		v.breach("effects of %s, which is no job", id)
	}
	return v
}

// bySlot sorts the effects to their jobs and slots, in the order in which they
// happened.
func bySlot(effects []Effect) map[string]map[int64][]Effect {
	did := make(map[string]map[int64][]Effect)
	for _, e := range effects {
		if did[e.Job] == nil {
			did[e.Job] = make(map[int64][]Effect)
		}
		did[e.Job][e.Slot] = append(did[e.Job][e.Slot], e)
	}
	for _, slots := range did {
		for _, list := range slots {
			slices.SortFunc(list, func(a, b Effect) int { return cmp.Compare(a.At, b.At) })
		}
	}
	return did
}

func (v *Verdict) breach(format string, args ...any) {
	v.Broken = append(v.Broken, fmt.Sprintf(format, args...))
}

// judge is Judge for one job.
func (v *Verdict) judge(w Watched, rows []job.Run, did map[int64][]Effect, until time.Time) {
	covered := make(map[int64]bool)
	for _, r := range rows {
		if covered[r.Slot.UnixMicro()] {
			v.breach("%s: slot %v has two rows", w.ID, r.Slot)
		}
		if r.Outcome.Kind == job.Missed {
			v.Missed++
			for s, n := r.Skipped.First, r.Skipped.Count; n > 0 && !s.After(r.Skipped.Last); s = s.Add(w.Every) {
				covered[s.UnixMicro()] = true
			}
		}
		covered[r.Slot.UnixMicro()] = true
		v.row(w, r, did[r.Slot.UnixMicro()])
	}
	for slot := w.First; !slot.After(until); slot = slot.Add(w.Every) {
		v.Slots++
		if !covered[slot.UnixMicro()] {
			v.breach("%s: slot %v has no row", w.ID, slot)
		}
	}
	for slot := range did {
		if !covered[slot] {
			v.breach("%s: an effect of slot %v, which has no row", w.ID, time.UnixMicro(slot))
		}
	}
}

// row holds the effects of one row against what it says.
func (v *Verdict) row(w Watched, r job.Run, effects []Effect) {
	for i := 1; i < len(effects); i++ {
		if effects[i].Token < effects[i-1].Token {
			v.Fenced++
		}
	}
	n, kind := len(effects), r.Outcome.Kind
	if kind == job.Lost {
		v.Lost++
	}
	silent := kind == job.Lost || kind == job.Missed || kind == job.Cancelled || r.Phase != job.Done
	switch {
	case kind == job.Missed && n > 0:
		v.breach("%s: %d effects of slot %v, whose row says missed: %+v", w.ID, n, r.Slot, r)
	case w.OnLost == job.FailLost && n > 1:
		v.breach("%s: %d effects of slot %v, at most one was promised: %+v", w.ID, n, r.Slot, effects)
	case n == 0 && !silent:
		v.breach("%s: no effect of slot %v, whose row says kind %v", w.ID, r.Slot, kind)
	case w.OnLost == job.RerunLost && n == 0 && kind == job.Lost && r.Phase == job.Done && !r.Cancel:
		v.breach("%s: no effect of slot %v, at least one was promised: %+v", w.ID, r.Slot, r)
	}
}
