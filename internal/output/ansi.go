package output

import "bytes"

const escape = 0x1b

// stripper removes ANSI control sequences: ESC [, parameters, one final
// letter. It differs from the original's stripEscapes where that one loses
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
		if s.state == ansiText {
			n := bytes.IndexByte(p[i:], escape)
			if n < 0 {
				n = len(p) - i
			} else {
				s.state = ansiEscape
			}
			kept += copy(p[kept:], p[i:i+n])
			i += n + 1
			continue
		}
		if s.state == ansiEscape {
			if p[i] == '[' {
				s.state = ansiSequence
				i++
				continue
			}
			p[kept] = escape // there is room: the ESC stood in p
			kept++
			s.state = ansiText
			continue
		}
		if belongs, last := control(p[i]); !belongs || last {
			s.state = ansiText
			if !belongs {
				continue
			}
		}
		i++
	}
	return before, p[:kept]
}

// control tells whether b may stand in a control sequence behind ESC [, and
// whether it is its final byte (ECMA-48, 5.4).
func control(b byte) (belongs, last bool) {
	return b >= 0x20 && b <= 0x7e, b >= 0x40 && b <= 0x7e
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
