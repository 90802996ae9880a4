package listener

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// state is what a listener is waiting for (EventListenerStates).
type state int32

const (
	acknowledged state = iota // it is to say that it is ready
	ready                     // it is to be sent an event
	busy                      // it is to answer
	unknown                   // it has broken the protocol and is sent nothing any more
)

// String is Supervisor's name.
func (s state) String() string {
	return [...]string{"ACKNOWLEDGED", "READY", "BUSY", "UNKNOWN"}[s]
}

const (
	readyToken  = "READY\n"
	resultToken = "RESULT " // of which only the length is looked at, as in the original
)

// Bounds for what comes from a listener, so that one that has lost its way
// does not fill our memory. The original has none.
const (
	mostLine   = 64 << 10
	mostResult = 16 << 20
)

// reader takes apart what a listener writes: at any time there is only one
// thing that it may say.
type reader struct {
	pending []byte
	length  int // of the result that is being read
	started bool
}

// said is one thing that a listener has said, or that it has not done so yet.
type said int

const (
	nothing    said = iota // the rest is still to come
	readiness              // READY
	result                 // a whole result
	badResult              // a line that should tell the length of a result
	wrongReady             // something else than READY
	outOfTurn              // something while it had nothing to say
	tooMuch                // more than we read
)

// next takes the next thing out of what is pending; what it may be depends on
// the state. With it comes the text that it is about.
func (r *reader) next(s state) (said, []byte) {
	if len(r.pending) == 0 {
		return nothing, nil
	}
	switch s {
	case acknowledged:
		return r.nextReady()
	case ready:
		return outOfTurn, r.drop()
	case busy:
		return r.nextResult()
	}
	r.drop()
	return nothing, nil
}

// drop forgets what is pending and returns it.
func (r *reader) drop() []byte {
	dropped := r.pending
	*r = reader{}
	return dropped
}

func (r *reader) nextReady() (said, []byte) {
	if n := len(r.pending); n < len(readyToken) && readyToken[:n] == string(r.pending) {
		return nothing, nil
	}
	if !bytes.HasPrefix(r.pending, []byte(readyToken)) {
		return wrongReady, r.drop()
	}
	r.pending = r.pending[len(readyToken):]
	return readiness, nil
}

func (r *reader) nextResult() (said, []byte) {
	if !r.started {
		line, rest, whole := bytes.Cut(r.pending, []byte("\n"))
		if !whole {
			if len(r.pending) > mostLine {
				return tooMuch, r.drop()
			}
			return nothing, nil
		}
		length, err := resultLength(line)
		switch {
		case err != nil:
			r.drop()
			return badResult, line
		case length > mostResult:
			r.drop()
			return tooMuch, line
		}
		r.pending, r.length, r.started = rest, length, true
	}
	if len(r.pending) < r.length {
		return nothing, nil
	}
	text := r.pending[:r.length:r.length]
	r.pending, r.length, r.started = r.pending[r.length:], 0, false
	return result, text
}

// resultLength reads the line before a result: what follows the seventh byte
// is a number, with blanks around it as Python's int allows.
func resultLength(line []byte) (int, error) {
	if len(line) < len(resultToken) {
		return 0, strconv.ErrSyntax
	}
	length, err := strconv.Atoi(strings.TrimSpace(string(line[len(resultToken):])))
	if err == nil && length < 0 {
		err = strconv.ErrRange
	}
	return length, err
}

// offence says what is wrong with something that a listener said.
func offence(what said, text []byte) string {
	const most = 40
	shown := text
	if len(shown) > most {
		shown = shown[:most]
	}
	quoted := strconv.Quote(string(shown))
	if len(text) > most {
		quoted += "..."
	}
	switch what {
	case wrongReady:
		return fmt.Sprintf("wrote %s where READY and a line feed were due", quoted)
	case outOfTurn:
		return fmt.Sprintf("wrote %s while it had no event", quoted)
	case badResult:
		return fmt.Sprintf("wrote %s where RESULT and a length were due", quoted)
	case tooMuch:
		return fmt.Sprintf("answers with more than we read: %s", quoted)
	}
	return "wrote " + quoted
}
