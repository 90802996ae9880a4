package ini

import (
	"strings"
)

const byteOrderMark = "\ufeff"

// Read merges src, the content of file, into s. The error is a *SyntaxError;
// the lines that could be read are in s all the same, so that a caller may go
// on to look for more.
func (s *Set) Read(file string, src []byte) error {
	if err := decodeFault(file, src); err != nil {
		return err
	}
	text := string(src)
	if strings.HasPrefix(text, byteOrderMark) {
		text = text[len(byteOrderMark):]
		s.remarks = append(s.remarks, Remark{File: file, Line: 1, Oddity: ByteOrderMark})
	}
	r := reader{set: s, file: file}
	for i, line := range splitLines(text) {
		r.read(i+1, line)
	}
	r.join()
	if len(r.faults) > 0 {
		return syntaxError(file, r.faults, r.raw)
	}
	return nil
}

// reader goes through the lines of one file (as RawConfigParser._read).
type reader struct {
	set     *Set
	file    string
	section *Section // nil before the first header
	value   *Value   // what an indented line continues
	indent  int      // of the line that opened value
	touched []*Value
	faults  []Fault
	raw     []string // the faulty lines with their line ends
}

// read takes one line with its line end.
func (r *reader) read(number int, line string) {
	text, commented := stripComment(line)
	if text == "" {
		if !commented && r.value != nil {
			r.value.lines = append(r.value.lines, "")
		}
		return
	}
	depth := indent(line)
	if r.value != nil && depth > r.indent {
		r.value.lines = append(r.value.lines, text)
		return
	}
	r.indent = depth
	switch name, after, ok := header(text); {
	case ok:
		r.section = r.set.open(name, r.file, number)
		r.value = nil
		if after != "" {
			r.set.remarks = append(r.set.remarks,
				Remark{File: r.file, Line: number, Section: name, Oddity: TextAfterHeader, Text: after})
		}
	case r.section == nil:
		r.fault(number, NoHeader, line)
	default:
		r.option(number, text, line)
	}
}

// header splits "[name] text".
func header(text string) (name, after string, ok bool) {
	end := strings.LastIndexByte(text, ']')
	if text[0] != '[' || end < 2 {
		return "", "", false
	}
	return text[1:end], TrimSpace(text[end+1:]), true
}

// option takes a line "key = value".
func (r *reader) option(number int, text, line string) {
	at := strings.IndexAny(text, "=:")
	if at < 0 {
		r.fault(number, NoDelimiter, line)
		return
	}
	key := strings.ToLower(TrimSpace(text[:at]))
	if key == "" {
		r.value = nil
		r.fault(number, NoKey, line)
		return
	}
	r.value = &Value{Key: key, File: r.file, Line: number, lines: []string{TrimSpace(text[at+1:])}}
	r.section.set(r.value)
	r.touched = append(r.touched, r.value)
}

func (r *reader) fault(number int, problem Problem, line string) {
	f := Fault{File: r.file, Line: number, Problem: problem, Source: strings.TrimSuffix(line, "\n")}
	if r.section != nil {
		f.Section = r.section.Name
	}
	r.faults = append(r.faults, f)
	r.raw = append(r.raw, line)
}

// join makes one text of the lines of every value. Blank lines at its end go.
func (r *reader) join() {
	for _, v := range r.touched {
		v.Text = strings.TrimRightFunc(strings.Join(v.lines, "\n"), isSpace)
		v.lines = nil
	}
}
