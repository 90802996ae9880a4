package supervise

import (
	"fmt"
	"slices"
)

// input is what can happen to a process. It acts on one at a time.
type input uint8

const (
	none           input = iota // nothing more to do
	start                       // somebody asked for a start, or autostart did
	stop                        // somebody asked for a stop
	quit                        // the daemon shuts down, and it is this process' turn
	spawnFailed                 // there is no child; Status.SpawnErr says why
	stayedUp                    // the child has lived for longer than startsecs
	exitedEarly                 // the child ended before startsecs were over
	exitedExpected              // the child ended with one of exitcodes
	exitedOddly                 // the child ended otherwise
	exhausted                   // the last of startretries has failed
	due                         // the wait before a retry or an automatic restart is over
	overdue                     // stopwaitsecs are over and the child lives
	killFailed                  // the system refused a signal, and not because the child is gone

	inputCount = iota
)

// String names the input in the diagram and in panics.
func (i input) String() string {
	return [inputCount]string{
		"none", "start", "stop", "quit", "spawn failed", "stayed up", "exited early", "exited as expected",
		"exited unexpectedly", "retries exhausted", "due", "overdue", "kill failed",
	}[i]
}

// action is what a process does once it has moved along an edge.
type action uint8

// Those that take a decision yield the next input.
const (
	nothing   action = iota
	spawn            // make the child: spawnFailed, or stayedUp at once when startsecs is 0
	praise           // log that the start was a success
	retry            // wait for the next attempt, or have none: exhausted
	mourn            // log that it gave up
	farewell         // log how the child ended, and look after what it left behind
	restart          // wait for the automatic restart, if there is to be one: due
	terminate        // send the stop signal: killFailed when refused
	kill             // send SIGKILL: killFailed when refused

	actionCount = iota
)

// String names the action in the diagram.
func (a action) String() string {
	return [actionCount]string{
		"", "spawn", "log the success", "wait or give up", "log giving up", "log the end", "restart if wanted",
		"send the stop signal", "send SIGKILL",
	}[a]
}

// edge is one way to go: from a state, on an input, to a state. The actions
// come after the new state can be seen.
type edge struct {
	from     State
	on       input
	to       State
	do, then action
	// via is passed through on the way, for those who follow the events.
	// Stopped stands for none.
	via State
}

// edges is the whole behaviour of a process. A pair of state and input that
// is not here is in ignored, with the reason.
//
// The states and their ways are Supervisor's (Subprocess.transition, finish,
// kill and give_up), and two of our own: a stop takes effect on an EXITED
// process that waits for its restart, and an UNKNOWN one whose child ends
// after all is STOPPED.
func edges() [28]edge {
	return [...]edge{
		{from: Stopped, on: start, to: Starting, do: spawn},
		{from: Exited, on: start, to: Starting, do: spawn},
		{from: Fatal, on: start, to: Starting, do: spawn},
		{from: Exited, on: due, to: Starting, do: spawn},
		{from: Backoff, on: due, to: Starting, do: spawn},

		{from: Starting, on: spawnFailed, to: Backoff, do: retry},
		{from: Starting, on: stayedUp, to: Running, do: praise},
		{from: Starting, on: exitedEarly, to: Backoff, do: farewell, then: retry},
		{from: Starting, on: exitedExpected, to: Exited, do: farewell, then: restart, via: Running},
		{from: Starting, on: exitedOddly, to: Exited, do: farewell, then: restart, via: Running},
		{from: Running, on: exitedExpected, to: Exited, do: farewell, then: restart},
		{from: Running, on: exitedOddly, to: Exited, do: farewell, then: restart},
		{from: Backoff, on: exhausted, to: Fatal, do: mourn},

		{from: Starting, on: stop, to: Stopping, do: terminate},
		{from: Running, on: stop, to: Stopping, do: terminate},
		{from: Backoff, on: stop, to: Stopped},
		{from: Exited, on: stop, to: Stopped},
		{from: Starting, on: quit, to: Stopping, do: terminate},
		{from: Running, on: quit, to: Stopping, do: terminate},
		{from: Backoff, on: quit, to: Fatal},

		{from: Stopping, on: overdue, to: Stopping, do: kill},
		{from: Stopping, on: exitedExpected, to: Stopped, do: farewell},
		{from: Stopping, on: exitedOddly, to: Stopped, do: farewell},

		{from: Starting, on: killFailed, to: Unknown},
		{from: Running, on: killFailed, to: Unknown},
		{from: Stopping, on: killFailed, to: Unknown},
		{from: Unknown, on: exitedExpected, to: Stopped, do: farewell},
		{from: Unknown, on: exitedOddly, to: Stopped, do: farewell},
	}
}

// ignorance says why an input means nothing in some states.
type ignorance struct {
	on  input
	in  []State
	why string
}

// ignored are the pairs that edges leaves out.
func ignored() []ignorance {
	return []ignorance{
		{start, []State{Starting, Running, Backoff}, "refused: already started"},
		{start, []State{Stopping}, "logged: already running"},
		{start, []State{Unknown}, "refused: unknown state"},
		{stop, []State{Stopped, Stopping, Fatal, Unknown}, "refused: not running"},
		{quit, []State{Stopped, Exited, Fatal, Unknown}, "stopped as it is"},
		{quit, []State{Stopping}, "already on the way"},
		{spawnFailed, []State{Stopped, Running, Backoff, Stopping, Exited, Fatal, Unknown}, "follows a spawn"},
		{stayedUp, []State{Stopped, Running, Backoff, Stopping, Exited, Fatal, Unknown}, "the alarm is set in STARTING"},
		{exitedEarly, []State{Stopped, Running, Backoff, Stopping, Exited, Fatal, Unknown}, "only STARTING can end early"},
		{exitedExpected, []State{Stopped, Backoff, Exited, Fatal}, "no child"},
		{exitedOddly, []State{Stopped, Backoff, Exited, Fatal}, "no child"},
		{exhausted, []State{Stopped, Starting, Running, Stopping, Exited, Fatal, Unknown}, "follows a retry"},
		{due, []State{Stopped, Starting, Running, Stopping, Fatal, Unknown}, "somebody was faster"},
		{overdue, []State{Stopped, Starting, Running, Backoff, Exited, Fatal, Unknown}, "the alarm is set in STOPPING"},
		{killFailed, []State{Stopped, Backoff, Exited, Fatal, Unknown}, "nothing to signal"},
	}
}

// next finds the edge that leaves from on input on; ok is false when the
// input is ignored there.
func next(from State, on input) (e edge, ok bool) {
	for _, e := range edges() {
		if e.from == from && e.on == on {
			return e, true
		}
	}
	for _, i := range ignored() {
		if i.on == on && slices.Contains(i.in, from) {
			return edge{}, false
		}
	}
	panic(fmt.Sprintf("supervise: no edge from %v on %v", from, on))
}
