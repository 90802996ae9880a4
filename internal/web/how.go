package web

import (
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
)

// how says in the words of a language how a child ended, or why it could not be
// started (supervise.StateChanged.How). What is in no form that is known here stays
// as it is.
func how(w *lang.Words, text string) string {
	rest, early := strings.CutSuffix(text, ", before startsecs were over")
	said := howOf(w, rest)
	if early {
		return w.T("how.early", said)
	}
	return said
}

func howOf(w *lang.Words, text string) string {
	for _, form := range []struct{ before, after, key string }{
		{"exit status ", "", "how.status"},
		{"terminated by ", " (core dumped)", "how.core"},
		{"terminated by ", "", "how.signal"},
		{"can't find command '", "'", "how.no-file"},
		{"command at '", "' is not executable", "how.not-executable"},
		{"command at '", "' is a directory", "how.directory"},
	} {
		rest, begins := strings.CutPrefix(text, form.before)
		about, ends := strings.CutSuffix(rest, form.after)
		if begins && ends {
			return w.T(form.key, about)
		}
	}
	return text
}
