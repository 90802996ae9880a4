package cli

import (
	"fmt"
	"strings"
)

// pyRepr quotes s as Python's repr does: single quotes, unless only they
// would need escaping. Supervisor's error texts show values that way.
func pyRepr(s string) string {
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	var b strings.Builder
	b.WriteByte(quote)
	for _, r := range s {
		switch {
		case r == '\\' || r == rune(quote):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte(quote)
	return b.String()
}

// pyList shows words as Python shows a list of strings.
func pyList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = pyRepr(word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
