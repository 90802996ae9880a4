package xmlrpc

import (
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
	if start < end && s.src[start] == '<' {
		return "", nil // most texts: there is none between two tags
	}
	if n := strings.IndexByte(s.src[start:], '<'); n >= 0 {
		end = start + n
	}
	plain := s.plain(end)
	s.pos = end
	if !plain {
		return s.unescape(start, end)
	}
	return s.src[start:end], nil
}

// plain tells whether the document from pos to end means what it says: it
// holds no references and no line ends to normalize.
func (s *scanner) plain(end int) bool {
	if s.ampersand < s.pos {
		s.ampersand = s.index('&', s.pos)
	}
	if s.carriage < s.pos {
		s.carriage = s.index('\r', s.pos)
	}
	return end <= s.ampersand && end <= s.carriage
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
