package xmlrpc

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep elements may nest. One array or struct within
// another costs three to four levels.
const maxDepth = 256

// maxHint bounds the room that a struct gets in advance.
const maxHint = 32

// DecodeCall reads a methodCall. Depth is bounded; malformed input is an
// error, never a panic, and time and memory grow with len(body) only. Missing
// params mean none; a missing or empty method name is ErrNoMethod. Strings in
// the answer share one copy of body.
func DecodeCall(body []byte) (Call, error) {
	doc, err := decode(body)
	if err != nil {
		return Call{}, err
	}
	if doc.method == "" {
		return Call{}, ErrNoMethod
	}
	return Call{Method: doc.method, Params: doc.params}, nil
}

// DecodeResponse reads a methodResponse: its value, or a *Fault as the error.
// The bounds of DecodeCall hold.
func DecodeResponse(body []byte) (any, error) {
	doc, err := decode(body)
	if err != nil {
		return nil, err
	}
	if doc.hasFault {
		return nil, asFault(doc.fault)
	}
	if len(doc.params) != 1 {
		return nil, &SyntaxError{What: fmt.Sprintf("%d values instead of one", len(doc.params))}
	}
	return doc.params[0], nil
}

func asFault(v any) error {
	members, ok := v.(Struct)
	if !ok {
		return &SyntaxError{What: fmt.Sprintf("a fault of type %T", v)}
	}
	code, _ := members.Get("faultCode")
	text, _ := members.Get("faultString")
	n, isInt := code.(int)
	s, isString := text.(string)
	if !isInt || !isString {
		return &SyntaxError{What: "a fault without code or text"}
	}
	return &Fault{Code: n, String: s}
}

// document is what any document of XML-RPC may hold. As in Supervisor's own
// reader the elements count wherever they stand, and the last one wins.
type document struct {
	method   string
	params   []any
	fault    any
	hasFault bool
}

func decode(body []byte) (document, error) {
	var doc document
	d := decoder{scanner: scanner{src: strings.TrimPrefix(string(body), "\uFEFF")}}
	if !utf8.ValidString(d.src) {
		return doc, d.fail("the document is not UTF-8")
	}
	if err := d.outside(); err != nil {
		return doc, err
	}
	root, err := d.tag()
	if err != nil {
		return doc, err
	}
	if root.end {
		return doc, d.fail("the document starts with an end tag")
	}
	if err := d.walk(root, &doc); err != nil {
		return doc, err
	}
	if err := d.outside(); err != nil {
		return doc, err
	}
	if d.pos < len(d.src) {
		return doc, d.fail("something follows the document")
	}
	return doc, nil
}

// decoder builds values out of elements. Each method that takes a start tag
// reads up to and over the end tag that belongs to it.
type decoder struct {
	scanner
	depth   int
	members int // of the last struct: the next one is often its like
}

// outside passes over what may stand before and after the outermost element.
func (d *decoder) outside() error {
	text, err := d.text()
	if err == nil && strings.TrimSpace(text) != "" {
		err = d.fail("text outside of the document")
	}
	return err
}

// next reads on to the next child of parent: its own text up to there and the
// child's start tag. ok is false when parent has ended instead.
func (d *decoder) next(parent tag) (text string, child tag, ok bool, err error) {
	if parent.empty {
		return "", tag{}, false, nil
	}
	if text, err = d.text(); err != nil {
		return "", tag{}, false, err
	}
	if d.endOf(parent.name) {
		return text, tag{}, false, nil
	}
	t, err := d.tag()
	if err != nil {
		return "", tag{}, false, err
	}
	if t.end && t.name != parent.name {
		return "", tag{}, false, d.fail("</" + t.name + "> ends <" + parent.name + ">")
	}
	return text, t, !t.end, nil
}

func (d *decoder) enter() error {
	if d.depth++; d.depth > maxDepth {
		return d.fail("elements nest too deep")
	}
	return nil
}

