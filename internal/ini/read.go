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
	r.end()
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
	more    []string // the lines that continue value
	indent  int      // of the line that opened value
	room    []Value  // for the next values: they are many, and live as long as each other
	faults  []Fault
	raw     []string // the faulty lines with their line ends
}

// read takes one line with its line end.
func (r *reader) read(number int, line string) {
	text, commented := stripComment(line)
	if text == "" {
		if !commented && r.value != nil {
			r.more = append(r.more, "")
		}
		return
	}
	depth := indent(line)
	if r.value != nil && depth > r.indent {
		r.more = append(r.more, text)
		r.value.Commented = r.value.Commented || commented
		return
	}
	r.indent = depth
	switch name, after, ok := header(text); {
	case ok:
		r.end()
		r.section = r.set.open(name, r.file, number)
		if after != "" {
			r.set.remarks = append(r.set.remarks,
				Remark{File: r.file, Line: number, Section: name, Oddity: TextAfterHeader, Text: after})
		}
	case r.section == nil:
		r.fault(number, NoHeader, line)
	default:
		r.option(number, text, line)
		if r.value != nil {
			r.value.Commented = commented
		}
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
	r.end()
	if key == "" {
		r.fault(number, NoKey, line)
		return
	}
	r.value = r.newValue()
	*r.value = Value{Key: key, Text: TrimSpace(text[at+1:]), File: r.file, Line: number}
	r.section.set(r.value)
}

// newValue hands out one of the values that were made together.
func (r *reader) newValue() *Value {
	if len(r.room) == 0 {
		r.room = make([]Value, 64)
	}
	v := &r.room[0]
	r.room = r.room[1:]
	return v
}

func (r *reader) fault(number int, problem Problem, line string) {
	f := Fault{File: r.file, Line: number, Problem: problem, Source: strings.TrimSuffix(line, "\n")}
	if r.section != nil {
		f.Section = r.section.Name
	}
	r.faults = append(r.faults, f)
	r.raw = append(r.raw, line)
}

// end makes one text of the lines of the value that is over. Blank lines at
// its end go.
func (r *reader) end() {
	if len(r.more) > 0 {
		r.value.Text = strings.TrimRightFunc(r.value.Text+"\n"+strings.Join(r.more, "\n"), isSpace)
		r.more = r.more[:0]
	}
	r.value = nil
}
