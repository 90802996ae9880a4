package xmlrpc

import (
	"strconv"
	"strings"
)

// canonical reads the next member of a struct if it is written byte for byte
// as Python and this package write it and holds a string or an int: almost
// all of a long answer does, and it is read in a third of the time. Otherwise
// ok is false, nothing has been read, and member has to read it: to the
// outcome they are the same.
func (d *decoder) canonical() (m Member, ok bool) {
	r := runner{rest: d.src[d.pos:]}
	r.pass("<member>\n<name>")
	m.Name = r.text()
	r.pass("</name>\n<value><")
	switch {
	case r.failed:
		return m, false
	case strings.HasPrefix(r.rest, "string>"):
		r.pass("string>")
		m.Value = r.text()
		r.pass("</string></value>\n</member>\n")
	case strings.HasPrefix(r.rest, "int>"):
		r.pass("int>")
		n, err := strconv.Atoi(r.text())
		r.failed = r.failed || err != nil
		m.Value = n
		r.pass("</int></value>\n</member>\n")
	default:
		return m, false
	}
	end := len(d.src) - len(r.rest)
	if r.failed || !d.plain(end) || d.depth+2 > maxDepth {
		return m, false
	}
	d.pos = end
	return m, true
}

// runner runs along a text of which every byte is foreseen.
type runner struct {
	rest   string
	failed bool
}

// pass runs over literal, which must come next.
func (r *runner) pass(literal string) {
	rest, ok := strings.CutPrefix(r.rest, literal)
	r.rest = rest
	r.failed = r.failed || !ok
}

// text runs up to the next tag.
func (r *runner) text() string {
	n := strings.IndexByte(r.rest, '<')
	if n < 0 {
		r.failed = true
		return ""
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
