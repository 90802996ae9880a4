package trigger

import (
	"fmt"
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

// Error names the option, quotes the text, points at the character, counted
// from 1, and says what is wrong with it.
func (e *SyntaxError) Error() string {
	var b strings.Builder
	if e.Key != "" {
		b.WriteString(e.Key + "=")
	}
	fmt.Fprintf(&b, "%q, character %d: %s", e.Text, utf8.RuneCountInString(e.Text[:e.Offset])+1, e.Problem)
	return b.String()
}