// walk looks for the elements of doc at and below t.
func (d *decoder) walk(t tag, doc *document) (err error) {
	if err := d.enter(); err != nil {
		return err
	}
	defer func() { d.depth-- }()
	switch t.name {
	case "methodName":
		doc.method, err = d.ownText(t)
		return err
	case "params":
		doc.params, err = d.list(t)
		return err
	case "fault":
		doc.fault, err = d.first(t)
		doc.hasFault = true
		return err
	}
	for {
		_, child, ok, err := d.next(t)
		if err != nil || !ok {
			return err
		}
		if err := d.walk(child, doc); err != nil {
			return err
		}
	}
}

// data is the value that the element t stands for.
func (d *decoder) data(t tag) (v any, err error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	switch t.name {
	case "value":
		v, err = d.value(t)
	case "struct":
		v, err = d.structure(t)
	case "array", "param":
		v, err = d.first(t)
	case "data":
		v, err = d.list(t)
	default:
		v, err = d.scalar(t)
	}
	d.depth--
	return v, err
}

// value is the first child's value, or the text of an element without one.
func (d *decoder) value(t tag) (any, error) {
	text, child, ok, err := d.next(t)
	if err != nil {
		return nil, err
	}
	if !ok {
		return text, nil
	}
	v, err := d.data(child)
	if err != nil {
		return nil, err
	}
	return v, d.skipRest(t)
}

// first is the value of the first child, which must be there.
func (d *decoder) first(t tag) (any, error) {
	_, child, ok, err := d.next(t)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, d.fail("<" + t.name + "> is empty")
	}
	v, err := d.data(child)
	if err != nil {
		return nil, err
	}
	return v, d.skipRest(t)
}

// list is the values of all children.
func (d *decoder) list(t tag) ([]any, error) {
	list := []any{}
	for {
		_, child, ok, err := d.next(t)
		if err != nil || !ok {
			return list, err
		}
		v, err := d.data(child)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
}

func (d *decoder) structure(t tag) (Struct, error) {
	s := make(Struct, 0, min(d.members, maxHint))
	if t.empty {
		return s, nil
	}
	d.blanks()
	for {
		if m, ok := d.canonical(); ok {
			s = append(s, m)
			continue
		}
		_, child, ok, err := d.next(t)
		if err != nil {
			return nil, err
		}
		if !ok {
			d.members = len(s)
			return s, nil
		}
		m, err := d.member(child)
		if err != nil {
			return nil, err
		}
		s = append(s, m)
	}
}

// member takes the first child as the name and the second as the value,
// whatever they are called.
func (d *decoder) member(t tag) (m Member, err error) {
	_, name, ok, err := d.next(t)
	if err == nil && ok {
		m.Name, err = d.ownText(name)
	}
	if err != nil || !ok {
		return m, d.unless(err, "a member without a name")
	}
	_, value, ok, err := d.next(t)
	if err == nil && ok {
		m.Value, err = d.data(value)
	}
	if err != nil || !ok {
		return m, d.unless(err, "a member without a value")
	}
	return m, d.skipRest(t)
}

// unless is err, or an error that says what when there is none yet.
func (d *decoder) unless(err error, what string) error {
	if err != nil {
		return err
	}
	return d.fail(what)
}

// ownText is the text of t before its first child.
func (d *decoder) ownText(t tag) (string, error) {
	text, child, ok, err := d.next(t)
	if err != nil || !ok {
		return text, err
	}
	if err := d.skip(child); err != nil {
		return "", err
	}
	return text, d.skipRest(t)
}

// skip passes over t and all that is in it.
func (d *decoder) skip(t tag) error {
	if err := d.enter(); err != nil {
		return err
	}
	err := d.skipRest(t)
	d.depth--
	return err
}

// skipRest passes over the children of t that have not been read.
func (d *decoder) skipRest(t tag) error {
	for {
		_, child, ok, err := d.next(t)
		if err != nil || !ok {
			return err
		}
		if err := d.skip(child); err != nil {
			return err
		}
	}
}
