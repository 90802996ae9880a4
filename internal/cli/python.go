package cli

import (
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// pyList shows words as Python shows a list of strings.
func pyList(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = ini.Repr(word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
