package pickle

import (
	"errors"
	"fmt"
	"math"
)

// machine is the stack machine of pickles.
type machine struct {
	in     reader
	limits Limits
	at     int    // where the opcode under way stands
	opcode string // and its name
	proto  int
	stack  []any
	marks  []int // heights of the stack
	memo   map[uint64]any
	made   int  // values pushed, marks set and places of the memo taken
	copied int  // bytes of texts that were made bytes
	over   bool // STOP was met
}

func (m *machine) run() (any, error) {
	table := opcodes()
	for !m.over {
		m.at, m.opcode = m.in.pos, ""
		code, err := m.in.byte()
		if err != nil {
			return nil, err
		}
		op := table[code]
		if op.run == nil {
			return nil, fmt.Errorf("there is no opcode %#02x", code)
		}
		m.opcode = op.name
		if err := op.run(m); err != nil {
			return nil, err
		}
	}
	return m.pop()
}

// grow counts what takes memory.
func (m *machine) grow() error {
	m.made++
	if m.made > m.limits.Values {
		return fmt.Errorf("more than %d values", m.limits.Values)
	}
	return nil
}

func (m *machine) push(v any) error {
	m.stack = append(m.stack, v)
	return m.grow()
}

// floor is the height below which the stack belongs to what stands around the
// last mark.
func (m *machine) floor() int {
	if len(m.marks) == 0 {
		return 0
	}
	return m.marks[len(m.marks)-1]
}

func (m *machine) pop() (any, error) {
	v, err := m.top()
	if err == nil {
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v, err
}

func (m *machine) top() (any, error) {
	if len(m.stack) <= m.floor() {
		return nil, errors.New("the stack is empty")
	}
	return m.stack[len(m.stack)-1], nil
}

// popN takes the last n values, in their order; the caller must not keep them.
func (m *machine) popN(n int) ([]any, error) {
	if len(m.stack)-m.floor() < n {
		return nil, fmt.Errorf("it needs %d values, and the stack has %d", n, len(m.stack)-m.floor())
	}
	at := len(m.stack) - n
	values := m.stack[at:]
	m.stack = m.stack[:at]
	return values, nil
}

// popMark takes the values down to the last mark, and the mark; the caller must
// not keep them.
func (m *machine) popMark() ([]any, error) {
	if len(m.marks) == 0 {
		return nil, errors.New("there is no mark")
	}
	at := m.floor()
	m.marks = m.marks[:len(m.marks)-1]
	values := m.stack[at:]
	m.stack = m.stack[:at]
	return values, nil
}

// popTuple takes a tuple.
func (m *machine) popTuple() (Tuple, error) {
	v, err := m.pop()
	if err != nil {
		return nil, err
	}
	t, ok := v.(Tuple)
	if !ok {
		return nil, fmt.Errorf("the arguments are a %s, not a tuple", Kind(v))
	}
	return t, nil
}

func (m *machine) remember(place uint64) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	if place > math.MaxInt64 {
		return errors.New("there is no such place in the memo")
	}
	m.memo[place] = v
	return m.grow()
}

func (m *machine) recall(place uint64) error {
	v, ok := m.memo[place]
	if !ok {
		return fmt.Errorf("nothing is kept at place %d", place)
	}
	return m.push(v)
}
