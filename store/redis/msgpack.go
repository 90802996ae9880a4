package redis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// encoder writes MessagePack, the form in which a script gets its call: what
// the server reads it with, cmsgpack, is part of every Redis.
type encoder struct{ buf []byte }

func (e *encoder) list(n int)     { e.head(n, 0x90, 15, 0xdc) }
func (e *encoder) pairs(n int)    { e.head(n, 0x80, 15, 0xde) }
func (e *encoder) str(s string)   { e.strHead(len(s)); e.buf = append(e.buf, s...) }
func (e *encoder) bytes(s []byte) { e.strHead(len(s)); e.buf = append(e.buf, s...) }
func (e *encoder) null()          { e.buf = append(e.buf, 0xc0) }

func (e *encoder) bool(b bool) {
	if b {
		e.buf = append(e.buf, 0xc3)
		return
	}
	e.buf = append(e.buf, 0xc2)
}

func (e *encoder) int(n int64) {
	if n >= 0 && n < 128 {
		e.buf = append(e.buf, byte(n))
		return
	}
	e.longInt(n)
}

// number writes a revision or a token in its nine bytes, as a string.
func (e *encoder) number(n int64) {
	e.strHead(9)
	e.longInt(n)
}

func (e *encoder) longInt(n int64) {
	e.buf = binary.BigEndian.AppendUint64(append(e.buf, 0xd3), uint64(n))
}

// packed writes what write does as one string, which scripts may leave packed.
func (e *encoder) packed(write func(*encoder)) {
	const room = 5 // of the longest head
	start := len(e.buf)
	e.buf = append(e.buf, make([]byte, room)...)
	write(e)
	n := len(e.buf) - start - room
	var head encoder
	var buf [room]byte
	head.buf = buf[:0]
	head.strHead(n)
	e.buf = append(append(e.buf[:start], head.buf...), e.buf[start+room:]...)
}

// head writes that n elements follow: small, or as 16 or 32 bits.
func (e *encoder) head(n int, small byte, most int, wide byte) {
	switch {
	case n <= most:
		e.buf = append(e.buf, small|byte(n))
	case n <= math.MaxUint16:
		e.buf = binary.BigEndian.AppendUint16(append(e.buf, wide), uint16(n))
	default:
		e.buf = binary.BigEndian.AppendUint32(append(e.buf, wide+1), uint32(n))
	}
}

func (e *encoder) strHead(n int) {
	if n > 31 && n <= math.MaxUint8 {
		e.buf = append(e.buf, 0xd9, byte(n))
		return
	}
	e.head(n, 0xa0, 31, 0xda)
}

// decoder reads what cmsgpack wrote. After the first error, which fail keeps,
// all that it reads is zero.
type decoder struct {
	data string
	fail error
}

var errShort = errors.New("the answer ends too early")

func (d *decoder) take(n int) string {
	if d.fail == nil && n > len(d.data) {
		d.fail = errShort
	}
	if d.fail != nil {
		return ""
	}
	s := d.data[:n]
	d.data = d.data[n:]
	return s
}

func (d *decoder) number(bytes int) uint64 {
	var n uint64
	for _, b := range []byte(d.take(bytes)) {
		n = n<<8 | uint64(b)
	}
	return n
}

func (d *decoder) tag() byte {
	s := d.take(1)
	if s == "" {
		return 0xc0
	}
	return s[0]
}

func (d *decoder) unexpected(tag byte, want string) {
	if d.fail == nil {
		d.fail = fmt.Errorf("the answer has a %#x where %s should be", tag, want)
	}
}

// list reads how many elements follow. An empty table of Lua may be either.
func (d *decoder) list() int {
	switch t := d.tag(); {
	case t&0xf0 == 0x90:
		return d.sane(uint64(t & 0x0f))
	case t == 0xdc:
		return d.sane(d.number(2))
	case t == 0xdd:
		return d.sane(d.number(4))
	case t == 0x80, d.fail != nil:
		return 0
	default:
		d.unexpected(t, "a list")
		return 0
	}
}

// listOrNone is list, where false is a list of nothing.
func (d *decoder) listOrNone() int {
	if d.fail == nil && strings.HasPrefix(d.data, "\xc2") {
		d.data = d.data[1:]
		return 0
	}
	return d.list()
}

// sane refuses a count that cannot be: each element has a byte at least.
func (d *decoder) sane(n uint64) int {
	if n > uint64(len(d.data)) {
		d.fail = errShort
		return 0
	}
	return int(n)
}

// str reads a string; false and nil are "".
func (d *decoder) str() string {
	switch t := d.tag(); {
	case t&0xe0 == 0xa0:
		return d.take(int(t & 0x1f))
	case t == 0xd9:
		return d.take(int(d.number(1)))
	case t == 0xda:
		return d.take(int(d.number(2)))
	case t == 0xdb:
		return d.take(int(d.number(4)))
	case t == 0xc0, t == 0xc2:
		return ""
	default:
		d.unexpected(t, "a string")
		return ""
	}
}

func (d *decoder) bool() bool {
	switch t := d.tag(); t {
	case 0xc3:
		return true
	case 0xc2, 0xc0:
		return false
	default:
		d.unexpected(t, "a truth value")
		return false
	}
}

func (d *decoder) int() int64 {
	switch t := d.tag(); {
	case t < 0x80:
		return int64(t)
	case t >= 0xe0:
		return int64(int8(t))
	case t >= 0xcc && t <= 0xcf:
		return int64(d.number(1 << (t - 0xcc)))
	case t == 0xd0:
		return int64(int8(d.number(1)))
	case t == 0xd1:
		return int64(int16(d.number(2)))
	case t == 0xd2:
		return int64(int32(d.number(4)))
	case t == 0xd3:
		return int64(d.number(8))
	case t == 0xc0 && d.fail != nil:
		return 0
	default:
		d.unexpected(t, "a number")
		return 0
	}
}
