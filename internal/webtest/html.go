// Package webtest reads the pages of the daemon for tests, as trees of elements.
package webtest

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// Node is an element of a page.
type Node struct {
	Tag      string
	Attrs    map[string]string
	Children []*Node
	parent   *Node
	text     strings.Builder // its own, and that of its children at their places
}

// Parse reads a page or a part of one; it is the root, which has no tag. What is
// not well-formed, but for what HTML leaves out, fails the test.
func Parse(t testing.TB, html string) *Node {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	root := &Node{}
	at := root
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("parse the page: %v\n%s", err, html)
		}
		switch token := token.(type) {
		case xml.StartElement:
			at = at.begin(token)
		case xml.EndElement:
			if at.Tag != token.Name.Local || at.parent == nil {
				t.Fatalf("</%s> ends <%s>", token.Name.Local, at.Tag)
			}
			at = at.parent
		case xml.CharData:
			for n := at; n != nil; n = n.parent {
				n.text.Write(token)
			}
		}
	}
	if at != root {
		t.Fatalf("<%s> is not closed", at.Tag)
	}
	return root
}

func (n *Node) begin(token xml.StartElement) *Node {
	child := &Node{Tag: token.Name.Local, Attrs: map[string]string{}, parent: n}
	for _, a := range token.Attr {
		child.Attrs[a.Name.Local] = a.Value
	}
	n.Children = append(n.Children, child)
	return child
}

// Text is the text in n, with single blanks for white space.
func (n *Node) Text() string { return strings.Join(strings.Fields(n.text.String()), " ") }

// Has tells whether n has a class.
func (n *Node) Has(class string) bool {
	for _, c := range strings.Fields(n.Attrs["class"]) {
		if c == class {
			return true
		}
	}
	return false
}

// All are the elements below n that match, in the order of the page. A pattern is
// a tag, such as "button", or with a class ("span.state"), an id ("#summary") or
// an attribute and its value ("button[name=only]"); parts may be left out.
func (n *Node) All(pattern string) []*Node {
	var found []*Node
	for _, child := range n.Children {
		if child.matches(pattern) {
			found = append(found, child)
		}
		found = append(found, child.All(pattern)...)
	}
	return found
}

// One is the only element that matches; none or several fail the test.
func (n *Node) One(t testing.TB, pattern string) *Node {
	t.Helper()
	found := n.All(pattern)
	if len(found) != 1 {
		t.Fatalf("the page has %d elements %s, want 1", len(found), pattern)
	}
	return found[0]
}

func (n *Node) matches(pattern string) bool {
	if rest, attribute, ok := strings.Cut(pattern, "["); ok {
		name, value, _ := strings.Cut(strings.TrimSuffix(attribute, "]"), "=")
		got, has := n.Attrs[name]
		return has && (value == "" || got == value) && (rest == "" || n.matches(rest))
	}
	if tag, id, ok := strings.Cut(pattern, "#"); ok {
		return n.Attrs["id"] == id && (tag == "" || n.Tag == tag)
	}
	tag, class, ok := strings.Cut(pattern, ".")
	return (tag == "" || n.Tag == tag) && (!ok || n.Has(class))
}
