package xmlrpc

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner cuts a document into tags and the text between them. It reads each
// byte a bounded number of times, whatever the document. Comments and
// processing instructions vanish, CDATA becomes text; a document type is
// skipped and what it declares is never looked up, so entities cannot grow.
type scanner struct {
	src    string
	pos    int
	inside bool // the first tag is behind us, so no document type may follow

	// Where the next '&' and '\r' stand, once they are at or after pos: most
	// documents hold none, and then no text has to be looked at for them.
	ampersand, carriage int
}

// tag is a start tag, an end tag, or both in one (empty).
type tag struct {
	name       string
	end, empty bool
}

func (s *scanner) fail(what string) error { return s.failAt(s.pos, what) }

func (s *scanner) failAt(pos int, what string) error {
	return &SyntaxError{Offset: pos, What: what}
}

// text reads up to the next tag, or to the end of the document.
func (s *scanner) text() (string, error) {
	chunk, err := s.chunk()
	if err != nil || !s.atMarkup() {
		return chunk, err
	}
	return s.joinedText(chunk)
}

// atMarkup tells whether something other than a tag follows.
func (s *scanner) atMarkup() bool {
	return s.pos+1 < len(s.src) && (s.src[s.pos+1] == '!' || s.src[s.pos+1] == '?')
}

// joinedText goes on with text that began with first and that markup interrupts.
func (s *scanner) joinedText(first string) (string, error) {
	parts := text{first: first}
	for s.atMarkup() {
		if strings.HasPrefix(s.src[s.pos:], "<![CDATA[") {
			body, err := s.until(len("<![CDATA["), "]]>")
			if err != nil {
				return "", err
			}
			parts.add(newlines(body))
		} else if err := s.skipMarkup(); err != nil {
			return "", err
		}
		chunk, err := s.chunk()
		if err != nil {
			return "", err
		}
		parts.add(chunk)
	}
	return parts.String(), nil
}

// text joins pieces; a single piece costs nothing.
type text struct {
	first string
	more  []byte
}

func (t *text) add(s string) {
	switch {
	case s == "":
	case t.first == "" && t.more == nil:
		t.first = s
	case t.more == nil:
		t.more = append(append(t.more, t.first...), s...)
	default:
		t.more = append(t.more, s...)
	}
}

func (t *text) String() string {
	if t.more != nil {
		return string(t.more)
	}
	return t.first
}

// chunk reads text up to the next '<' and resolves what is escaped in it.
func (s *scanner) chunk() (string, error) {
	start, end := s.pos, len(s.src)
	if n := strings.IndexByte(s.src[start:], '<'); n >= 0 {
		end = start + n
	}
	s.pos = end
	if s.ampersand < start {
		s.ampersand = s.index('&', start)
	}
	if s.carriage < start {
		s.carriage = s.index('\r', start)
	}
	if s.ampersand < end || s.carriage < end {
		return s.unescape(start, end)
	}
	return s.src[start:end], nil
}

// index is where the first c at or after start stands, or the document's end.
func (s *scanner) index(c byte, start int) int {
	if n := strings.IndexByte(s.src[start:], c); n >= 0 {
		return start + n
	}
	return len(s.src)
}

// unescape resolves references and normalizes line ends in src[start:end].
func (s *scanner) unescape(start, end int) (string, error) {
	out := make([]byte, 0, end-start)
	for i := start; i < end; {
		switch c := s.src[i]; c {
		case '\r':
			if i+1 < end && s.src[i+1] == '\n' {
				i++
			}
			out = append(out, '\n')
			i++
		case '&':
			size, r := reference(s.src[i:end])
			if size == 0 {
				return "", s.failAt(i, "not a reference XML-RPC knows")
			}
			out = utf8.AppendRune(out, r)
			i += size
		default:
			out = append(out, c)
			i++
		}
	}
	return string(out), nil
}

// longestReference bounds the search for the ';' of a reference; leading
// zeros beyond it are nobody's way to write a character.
const longestReference = 16

// reference reads "&lt;" or "&#8364;" or "&#x20ac;" at the start of src; size
// is 0 when it is none.
func reference(src string) (size int, r rune) {
	end := strings.IndexByte(src[:min(len(src), longestReference)], ';')
	if end < 0 {
		return 0, 0
	}
	name, size := src[1:end], end+1
	switch name {
	case "lt":
		return size, '<'
	case "gt":
		return size, '>'
	case "amp":
		return size, '&'
	case "quot":
		return size, '"'
	case "apos":
		return size, '\''
	}
	digits, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, 0
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || !allowed(rune(n)) {
		return 0, 0
	}
	return size, rune(n)
}

// allowed tells whether XML 1.0 lets a document hold r.
func allowed(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ', r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return utf8.ValidRune(r)
}

// newlines makes every line end a single \n, as an XML parser must.
func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// until passes over skip bytes and then reads up to and over terminator.
func (s *scanner) until(skip int, terminator string) (string, error) {
	body := s.src[s.pos+skip:]
	n := strings.Index(body, terminator)
	if n < 0 {
		return "", s.fail("no " + terminator + " follows")
	}
	s.pos += skip + n + len(terminator)
	return body[:n], nil
}

// skipMarkup passes over a comment, a processing instruction or a document type.
func (s *scanner) skipMarkup() (err error) {
	rest := s.src[s.pos:]
	switch {
	case strings.HasPrefix(rest, "<!--"):
		_, err = s.until(len("<!--"), "-->")
	case strings.HasPrefix(rest, "<?"):
		_, err = s.until(len("<?"), "?>")
	case strings.HasPrefix(rest, "<!DOCTYPE") && !s.inside:
		err = s.skipDoctype()
	default:
		err = s.fail("markup that has no place here")
	}
	return err
}

// skipDoctype passes over a document type with its internal subset.
func (s *scanner) skipDoctype() error {
	start, brackets := s.pos, 0
	for s.pos += len("<!DOCTYPE"); s.pos < len(s.src); {
		switch c := s.src[s.pos]; c {
		case '"', '\'':
			if _, err := s.until(1, string(c)); err != nil {
				return err
			}
			continue
		case '<':
			rest := s.src[s.pos:]
			if strings.HasPrefix(rest, "<!--") || strings.HasPrefix(rest, "<?") {
				if err := s.skipMarkup(); err != nil {
					return err
				}
				continue
			}
		case '[':
			brackets++
		case ']':
			brackets--
		case '>':
			if brackets == 0 {
				s.pos++
				return nil
			}
		}
		s.pos++
	}
	return s.failAt(start, "the document type does not end")
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
