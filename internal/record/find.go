package record

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// ErrInUse: the daemon that wrote the record is alive, so its children are no
// business of ours.
var ErrInUse = errors.New("the daemon that keeps this record is running")

// Find returns the children of the record at path of which anything still
// runs, in the order of their slots. There are none when the record is
// missing, or of another boot or another pid namespace.
func Find(path string) ([]Child, error) {
	us, err := whoWeAre()
	if err != nil {
		if errors.Is(err, errors.ErrUnsupported) {
			return nil, nil
		}
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	found, err := read(f, us)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return found, nil
}

func read(f io.Reader, us header) ([]Child, error) {
	slot := make([]byte, slotSize)
	if _, err := io.ReadFull(f, slot); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	them, ok := parseHeader(slot)
	switch {
	case !ok:
		return nil, errors.New("this is no record of children")
	case them.boot != us.boot || them.namespace != us.namespace:
		return nil, nil
	case proc.Lives(them.pid, them.started):
		return nil, ErrInUse
	}
	var found []Child
	for {
		_, err := io.ReadFull(f, slot)
		if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) { // the daemon died in the middle of a slot
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		c, ok := parseChild(slot)
		c.Session = them.session
		if ok && c.Runs() {
			found = append(found, c)
		}
	}
}

// Runs reports whether the child, or any other member of the process group
// that it led, still runs.
func (c Child) Runs() bool {
	return proc.Lives(c.PID, c.Started) || len(c.left()) > 0 // left walks through all processes
}

func (c Child) left() []proc.Member { return proc.Left(c.PID, c.Started, c.Session) }

// Outcome is what became of a child that was to be stopped.
type Outcome struct {
	Child
	Killed bool          // it needed SIGKILL
	Left   []proc.Member // of its process group, that even SIGKILL did not end in time
	Err    error         // why it could not be signalled
}

// How Stop takes its time: the system does not tell about processes that are
// no children of ours.
const (
	lookEvery = 20 * time.Millisecond
	killWait  = 2 * time.Second // for what SIGKILL takes a while with
)

// Stop sends SIGTERM to the process groups of the children, and SIGKILL to
// those that have members after wait, or when ctx ends. It returns when all
// are gone, or two seconds after SIGKILL.
func Stop(ctx context.Context, children []Child, wait time.Duration) []Outcome {
	outcomes := make([]Outcome, 0, len(children))
	for _, c := range children {
		outcomes = append(outcomes, Outcome{Child: c})
	}
	waiting := terminate(outcomes)
	waiting = await(ctx, waiting, wait)
	// A group that lives on keeps its number from being given away.
	waiting = await(context.WithoutCancel(ctx), kill(waiting), killWait)
	for _, o := range waiting {
		o.Left = o.left()
	}
	return outcomes
}

// terminate asks those that still run to end, and returns those that may take
// a while.
func terminate(outcomes []Outcome) []*Outcome {
	var asked []*Outcome
	for i := range outcomes {
		o := &outcomes[i]
		if !o.Runs() {
			continue
		}
		switch err := proc.KillGroup(o.PID, syscall.SIGTERM); {
		case err == nil:
			asked = append(asked, o)
		case !errors.Is(err, proc.ErrGone):
			o.Err = err
		}
	}
	return asked
}

// kill ends the groups of those that wait.
func kill(waiting []*Outcome) []*Outcome {
	for _, o := range waiting {
		o.Killed = true
		if err := proc.KillGroup(o.PID, syscall.SIGKILL); !errors.Is(err, proc.ErrGone) {
			o.Err = err
		}
	}
	return waiting
}

// await returns those whose groups have members after d, or when ctx ends.
func await(ctx context.Context, waiting []*Outcome, d time.Duration) []*Outcome {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for len(waiting) > 0 {
		waiting = stillThere(waiting)
		if len(waiting) == 0 {
			break
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return stillThere(waiting)
		}
	}
	return waiting
}

func stillThere(waiting []*Outcome) []*Outcome {
	var still []*Outcome
	for _, o := range waiting {
		if o.Runs() {
			still = append(still, o)
		}
	}
	return still
}
