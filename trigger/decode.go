package trigger

import (
	"encoding/json"
	"strings"
)

// Decode reads the JSON form, as Encode writes it:
//
//	{"trigger":"cron","hour":"5","timezone":"Europe/Berlin","jitter":"10s"}
//
// Values may also be numbers. Members of and, or stand in "triggers". What is
// not said has no default but UTC. Errors are of type *SyntaxError and point
// at the character.
func Decode(data []byte) (Trigger, error) {
	s, bad := decodeSpec("", string(data))
	if bad != nil {
		return nil, bad
	}
	return Defaults{}.build(s)
}

// decodeSpec reads one trigger, which is the value of option key.
func decodeSpec(key, text string) (spec, *SyntaxError) {
	p := jsonParser{key: key, text: text}
	s := p.object(0)
	p.blanks()
	if p.at < len(p.text) {
		p.fail("nothing is expected after the object")
	}
	return s, p.failed
}

// jsonParser reads the JSON of triggers: objects whose values are strings,
// numbers and, in "triggers", more of them. Stores decode a trigger for each
// job that they hand out, and encoding/json takes six times as long. After a
// failure it reads nothing more.
type jsonParser struct {
	key, text string // the option that text is the value of
	at        int
	failed    *SyntaxError
}

func (p *jsonParser) fail(problem string) {
	if p.failed == nil {
		p.failed = problemAt(p.text, p.at, "%s", problem)
	}
	p.at = len(p.text)
}

func (p *jsonParser) next() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *jsonParser) blanks() {
	for c := p.next(); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = p.next() {
		p.at++
	}
}

// accept skips blanks and then c if it comes next.
func (p *jsonParser) accept(c byte) bool {
	p.blanks()
	if p.next() != c || p.failed != nil {
		return false
	}
	p.at++
	return true
}

func (p *jsonParser) want(c byte) {
	if !p.accept(c) {
		p.fail(string(c) + " is expected here")
	}
}

// object reads one trigger.
func (p *jsonParser) object(depth int) (s spec) {
	p.want('{')
	if depth > maxNesting {
		p.fail("triggers stand too deep in one another")
	}
	s.source = source{key: p.key, text: p.text, begin: p.at}
	s.options = make([]given, 0, 6)
	for !p.accept('}') && p.failed == nil {
		p.blanks()
		start := p.at
		key := p.string()
		p.want(':')
		p.blanks()
		switch key {
		case "trigger":
			if s.kind != "" {
				p.at = start
				p.fail("trigger is given twice")
			}
			s.begin = p.at
			s.kind = p.string()
		case "triggers":
			s.parts = p.list(depth)
		default:
			s.options = append(s.options, given{Option{key, p.value()}, start})
		}
		if p.accept('}') || p.failed != nil {
			break
		}
		p.want(',')
		if p.blanks(); p.next() != '"' {
			p.fail("a name in quotes is expected here")
		}
	}
	s.end = max(p.at-1, 0)
	if s.kind == "" && p.failed == nil {
		p.at = s.end
		p.fail(`"trigger" is missing: ` + kindList())
	}
	return s
}

func (p *jsonParser) list(depth int) (all []spec) {
	p.want('[')
	for !p.accept(']') && p.failed == nil {
		all = append(all, p.object(depth+1))
		if p.accept(']') || p.failed != nil {
			break
		}
		p.want(',')
		if p.blanks(); p.next() != '{' {
			p.fail("{ is expected here")
		}
	}
	return all
}

// string reads a string; one without escapes is part of the text that is read.
func (p *jsonParser) string() string {
	p.blanks()
	start := p.at
	if p.next() != '"' {
		p.fail("a text in quotes is expected here")
		return ""
	}
	escaped := false
	for i := start + 1; i < len(p.text); i++ {
		switch c := p.text[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			p.at = i
			p.fail("a text has no such character")
			return ""
		case c == '"':
			p.at = i + 1
			if !escaped {
				return p.text[start+1 : i]
			}
			return p.unescape(start)
		}
	}
	p.fail("this text has no closing quote")
	return ""
}

func (p *jsonParser) unescape(start int) (value string) {
	if err := json.Unmarshal([]byte(p.text[start:p.at]), &value); err != nil {
		p.at = start
		p.fail(err.Error())
	}
	return value
}

// value reads a string or a number, or null, which is no value.
func (p *jsonParser) value() string {
	if p.next() == '"' {
		return p.string()
	}
	start := p.at
	for c := p.next(); c != 0 && strings.IndexByte("+-.0123456789eE", c) >= 0; c = p.next() {
		p.at++
	}
	word := p.text[start:p.at]
	if word == "" && strings.HasPrefix(p.text[start:], "null") {
		p.at += len("null")
		return ""
	}
	if !json.Valid([]byte(word)) {
		p.at = start
		p.fail("a text in quotes or a number is expected here")
	}
	return word
}
