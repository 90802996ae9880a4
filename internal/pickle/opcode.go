package pickle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// operation is what an opcode does; its name is that of Python's pickletools.
type operation struct {
	name string
	run  func(*machine) error
}

// opcodes are those of protocols 0 to 5, but for buffers that are kept beside
// the pickle (NEXT_BUFFER, READONLY_BUFFER) and the registry of extension codes
// (EXT1, EXT2, EXT4): without what stands elsewhere they mean nothing.
func opcodes() [256]operation {
	return [256]operation{
		0x80: {"PROTO", (*machine).protocol}, 0x95: {"FRAME", (*machine).frame}, '.': {"STOP", (*machine).stop},

		'N': {"NONE", constant(nil)}, 0x88: {"NEWTRUE", constant(true)}, 0x89: {"NEWFALSE", constant(false)},
		'I': {"INT", (*machine).intLine}, 'L': {"LONG", (*machine).longLine}, 'F': {"FLOAT", (*machine).floatLine},
		'K': {"BININT1", small(1)}, 'M': {"BININT2", small(2)}, 'J': {"BININT", (*machine).binInt},
		0x8a: {"LONG1", long(1)}, 0x8b: {"LONG4", long(4)}, 'G': {"BINFLOAT", (*machine).binFloat},

		'S': {"STRING", (*machine).stringLine}, 'T': {"BINSTRING", text(4, oldString)}, 'U': {"SHORT_BINSTRING", text(1, oldString)},
		'V': {"UNICODE", (*machine).unicodeLine}, 'X': {"BINUNICODE", text(4, newString)},
		0x8c: {"SHORT_BINUNICODE", text(1, newString)}, 0x8d: {"BINUNICODE8", text(8, newString)},
		'B': {"BINBYTES", text(4, newBytes)}, 'C': {"SHORT_BINBYTES", text(1, newBytes)},
		0x8e: {"BINBYTES8", text(8, newBytes)}, 0x96: {"BYTEARRAY8", text(8, newByteArray)},

		')': {"EMPTY_TUPLE", tuple(0)}, 0x85: {"TUPLE1", tuple(1)}, 0x86: {"TUPLE2", tuple(2)}, 0x87: {"TUPLE3", tuple(3)},
		't': {"TUPLE", (*machine).tuple},
		']': {"EMPTY_LIST", (*machine).emptyList}, 'l': {"LIST", (*machine).list},
		'a': {"APPEND", (*machine).append1}, 'e': {"APPENDS", (*machine).appends},
		'}': {"EMPTY_DICT", (*machine).emptyDict}, 'd': {"DICT", (*machine).dict},
		's': {"SETITEM", (*machine).setItem}, 'u': {"SETITEMS", (*machine).setItems},
		0x8f: {"EMPTY_SET", (*machine).emptySet}, 0x90: {"ADDITEMS", (*machine).addItems}, 0x91: {"FROZENSET", (*machine).frozenSet},

		'(': {"MARK", (*machine).mark}, '0': {"POP", (*machine).drop}, '1': {"POP_MARK", (*machine).dropMark}, '2': {"DUP", (*machine).dup},
		'g': {"GET", (*machine).getLine}, 'h': {"BINGET", get(1)}, 'j': {"LONG_BINGET", get(4)},
		'p': {"PUT", (*machine).putLine}, 'q': {"BINPUT", put(1)}, 'r': {"LONG_BINPUT", put(4)},
		0x94: {"MEMOIZE", (*machine).memoize},

		'c': {"GLOBAL", (*machine).global}, 0x93: {"STACK_GLOBAL", (*machine).stackGlobal},
		'R': {"REDUCE", (*machine).reduce}, 'b': {"BUILD", (*machine).build},
		'i': {"INST", (*machine).inst}, 'o': {"OBJ", (*machine).obj},
		0x81: {"NEWOBJ", (*machine).newObj}, 0x92: {"NEWOBJ_EX", (*machine).newObjEx},
		'P': {"PERSID", (*machine).persidLine}, 'Q': {"BINPERSID", (*machine).binPersid},

		0x82: {"EXT1", (*machine).elsewhere}, 0x83: {"EXT2", (*machine).elsewhere}, 0x84: {"EXT4", (*machine).elsewhere},
		0x97: {"NEXT_BUFFER", (*machine).elsewhere}, 0x98: {"READONLY_BUFFER", (*machine).elsewhere},
	}
}

func (m *machine) elsewhere() error {
	return errors.New("it names something that is kept outside of the pickle")
}

// protocol reads the version, which stands at the beginning since protocol 2.
func (m *machine) protocol() error {
	version, err := m.in.byte()
	if err == nil && version > 5 {
		return fmt.Errorf("protocol %d, known are 0 to 5", version)
	}
	m.proto = int(version)
	return err
}

// frame reads how much follows that is to be read in one go.
func (m *machine) frame() error {
	length, err := m.in.uint(8)
	if err != nil {
		return err
	}
	if left := len(m.in.data) - m.in.pos; length > uint64(left) {
		return fmt.Errorf("%d bytes are to follow, and there are %d", length, left)
	}
	return nil
}

func (m *machine) stop() error {
	if len(m.marks) > 0 {
		return errors.New("a mark is left on the stack")
	}
	m.over = true
	return nil
}

func (m *machine) mark() error {
	m.marks = append(m.marks, len(m.stack))
	return m.grow()
}

// drop takes a value, or a mark if there is none above it.
func (m *machine) drop() error {
	if len(m.marks) > 0 && len(m.stack) == m.floor() {
		return m.dropMark()
	}
	_, err := m.pop()
	return err
}

func (m *machine) dropMark() error {
	_, err := m.popMark()
	return err
}

func (m *machine) dup() error {
	v, err := m.top()
	if err != nil {
		return err
	}
	return m.push(v)
}

func constant(v any) func(*machine) error {
	return func(m *machine) error { return m.push(v) }
}

func tuple(n int) func(*machine) error {
	return func(m *machine) error {
		items, err := m.popN(n)
		if err != nil {
			return err
		}
		return m.push(Tuple(slices.Clone(items)))
	}
}

func (m *machine) tuple() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	return m.push(Tuple(slices.Clone(items)))
}

// get and put use the place of the memo whose number has n bytes.
func get(n uint64) func(*machine) error {
	return func(m *machine) error {
		place, err := m.in.uint(n)
		if err != nil {
			return err
		}
		return m.recall(place)
	}
}

func put(n uint64) func(*machine) error {
	return func(m *machine) error {
		place, err := m.in.uint(n)
		if err != nil {
			return err
		}
		return m.remember(place)
	}
}

func (m *machine) memoize() error { return m.remember(uint64(len(m.memo))) }

func (m *machine) getLine() error {
	place, err := m.placeLine()
	if err != nil {
		return err
	}
	return m.recall(place)
}

func (m *machine) putLine() error {
	place, err := m.placeLine()
	if err != nil {
		return err
	}
	return m.remember(place)
}

func (m *machine) persidLine() error {
	id, err := m.in.line()
	if err != nil {
		return err
	}
	return m.push(&Persistent{ID: strings.Clone(id)})
}

func (m *machine) binPersid() error {
	id, err := m.pop()
	if err != nil {
		return err
	}
	return m.push(&Persistent{ID: id})
}
