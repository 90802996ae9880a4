package jobctl

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/width"
)

// tint is a colour of the terminal, as the number that switches to it.
type tint int

const (
	plain  tint = 0
	bold   tint = 1
	red    tint = 31
	green  tint = 32
	yellow tint = 33
	cyan   tint = 36
)

// paint colours text if the output shows colours.
func (c *console) paint(t tint, text string) string {
	if !c.Color || t == plain || text == "" {
		return text
	}
	return fmt.Sprintf("\x1b[%dm%s\x1b[0m", int(t), text)
}

// cell is one word of a table.
type cell struct {
	text string
	tint tint
}

func words(texts ...string) []cell {
	cells := make([]cell, len(texts))
	for i, text := range texts {
		cells[i].text = text
	}
	return cells
}

// table prints rows below their heads, two blanks between the columns. Columns
// in which no row has a word are left out.
func (c *console) table(heads []string, rows [][]cell) error {
	widths := make([]int, len(heads))
	for _, row := range rows {
		for i := range row {
			row[i].text = printable(row[i].text)
			if row[i].text != "" {
				widths[i] = max(widths[i], columns(row[i].text), len(heads[i]))
			}
		}
	}
	var b strings.Builder
	for _, row := range append([][]cell{words(heads...)}, rows...) {
		line, gap := "", 0
		for i, w := range row {
			if widths[i] == 0 {
				continue
			}
			if w.text != "" {
				line += strings.Repeat(" ", gap) + c.paint(w.tint, w.text)
				gap = 0
			}
			gap += widths[i] - columns(w.text) + 2
		}
		b.WriteString(line + "\n")
	}
	_, err := io.WriteString(c.Stdout, b.String())
	return err
}

// fact is one line of what is told about one thing.
type fact struct{ name, value string }

// facts prints values below each other, leaving out the empty ones. Further
// lines of a value stand below its first.
func (c *console) facts(list []fact) error {
	widest := 0
	for _, f := range list {
		if f.value != "" {
			widest = max(widest, len(f.name))
		}
	}
	for _, f := range list {
		if f.value == "" {
			continue
		}
		value := strings.ReplaceAll(strings.TrimRight(f.value, "\n"), "\n", "\n"+strings.Repeat(" ", widest+3))
		gap := strings.Repeat(" ", widest-len(f.name)+2)
		if _, err := fmt.Fprintf(c.Stdout, "%s%s%s\n", c.paint(bold, f.name+":"), gap, value); err != nil {
			return err
		}
	}
	return nil
}

// columns is how wide text is on a terminal: letters of East Asia take two
// columns, marks that are put on others none.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case width.LookupRune(r).Kind() == width.EastAsianWide, width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

// printable is text that somebody else has stored, so that it can do nothing to
// the terminal.
func printable(text string) string {
	for _, r := range text {
		if !strconv.IsPrint(r) {
			return strconv.Quote(text)
		}
	}
	return text
}

// printableLines is printable for text of several lines.
func printableLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = printable(strings.ReplaceAll(line, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// when is a time as a table shows it: relative to now or, with --utc, as it is.
// There is none: "-".
func (c *console) when(t *time.Time) string {
	switch {
	case t == nil || t.IsZero():
		return "-"
	case c.utc:
		return t.UTC().Format("2006-01-02 15:04:05Z")
	}
	return relative(t.Sub(c.Now()))
}

// exactly is a time to the millisecond; "" for none.
func (c *console) exactly(t *time.Time) string {
	switch {
	case t == nil || t.IsZero():
		return ""
	case c.utc:
		return t.UTC().Format("2006-01-02 15:04:05.999Z")
	}
	return t.In(c.Zone).Format("2006-01-02 15:04:05.999 MST") + " (" + relative(t.Sub(c.Now())) + ")"
}

// relative is a time that is d from now.
func relative(d time.Duration) string {
	text := about(d.Abs())
	switch {
	case text == "0s":
		return "now"
	case d < 0:
		return text + " ago"
	}
	return "in " + text
}

// about is d to the nearest second, minute, hour or day.
func about(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute-time.Second/2:
		return strconv.FormatInt(nearest(d, time.Second), 10) + "s"
	case d < time.Hour-time.Minute/2:
		return strconv.FormatInt(nearest(d, time.Minute), 10) + "m"
	case d < 2*day-time.Hour/2:
		return strconv.FormatInt(nearest(d, time.Hour), 10) + "h"
	}
	return strconv.FormatInt(nearest(d, day), 10) + "d"
}

func nearest(d, unit time.Duration) int64 { return int64(d.Round(unit) / unit) }

// lasting is how long something took.
func lasting(seconds float64) string {
	d := time.Duration(math.Round(seconds * float64(time.Second)))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
