package pickle

import (
	"fmt"
	"slices"
)

// builtin makes the values for which older protocols have no opcode of their
// own; all else that is called stays a call. What is copied is counted: one list
// in the memo can be made a set many times.
func (m *machine) builtin(g Global, args Tuple) (v any, ok bool, err error) {
	switch g {
	case Global{"_codecs", "encode"}:
		b, ok, err := m.latin1(args)
		return b, ok, err
	case Global{"builtins", "bytes"}:
		b, ok, err := m.bytes(args)
		return b, ok, err
	case Global{"builtins", "bytearray"}:
		b, ok, err := m.bytes(args)
		return ByteArray(b), ok, err
	case Global{"builtins", "set"}, Global{"builtins", "frozenset"}:
		return m.set(args, g.Name == "frozenset")
	}
	return nil, false, nil
}

func (m *machine) set(args Tuple, frozen bool) (any, bool, error) {
	if len(args) == 0 {
		return &Set{Frozen: frozen}, true, nil
	}
	list, ok := args[0].(*List)
	if !ok || len(args) != 1 {
		return nil, false, nil
	}
	m.made += len(list.Items)
	return &Set{slices.Clone(list.Items), frozen}, true, m.grow()
}

func (m *machine) bytes(args Tuple) (Bytes, bool, error) {
	switch len(args) {
	case 0:
		return Bytes{}, true, nil
	case 1:
		b, ok := args[0].(Bytes)
		return b, ok, nil
	}
	return m.latin1(args)
}

// latin1 is bytes that were written as a text.
func (m *machine) latin1(args Tuple) (Bytes, bool, error) {
	if len(args) != 2 || args[1] != any("latin1") && args[1] != any("latin-1") {
		return nil, false, nil
	}
	s, ok := args[0].(string)
	if !ok {
		return nil, false, nil
	}
	m.copied += len(s)
	if m.copied > m.limits.Size {
		return nil, false, fmt.Errorf("more than %d bytes in all", m.limits.Size)
	}
	out := make(Bytes, 0, len(s))
	for _, c := range s {
		if c > 0xff {
			return nil, false, nil
		}
		out = append(out, byte(c))
	}
	return out, true, nil
}
