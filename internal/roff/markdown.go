package roff

import "strings"

// Markdown writes a text in the part of Markdown that the documents of this
// project use: headings, paragraphs, lists and tables. The headings of the first
// level and comments are left out.
func (p *Page) Markdown(text string) {
	lines := strings.Split(text, "\n")
	for len(lines) > 0 {
		line := lines[0]
		switch {
		case strings.HasPrefix(line, "## "):
			p.Section(line[len("## "):])
		case strings.HasPrefix(line, "|"):
			lines = p.table(lines)
			continue
		case strings.HasPrefix(line, "- "):
			lines = p.item(lines)
			continue
		case strings.HasPrefix(line, "# "), strings.HasPrefix(line, "<!--"), line == "":
		default:
			lines = p.paragraph(lines)
			continue
		}
		lines = lines[1:]
	}
}

// paragraph writes the lines up to one that begins something else.
func (p *Page) paragraph(lines []string) (rest []string) {
	n := 1
	for n < len(lines) && lines[n] != "" && !begins(lines[n]) {
		n++
	}
	p.Text(strings.Join(lines[:n], "\n"))
	return lines[n:]
}

// begins reports whether a line ends the paragraph above it.
func begins(line string) bool {
	for _, mark := range []string{"|", "- ", "# ", "## "} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// item writes an item of a list, with the lines that go on with it.
func (p *Page) item(lines []string) (rest []string) {
	text, n := lines[0][len("- "):], 1
	for n < len(lines) && strings.HasPrefix(lines[n], "  ") {
		text += " " + strings.TrimSpace(lines[n])
		n++
	}
	p.Item(text)
	return lines[n:]
}

// table writes each row as a term, made of all cells but the last, and what the
// last one says.
func (p *Page) table(lines []string) (rest []string) {
	n := 0
	for ; n < len(lines) && strings.HasPrefix(lines[n], "|"); n++ {
		cells := cellsOf(lines[n])
		if n < 2 || len(cells) < 2 { // the head and the line below it
			continue
		}
		p.Term(strings.ReplaceAll(strings.Join(cells[:len(cells)-1], ": "), "`", ""), cells[len(cells)-1])
	}
	return lines[n:]
}

// cellsOf splits a row of a table; \| is a character of a cell.
func cellsOf(row string) []string {
	const pipe = "\x00"
	cells := strings.Split(strings.Trim(strings.ReplaceAll(row, `\|`, pipe), "| "), " | ")
	for i := range cells {
		cells[i] = strings.ReplaceAll(strings.TrimSpace(cells[i]), pipe, "|")
	}
	return cells
}
