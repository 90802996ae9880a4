package output

import (
	"bytes"
	"slices"
)

// LongestLine bounds the part of a line that waits for its end. A longer line
// becomes several.
const LongestLine = 64 << 10

// keptBatch is the largest buffer that WholeLines keeps from one call to the
// next.
const keptBatch = 4 << 10

// WholeLines makes whole lines of the chunks of one stream, each with a prefix
// in front, and hands them on, in one call as many as there are. A line that
// was begun waits until it ends, exceeds LongestLine, or End is called, and
// then gets the line feed that it lacks, so that what comes next, maybe of
// another stream, has a line of its own. It is used by one goroutine at a time.
type WholeLines struct {
	prefix string
	to     func(p []byte)
	begun  []byte // a line without its end, nor the prefix
	batch  []byte
}

// NewWholeLines makes lines for to, which borrows them for the call.
func NewWholeLines(prefix string, to func(p []byte)) *WholeLines {
	return &WholeLines{prefix: prefix, to: to}
}

// Write takes the next chunk, which is borrowed for the call.
func (w *WholeLines) Write(p []byte) {
	end := bytes.LastIndexByte(p, '\n') + 1
	if end > 0 {
		w.lines(p[:end])
	}
	w.begin(p[end:])
}

// End hands on the line that nothing has ended.
func (w *WholeLines) End() {
	if len(w.begun) > 0 {
		w.lines([]byte{'\n'})
	}
}

// lines hands on p, which ends with a line, behind what was begun.
func (w *WholeLines) lines(p []byte) {
	if w.prefix == "" && len(w.begun) == 0 && !tooLong(p) {
		w.to(p)
		return
	}
	batch := slices.Grow(w.batch[:0], len(w.begun)+len(p)+bytes.Count(p, []byte{'\n'})*len(w.prefix))
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		if room := LongestLine - len(w.begun); end > room {
			batch = w.line(batch, p[:room])
			p = p[room:]
			continue
		}
		batch = w.line(batch, p[:end])
		p = p[end+1:]
	}
	w.to(batch)
	if w.batch = nil; cap(batch) <= keptBatch {
		w.batch = batch
	}
}

// line appends the line that was begun and ends with p to batch.
func (w *WholeLines) line(batch, p []byte) []byte {
	batch = append(batch, w.prefix...)
	batch = append(batch, w.begun...)
	w.begun = nil // a line that is cut is rare; a quiet child costs no buffer
	batch = append(batch, p...)
	return append(batch, '\n')
}

// begin keeps p, which has no line feed.
func (w *WholeLines) begin(p []byte) {
	for len(w.begun)+len(p) > LongestLine {
		n := LongestLine - len(w.begun)
		w.to(w.line(w.batch[:0], p[:n]))
		p = p[n:]
	}
	w.begun = append(w.begun, p...)
}

// tooLong reports whether there is a line in p, which ends with one, that is to
// be cut.
func tooLong(p []byte) bool {
	for len(p) > LongestLine {
		end := bytes.LastIndexByte(p[:LongestLine+1], '\n')
		if end < 0 {
			return true
		}
		p = p[end+1:]
	}
	return false
}
