package ctl

import (
	"os"
	"slices"
	"strings"
)

// history is the lines that the user typed, oldest first. It is a
// term.History.
type history struct{ lines []string }

// maxHistory bounds what is kept in memory and in the file.
const maxHistory = 1000

// Add keeps an entry unless it is empty or the same as the last one.
func (h *history) Add(entry string) {
	if strings.TrimSpace(entry) == "" || len(h.lines) > 0 && h.lines[len(h.lines)-1] == entry {
		return
	}
	h.lines = append(h.lines, entry)
	if extra := len(h.lines) - maxHistory; extra > 0 {
		h.lines = slices.Delete(h.lines, 0, extra)
	}
}

// Len is how many lines there are.
func (h *history) Len() int { return len(h.lines) }

// At counts from the newest line, 0.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// load reads the lines of a file. A file that cannot be read is no history,
// as in Supervisor.
func (h *history) load(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimRight(line, "\r\n"); line != libeditHeader {
			h.Add(line)
		}
	}
}

// libeditHeader begins the file where Python's readline is libedit.
const libeditHeader = "_HiStOrY_V2_"

// save writes all lines. That it cannot is not worth a word, as in Supervisor.
func (h *history) save(path string) {
	var b strings.Builder
	for _, line := range h.lines {
		b.WriteString(line + "\n")
	}
	_ = os.WriteFile(path, []byte(b.String()), 0o600)
}
