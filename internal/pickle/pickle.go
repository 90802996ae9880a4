// Package pickle reads what Python's module pickle has written, protocols 0 to
// 5, and executes nothing.
//
// A pickle is a program for a small stack machine. Python runs it and so may
// call any function that the pickle names. Here a name stays a name: a class or
// a function is a Global, and an instance or the result of a call is an Object
// that says what Python would have called, with what. Which of them mean
// something is the business of the caller. The one exception is a closed table
// of how protocols 0 to 2 spell what later protocols have opcodes for: bytes,
// bytearray, set and frozenset.
//
// # Values
//
//	None, bool            nil, bool
//	int                   int64, or *big.Int when it is larger
//	float                 float64
//	str                   string; not valid UTF-8 if it has lone surrogates
//	bytes, bytearray      Bytes, ByteArray
//	list, tuple           *List, Tuple
//	dict                  *Dict, in order
//	set, frozenset        *Set
//	classes, functions    Global
//	all other objects     *Object
//	persistent ids        *Persistent
//
// Input may be hostile: Limits bound what it makes of memory and time, and what
// Load returns is a tree in effect. It does not contain itself and is no deeper
// and, with what it shares counted each time, no larger than Limits say, so that
// whoever walks it needs no limits of their own.
package pickle

import "fmt"

// Limits bound a pickle. Zero values stand for those of DefaultLimits.
type Limits struct {
	Size   int // bytes of input, and of all texts in the value
	Values int // values made, and in the value
	Depth  int // levels of values within values
}

// DefaultLimits are ample for the arguments of a job: reading a pickle then
// takes some hundred megabytes at worst.
func DefaultLimits() Limits { return Limits{Size: 8 << 20, Values: 1 << 20, Depth: 200} }

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	if l.Size <= 0 {
		l.Size = d.Size
	}
	if l.Values <= 0 {
		l.Values = d.Values
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	return l
}

// Error says why something is no pickle that can be read, and where.
type Error struct {
	Offset  int    // byte of the input at which the opcode stands
	Opcode  string // its name in Python's pickletools; "" when it is none
	Problem string
}

func (e *Error) Error() string {
	if e.Opcode == "" {
		return fmt.Sprintf("pickle, byte %d: %s", e.Offset, e.Problem)
	}
	return fmt.Sprintf("pickle, byte %d, %s: %s", e.Offset, e.Opcode, e.Problem)
}

// Load reads the value at the beginning of data. As Python's loads it ignores
// what follows the value. Errors are of type *Error.
func Load(data []byte, limits Limits) (any, error) {
	limits = limits.orDefault()
	if len(data) > limits.Size {
		return nil, &Error{Offset: limits.Size, Problem: fmt.Sprintf("it has %d bytes, at most %d are read", len(data), limits.Size)}
	}
	m := machine{in: reader{data: string(data)}, limits: limits, memo: map[uint64]any{}}
	v, err := m.run()
	if err == nil {
		err = check(v, limits)
	}
	if err != nil {
		return nil, &Error{Offset: m.at, Opcode: m.opcode, Problem: err.Error()}
	}
	return v, nil
}
