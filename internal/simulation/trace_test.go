package simulation_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// heading is how the first line of a trace begins; the seed follows.
const heading = "trace of seed "

// trace is what happened, line by line. It may be a replay of an earlier one,
// its script: then that says what happens next.
type trace struct {
	lines  []string
	script []string // nil: none
	done   int      // how much of script was replayed
	// departed says where the world did something else than the script; from
	// there on the seed decides.
	departed error
}

// String is the trace, one line for each thing that happened.
func (t *trace) String() string { return strings.Join(t.lines, "\n") }

// replays reports whether the script says what is next.
func (t *trace) replays() bool { return t.script != nil && t.departed == nil }

// add writes what happened, which must be what the script says.
func (t *trace) add(at time.Duration, what string) {
	line := fmt.Sprintf("%-14v %s", at, what)
	t.lines = append(t.lines, line)
	if !t.replays() {
		return
	}
	if wanted := t.wanted(); wanted != line {
		t.depart("it wants %q, and %q happened", wanted, line)
		return
	}
	t.done++
}

// wanted is the next line of the script; empty after the last.
func (t *trace) wanted() string {
	if t.done == len(t.script) {
		return ""
	}
	return t.script[t.done]
}

func (t *trace) depart(format string, args ...any) {
	t.departed = fmt.Errorf("the world departs from line %d of the trace: %s", t.done+2, fmt.Sprintf(format, args...))
}

// event is what the script wants to happen at this moment, empty when its next
// line is later.
func (t *trace) event(at time.Duration) string {
	when, what, _ := strings.Cut(t.wanted(), " ")
	then, err := time.ParseDuration(when)
	if err != nil || then > at {
		return ""
	}
	if then < at {
		t.depart("it wants %q, and that did not come", t.wanted())
	}
	return strings.TrimLeft(what, " ")
}

// next finds the call that the script lets go on now, of those that may, and what
// becomes of it; nil: none may, or the world has departed from the script.
func (t *trace) next(may []*call, at time.Duration) (*call, verdict, time.Duration) {
	what := t.event(at)
	for _, c := range may {
		if fate, ok := strings.CutPrefix(what, c.label+c.about); ok {
			if v, wait, ok := readVerdict(fate); ok {
				return c, v, wait
			}
		}
	}
	if len(may) > 0 {
		t.depart("it wants %q, and at %v only these may go on: %s", t.wanted(), at, labels(may))
	}
	return nil, 0, 0
}

// readVerdict reads how a line of a trace ends.
func readVerdict(text string) (v verdict, wait time.Duration, ok bool) {
	if duration, ok := strings.CutPrefix(text, slow.String()); ok {
		wait, err := time.ParseDuration(duration)
		return slow, wait, err == nil
	}
	for v := proceed; v < dead; v++ {
		if text == v.String() {
			return v, 0, v != slow
		}
	}
	return 0, 0, false
}

func labels(calls []*call) string {
	var all []string
	for _, c := range calls {
		all = append(all, c.label+c.about)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// end says that the world is over, and so must be the script.
func (t *trace) end() {
	if t.replays() && t.done < len(t.script) {
		t.depart("it wants %q, and nothing happened any more", t.wanted())
	}
}

// readTrace finds a trace in what a test printed.
func readTrace(text string) (seed uint64, script []string, err error) {
	_, text, found := strings.Cut(text, heading)
	if !found {
		return 0, nil, fmt.Errorf("there is no %q", heading)
	}
	lines := strings.Split(text, "\n")
	if seed, err = strconv.ParseUint(strings.TrimSpace(lines[0]), 10, 64); err != nil {
		return 0, nil, fmt.Errorf("read seed of trace: %w", err)
	}
	script = []string{}
	for _, line := range lines[1:] {
		line = strings.TrimSpace(line)
		when, _, _ := strings.Cut(line, " ")
		if _, err := time.ParseDuration(when); err != nil {
			break
		}
		script = append(script, line)
	}
	return seed, script, nil
}
