package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxDigits of a number: Python's own limit for texts, and for the same reason,
// that reading and writing them takes time by the square.
const maxDigits = 4300

// maxLong is how many bytes have so many digits.
const maxLong = 1785

// small reads a whole number of n bytes that is not negative.
func small(n uint64) func(*machine) error {
	return func(m *machine) error {
		v, err := m.in.uint(n)
		if err != nil {
			return err
		}
		return m.push(int64(v))
	}
}

func (m *machine) binInt() error {
	v, err := m.in.uint(4)
	if err != nil {
		return err
	}
	return m.push(int64(int32(v)))
}

func (m *machine) binFloat() error {
	text, err := m.in.take(8)
	if err != nil {
		return err
	}
	return m.push(math.Float64frombits(binary.BigEndian.Uint64([]byte(text))))
}

// long reads a number in two's complement, after its length in n bytes.
func long(n uint64) func(*machine) error {
	return func(m *machine) error {
		text, err := m.in.counted(n)
		if err != nil {
			return err
		}
		if len(text) > maxLong {
			return fmt.Errorf("a number of %d bytes; at most %d are read", len(text), maxLong)
		}
		digits := []byte(text)
		slices.Reverse(digits)
		v := new(big.Int).SetBytes(digits)
		if len(digits) > 0 && digits[0]&0x80 != 0 {
			v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(digits))))
		}
		return m.push(integer(v))
	}
}

// integer is v as an int64 if it is one.
func integer(v *big.Int) any {
	if v.IsInt64() {
		return v.Int64()
	}
	return v
}

// intLine reads a decimal number, or 00 and 01, which are False and True.
func (m *machine) intLine() error {
	line, err := m.in.line()
	if err != nil {
		return err
	}
	if line == "00" || line == "01" {
		return m.push(line == "01")
	}
	return m.decimal(line)
}

// longLine reads a decimal number with Python 2's L behind it.
func (m *machine) longLine() error {
	line, err := m.in.line()
	if err != nil {
		return err
	}
	return m.decimal(strings.TrimSuffix(line, "L"))
}

func (m *machine) decimal(text string) error {
	if len(text) > maxDigits {
		return fmt.Errorf("a number of %d digits; at most %d are read", len(text), maxDigits)
	}
	v, ok := new(big.Int).SetString(text, 10)
	if !ok {
		return fmt.Errorf("%q is no whole number", text)
	}
	return m.push(integer(v))
}

func (m *machine) floatLine() error {
	line, err := m.in.line()
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(line, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // beyond the range it is an infinity, as in Python
		return fmt.Errorf("%q is no number", line)
	}
	return m.push(v)
}

func (m *machine) placeLine() (uint64, error) {
	line, err := m.in.line()
	if err != nil {
		return 0, err
	}
	place, err := strconv.ParseUint(line, 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%q is no place in the memo", line)
	}
	return place, nil
}
