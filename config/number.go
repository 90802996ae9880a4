package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// parseInt is Python's int(text): blanks around, a sign, "_" between digits
// and the digits of every script are fine. A number that int64 cannot hold
// becomes the nearest one it can; the original has no limit.
func parseInt(text string) (int64, error) { return parseIntBase(text, 10) }

// parseIntBase is Python's int(text, base) for base 8 and 10.
func parseIntBase(text string, base int) (int64, error) {
	digits, negative, ok := cleanInt(text, base)
	if !ok {
		return 0, fmt.Errorf("invalid literal for int() with base %d: %s", base, ini.Repr(text))
	}
	if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // with ErrRange, n is the nearest
		return 0, fmt.Errorf("invalid literal for int() with base %d: %s", base, ini.Repr(text))
	}
	return n, nil
}

// cleanInt brings what Python takes for a whole number into plain digits.
func cleanInt(text string, base int) (digits string, negative, ok bool) {
	s := ini.TrimSpace(text)
	if rest, cut := strings.CutPrefix(s, "-"); cut {
		s, negative = rest, true
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if base == 8 && (strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0O")) {
		s = strings.TrimPrefix(s[2:], "_")
	}
	var b strings.Builder
	mayUnderscore := false
	for _, r := range s {
		if r == '_' {
			if !mayUnderscore {
				return "", false, false
			}
			mayUnderscore = false
			continue
		}
		d, isDigit := digitValue(r)
		if !isDigit {
			return "", false, false
		}
		b.WriteByte('0' + d)
		mayUnderscore = true
	}
	return b.String(), negative, mayUnderscore
}

// digitValue is the value of a decimal digit of any script. Unicode keeps the
// ten digits of a script together and in order.
func digitValue(r rune) (byte, bool) {
	if r <= unicode.MaxASCII {
		return byte(r - '0'), r >= '0' && r <= '9'
	}
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10), true
		}
	}
	return 0, false
}

// parseOctal reads a mode or mask such as 022 or 0o22 (octal_type).
func parseOctal(text string) (int, error) {
	n, err := parseIntBase(text, 8)
	if err != nil {
		return 0, fmt.Errorf("%s can not be converted to an octal type", text)
	}
	return int(n), nil
}

// parseSize reads a number of bytes such as 50MB (byte_size): KB, MB and GB,
// in any case, are powers of 1024.
func parseSize(text string) (int64, error) {
	text = strings.ToLower(text)
	unit := int64(1)
	for _, u := range []struct {
		suffix string
		bytes  int64
	}{{"kb", 1 << 10}, {"mb", 1 << 20}, {"gb", 1 << 30}} {
		if rest, ok := strings.CutSuffix(text, u.suffix); ok {
			text, unit = rest, u.bytes
			break
		}
	}
	n, err := parseInt(text)
	if err != nil {
		return 0, err
	}
	return saturate(n, unit), nil
}

// saturate is n × unit, held within int64.
func saturate(n, unit int64) int64 {
	switch {
	case n > math.MaxInt64/unit:
		return math.MaxInt64
	case n < math.MinInt64/unit:
		return math.MinInt64
	}
	return n * unit
}
