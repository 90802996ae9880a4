package trigger

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// SyntaxError is a text that could not be read, with the place where reading
// stopped.
type SyntaxError struct {
	// Key is the option that Text is the value of: a field such as "minute",
	// or "crontab"; "" for a whole trigger.
	Key string
	// Text is what was read, and Offset the byte in it at which the trouble
	// begins; it is len(Text) when something is missing at the end.
	Text   string
	Offset int
	// Problem says what is wrong and what would be right.
	Problem string
}

// Error is one line that names the option, quotes the text, points at the
// character, counted from 1, and says what is wrong with it. Of a long text it
// quotes what stands around that character.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	if e.Key != "" {
		b.WriteString(e.Key + "=")
	}
	fmt.Fprintf(&b, "%s, character %d: %s", e.quoted(), utf8.RuneCountInString(e.Text[:e.Offset])+1, e.Problem)
	return b.String()
}

// quotedLength is how many bytes of a text Error quotes before and after the
// place of the trouble.
const quotedLength = 100

func (e *SyntaxError) quoted() string {
	begin, end := 0, len(e.Text)
	if e.Offset > quotedLength {
		for begin = e.Offset - quotedLength; begin < e.Offset && !utf8.RuneStart(e.Text[begin]); begin++ {
		}
	}
	if end-e.Offset > quotedLength {
		for end = e.Offset + quotedLength; end > e.Offset && !utf8.RuneStart(e.Text[end]); end-- {
		}
	}
	quoted := strconv.Quote(e.Text[begin:end])
	if begin > 0 {
		quoted = "..." + quoted
	}
	if end < len(e.Text) {
		quoted += "..."
	}
	return quoted
}
