package output

import "bytes"

const escape = 0x1b

// stripper removes ANSI control sequences (ECMA-48, 5.4): ESC [, parameters,
// one final letter. It differs from the original's stripEscapes where that one loses
// text: any final letter ends a sequence, not only some, and so does a byte
// that cannot belong to it; a sequence may be cut anywhere between two chunks.
type stripper struct {
	state ansiState
	held  [1]byte
}

type ansiState uint8

const (
	ansiText     ansiState = iota
	ansiEscape             // behind ESC, which is held back
	ansiSequence           // behind ESC [
)

// strip moves what is to be shown to the front of p and returns it. before
// goes ahead of it: the ESC that was held and begins no sequence.
func (s *stripper) strip(p []byte) (before, shown []byte) {
	if len(p) == 0 {
		return nil, nil
	}
	if s.state == ansiEscape && p[0] != '[' {
		before = s.end()
	}
	kept := 0
	for i := 0; i < len(p); {
		switch s.state {
		case ansiText:
			n := bytes.IndexByte(p[i:], escape)
			if n < 0 {
				n = len(p) - i
			} else {
				s.state = ansiEscape
			}
			kept += copy(p[kept:], p[i:i+n])
			i += n + 1
		case ansiEscape:
			if p[i] == '[' {
				s.state = ansiSequence
				i++
			} else {
				kept += copy(p[kept:], s.end()) // there is room: the ESC stood in p
			}
		case ansiSequence:
			if p[i] < 0x20 || p[i] > 0x7e { // cannot belong to it
				s.state = ansiText
				break
			}
			if p[i] >= 0x40 { // the final byte
				s.state = ansiText
			}
			i++
		}
	}
	return before, p[:kept]
}

// end forgets a sequence that was begun and gives back an ESC that was held.
func (s *stripper) end() []byte {
	held := s.state == ansiEscape
	s.state = ansiText
	if !held {
		return nil
	}
	s.held[0] = escape
	return s.held[:]
}
