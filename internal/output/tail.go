package output

import "unicode/utf8"

// Tail keeps the last Keep bytes of what is written to it. The zero Tail keeps
// nothing.
type Tail struct {
	Keep int    // how many bytes
	data []byte // up to twice as many, the latest last
	all  int64  // how many were written
}

// Write takes the next bytes, which are the caller's again afterwards.
func (t *Tail) Write(p []byte) {
	t.all += int64(len(p))
	if len(p) >= t.Keep {
		t.data = append(t.data[:0], p[len(p)-t.Keep:]...)
		return
	}
	if len(t.data)+len(p) > 2*t.Keep {
		n := copy(t.data, t.data[len(t.data)-t.Keep:])
		t.data = t.data[:n]
	}
	t.data = append(t.data, p...)
}

// Written is how many bytes were written, kept or not.
func (t *Tail) Written() int64 { return t.all }

// Text is the longest end of what was written that takes at most limit bytes
// within a JSON string, and how many bytes stand before it. It begins with a whole
// character; bytes that are no UTF-8 stand as U+FFFD.
func (t *Tail) Text(limit int) (text string, dropped int64) {
	kept := t.data[max(0, len(t.data)-t.Keep):]
	from, size := len(kept), 0
	for from > 0 {
		r, n := utf8.DecodeLastRune(kept[:from])
		size += jsonSize(r, n)
		if size > limit {
			break
		}
		from -= n
	}
	if t.all > int64(len(kept)) || from > 0 {
		from = skipPartial(kept, from)
	}
	return string(kept[from:]), t.all - int64(len(kept)-from)
}

// skipPartial moves from past the rest of a character whose beginning was cut.
func skipPartial(p []byte, from int) int {
	for i := 0; i < utf8.UTFMax-1 && from < len(p) && !utf8.RuneStart(p[from]); i++ {
		from++
	}
	return from
}

// jsonSize is how many bytes encoding/json makes of a character that stands in
// n bytes.
func jsonSize(r rune, n int) int {
	switch {
	case r == utf8.RuneError && n == 1:
		return len(`\ufffd`)
	case r >= utf8.RuneSelf:
		if r == '\u2028' || r == '\u2029' {
			return len(`\u2028`)
		}
		return n
	case r == '"', r == '\\', r == '\n', r == '\r', r == '\t', r == '\b', r == '\f':
		return len(`\n`)
	case r < ' ', r == '<', r == '>', r == '&':
		return len(`\u003c`)
	}
	return 1
}

// JSONPrefix is how many of the first bytes of p take at most limit bytes within a
// JSON string; the last character is whole.
func JSONPrefix(p []byte, limit int) int {
	end, size := 0, 0
	for end < len(p) {
		r, n := utf8.DecodeRune(p[end:])
		size += jsonSize(r, n)
		if size > limit {
			break
		}
		end += n
	}
	return end
}
