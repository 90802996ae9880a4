package xmlrpc

import "strings"

// tag is a start tag, an end tag, or both in one (empty).
type tag struct {
	name       string
	end, empty bool
}

// endOf passes over the end tag of name, if that is what stands at pos and
// nothing but the name is in it.
func (s *scanner) endOf(name string) bool {
	end := s.pos + len("</") + len(name)
	if end >= len(s.src) || s.src[end] != '>' || s.src[s.pos+1] != '/' || s.src[s.pos+2:end] != name {
		return false
	}
	s.pos = end + 1
	return true
}

// tag reads the tag that starts at pos.
func (s *scanner) tag() (tag, error) {
	if s.pos >= len(s.src) {
		return tag{}, s.fail("the document ends early")
	}
	var t tag
	i := s.pos + 1
	if i < len(s.src) && s.src[i] == '/' {
		t.end = true
		i++
	}
	start := i
	for i < len(s.src) && nameByte(s.src[i]) {
		i++
	}
	t.name = s.src[start:i]
	if t.name == "" {
		return tag{}, s.fail("a tag without a name")
	}
	s.pos, s.inside = i, true
	if i < len(s.src) && s.src[i] == '>' {
		s.pos++
		return t, nil
	}
	return s.restOfTag(t)
}

// restOfTag passes over blanks and attributes, whose values mean nothing here.
func (s *scanner) restOfTag(t tag) (tag, error) {
	for {
		s.blanks()
		rest := s.src[s.pos:]
		switch {
		case strings.HasPrefix(rest, ">"):
			s.pos++
			return t, nil
		case strings.HasPrefix(rest, "/>") && !t.end:
			s.pos += 2
			t.empty = true
			return t, nil
		case t.end:
			return tag{}, s.fail("an end tag that does not end")
		}
		if err := s.attribute(); err != nil {
			return tag{}, err
		}
	}
}

func (s *scanner) attribute() error {
	start := s.pos
	for s.pos < len(s.src) && nameByte(s.src[s.pos]) {
		s.pos++
	}
	named := s.pos > start
	s.blanks()
	if !named || !strings.HasPrefix(s.src[s.pos:], "=") {
		return s.failAt(start, "not an attribute")
	}
	s.pos++
	s.blanks()
	if s.pos >= len(s.src) || s.src[s.pos] != '"' && s.src[s.pos] != '\'' {
		return s.failAt(start, "an attribute without a quoted value")
	}
	value, err := s.until(1, s.src[s.pos:s.pos+1])
	if err == nil && strings.IndexByte(value, '<') >= 0 {
		err = s.failAt(start, "an attribute with a tag in it")
	}
	return err
}

func (s *scanner) blanks() {
	for s.pos < len(s.src) && blank(s.src[s.pos]) {
		s.pos++
	}
}

func blank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// notName has a bit for each character above the blank that ends a name.
const notName uint64 = 1<<'<' | 1<<'>' | 1<<'/' | 1<<'=' | 1<<'"' | 1<<'\'' | 1<<'&' | 1<<'!' | 1<<'?'

// nameByte tells whether c may stand in a name; which characters a name may
// begin with is not looked at.
func nameByte(c byte) bool { return c > ' ' && (c >= 64 || notName>>c&1 == 0) }
