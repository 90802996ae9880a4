package trigger

import (
	"fmt"
	"strings"
)

// problemAt is the error that something is wrong at a byte of text.
func problemAt(text string, at int, format string, args ...any) *SyntaxError {
	return &SyntaxError{Text: text, Offset: at, Problem: fmt.Sprintf(format, args...)}
}

// longestName is more letters than any known word has.
const longestName = 40

// nearest is the known word that is most like a mistyped one, "" if none is
// much like it.
func nearest(word string, known []string) string {
	if len(word) > 2*longestName {
		return ""
	}
	best, least := "", len(word)/3+2
	for _, k := range known {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be put in, left out, changed or swapped
// with their neighbour to make b of a (optimal string alignment).
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
