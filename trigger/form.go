package trigger

import (
	"slices"
	"strings"
)

// Parse reads the text form of a trigger, as String writes it:
//
//	date[2030-01-31T12:00:00Z]
//	interval[0:05:00, start_date='2030-01-01T00:00:00+01:00', timezone='Europe/Berlin', jitter='10s']
//	cron[hour='5', minute='*/20', timezone='Europe/Berlin']
//	crontab['30 2 * * *']
//	and[cron[day='last'], cron[day_of_week='mon-fri']]
//
// Inside the brackets stand triggers and options, with commas between. The
// quotes of a value may be left out where it has neither a comma nor a
// bracket, and the name where it is the first and the one that matters. What
// is not said has no default but UTC. Errors are of type *SyntaxError and point
// at the character.
func Parse(text string) (Trigger, error) {
	s, bad := parseSpec("", text)
	if bad != nil {
		return nil, bad
	}
	return Defaults{}.build(s)
}

// parseSpec reads one trigger, which is the value of option key.
func parseSpec(key, text string) (spec, *SyntaxError) {
	p := textParser{key: key, text: text}
	s, err := p.trigger(0)
	if err == nil {
		p.blanks()
		if p.at < len(text) {
			err = p.fail("nothing is expected after the closing bracket")
		}
	}
	return s, err
}

// parseList reads triggers with commas or blanks between them: the value of
// the option triggers.
func parseList(text string) ([]spec, *SyntaxError) {
	var all []spec
	p := textParser{key: "triggers", text: text}
	for {
		for p.blanks(); p.accept(','); p.blanks() {
		}
		if p.at == len(text) {
			return all, nil
		}
		s, err := p.trigger(0)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
}

// maxNesting is how deep triggers may stand in triggers.
const maxNesting = 16

// textParser reads the text form from left to right.
type textParser struct {
	key, text string // the option that text is the value of
	at        int
}

func (p *textParser) fail(problem string) *SyntaxError { return problemAt(p.text, p.at, "%s", problem) }

// next is the byte that comes next, 0 at the end.
func (p *textParser) next() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *textParser) accept(c byte) bool {
	if p.next() != c || c == 0 {
		return false
	}
	p.at++
	return true
}

func (p *textParser) blanks() {
	for p.accept(' ') {
	}
}

// name reads letters, digits and underscores.
func (p *textParser) name() string {
	start := p.at
	for c := p.next(); c == '_' || isAlphanumeric(c); c = p.next() {
		p.at++
	}
	return p.text[start:p.at]
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// trigger reads KIND[...].
func (p *textParser) trigger(depth int) (spec, *SyntaxError) {
	p.blanks()
	start := p.at
	s := spec{kind: p.name(), source: source{key: p.key, text: p.text, begin: start}}
	if !slices.Contains(kinds(), s.kind) {
		p.at = start
		return s, p.fail(noKind(s.kind))
	}
	if !p.accept('[') {
		return s, p.fail("[ is expected here, as in " + s.kind + "[...]")
	}
	if depth > maxNesting {
		return s, p.fail("triggers stand too deep in one another")
	}
	for first := true; ; first = false {
		p.blanks()
		s.end = p.at
		if first && p.accept(']') {
			return s, nil
		}
		if err := p.item(&s, first, depth); err != nil {
			return s, err
		}
		p.blanks()
		s.end = p.at
		if p.accept(']') {
			return s, nil
		}
		if !p.accept(',') {
			return s, p.fail(", or ] is expected here" + p.afterValue())
		}
	}
}

// item reads a trigger, an option or, at first, a value without a name.
func (p *textParser) item(s *spec, first bool, depth int) *SyntaxError {
	start := p.at
	name := p.name()
	switch {
	case name != "" && p.next() == '[':
		p.at = start
		part, err := p.trigger(depth + 1)
		s.parts = append(s.parts, part)
		return err
	case name != "" && p.equals():
		value, err := p.value()
		s.options = append(s.options, given{Option{name, value}, start})
		return err
	}
	p.at = start
	key := bareKey(s.kind)
	if !first || key == "" {
		return p.fail("an option such as jitter='10s' or a trigger is expected here; a value with a comma needs quotes")
	}
	value, err := p.bare()
	s.options = append(s.options, given{Option{key, value}, start})
	return err
}

// equals reads = and the blanks around it.
func (p *textParser) equals() bool {
	start := p.at
	p.blanks()
	if !p.accept('=') {
		p.at = start
		return false
	}
	p.blanks()
	return true
}

// afterValue is a hint when what follows a value without quotes ends it.
func (p *textParser) afterValue() string {
	if p.next() == '[' {
		return "; a value with a bracket or a comma needs quotes"
	}
	return ""
}

// bareKey is the option of a kind that needs no name.
func bareKey(kind string) string {
	switch kind {
	case "date":
		return "run_date"
	case "interval":
		return "every"
	case "crontab":
		return "crontab"
	}
	return ""
}

// value reads a value, with quotes or without.
func (p *textParser) value() (string, *SyntaxError) {
	quote := p.next()
	if quote != '\'' && quote != '"' {
		start := p.at
		for c := p.next(); c != 0 && c != ',' && c != ']' && c != '['; c = p.next() {
			p.at++
		}
		return strings.TrimRight(p.text[start:p.at], " "), nil
	}
	p.at++
	start := p.at
	length := strings.IndexByte(p.text[start:], quote)
	if length >= 0 && strings.IndexByte(p.text[start:start+length], '\\') < 0 {
		p.at += length + 1
		return p.text[start : start+length], nil
	}
	return p.escaped(quote)
}

// escaped reads the rest of a value with quotes and backslashes in it.
func (p *textParser) escaped(quote byte) (string, *SyntaxError) {
	start := p.at - 1
	var b strings.Builder
	for !p.accept(quote) {
		p.accept('\\')
		if p.at == len(p.text) {
			p.at = start
			return "", p.fail("this quote is not closed")
		}
		b.WriteByte(p.text[p.at])
		p.at++
	}
	return b.String(), nil
}

// bare reads a value without a name. One of an interval may have a comma in
// it: 2 days, 3:00:00.
func (p *textParser) bare() (string, *SyntaxError) {
	value, err := p.value()
	if err != nil || !strings.HasSuffix(value, " day") && !strings.HasSuffix(value, " days") || !p.accept(',') {
		return value, err
	}
	p.blanks()
	rest, err := p.value()
	return value + ", " + rest, err
}
