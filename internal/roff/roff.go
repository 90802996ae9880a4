// Package roff writes manual pages, with the macros of man(7) that groff and
// mandoc both know. Texts come in as people write them in this project: with
// `code`, **strong**, *stressed* and [links](target).
package roff

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Header is what stands at the head of a page.
type Header struct {
	Name    string // such as watchkeeper-check
	Section int    // of the manual
	About   string // one line: what it does
	Date    time.Time
	Source  string // such as the version
}

// Page is one page under way.
type Page struct{ b strings.Builder }

// New begins a page.
func New(h Header) *Page {
	p := &Page{}
	p.line(`.TH "%s" "%d" "%s" "%s"`, escape(strings.ToUpper(h.Name)), h.Section, h.Date.UTC().Format(time.DateOnly), escape(h.Source))
	p.line(".nh") // hyphens would be taken for part of a word
	p.line(".ad l")
	p.line(".SH NAME")
	p.line(`%s \- %s`, escape(h.Name), escape(lowerFirst(h.About)))
	return p
}

// String is the page as far as it is written.
func (p *Page) String() string { return p.b.String() }

// Section begins a section.
func (p *Page) Section(title string) { p.line(".SH %s", heading(title)) }

// Part begins a part of a section.
func (p *Page) Part(title string) { p.line(".SS %s", heading(title)) }

// Text writes paragraphs, which empty lines separate. Lines that are indented
// by four blanks are shown as they are.
func (p *Page) Text(text string) {
	for i, block := range blocks(text) {
		if i > 0 || p.afterTerm() {
			p.line(".PP")
		}
		p.block(block)
	}
}

// Term writes something and what it means.
func (p *Page) Term(term, meaning string) {
	p.line(".TP")
	p.line(`\fB%s\fR`, escape(term))
	for i, block := range blocks(meaning) {
		if i > 0 {
			p.line(".IP")
		}
		p.block(block)
	}
}

// Shown marks text as one that Text and Term show as it is.
func Shown(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = indent + expandTabs(line)
	}
	return strings.Join(lines, "\n")
}

// Item writes an item of a list.
func (p *Page) Item(text string) {
	p.line(`.IP \(bu 2`)
	p.line("%s", inline(text))
}

// Synopsis writes the usage of a command, one way a line.
func (p *Page) Synopsis(lines ...string) {
	p.Section("SYNOPSIS")
	p.verbatim(lines)
}

func (p *Page) line(format string, args ...any) {
	fmt.Fprintf(&p.b, format, args...)
	p.b.WriteByte('\n')
}

// afterTerm: what follows a term or an item belongs to it, unless a paragraph begins.
func (p *Page) afterTerm() bool {
	text := p.b.String()
	return strings.LastIndex(text, "\n.TP") > strings.LastIndex(text, "\n.S") ||
		strings.LastIndex(text, "\n.IP") > strings.LastIndex(text, "\n.S")
}

func (p *Page) block(lines []string) {
	if strings.HasPrefix(lines[0], indent) {
		for i := range lines {
			lines[i] = strings.TrimPrefix(lines[i], indent)
		}
		p.line(".RS 4")
		p.verbatim(lines)
		p.line(".RE")
		return
	}
	p.line("%s", inline(strings.Join(lines, " ")))
}

func (p *Page) verbatim(lines []string) {
	p.line(".nf")
	for _, line := range lines {
		p.line("%s", first(escape(line)))
	}
	p.line(".fi")
}

// indent is what makes a line one that is shown as it is.
const indent = "    "

// blocks are the paragraphs of text, as lines without the line ends.
func blocks(text string) [][]string {
	var all [][]string
	var block []string
	for line := range strings.SplitSeq(text+"\n", "\n") {
		line = expandTabs(line)
		shown := strings.HasPrefix(line, indent)
		if len(block) > 0 && (line == "" || shown != strings.HasPrefix(block[0], indent)) {
			all, block = append(all, block), nil
		}
		if strings.TrimSpace(line) != "" {
			block = append(block, strings.TrimRight(line, " "))
		}
	}
	return all
}

// expandTabs puts blanks for tabs, as a terminal shows them.
func expandTabs(line string) string {
	const stop = 8
	var b strings.Builder
	for _, r := range line {
		if r != '\t' {
			b.WriteRune(r)
			continue
		}
		b.WriteString(strings.Repeat(" ", stop-utf8.RuneCountInString(b.String())%stop))
	}
	return b.String()
}

func lowerFirst(s string) string {
	if len(s) > 1 && s[1] >= 'a' && s[1] <= 'z' {
		return strings.ToLower(s[:1]) + s[1:]
	}
	return s
}

// heading is the argument of a macro that begins a section.
func heading(title string) string {
	return `"` + escape(title) + `"`
}
