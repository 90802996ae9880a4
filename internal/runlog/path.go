package runlog

import (
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

// extension is that of a slice; its older part has backup behind it.
const (
	extension = ".log"
	backup    = ".1"
)

// chunk is how much of a job's ID stands in the name of one directory.
const chunk = 200

// more ends the name of a directory that does not end the ID.
const more = "+"

// Run names a run: those of several stores may have one ID.
type Run struct {
	Store string // as its scheduler calls it
	ID    string
}

// path is the file of a run's slice: below a directory for the store one for the
// job, in which each run has a name of its own. The run can be read off it (runOf).
func (l *Logs) path(r Run) string {
	job, rest := split(r.ID)
	elements := append(append([]string{l.dir}, directories(r.Store)...), directories(job)...)
	return filepath.Join(append(elements, escape(rest)+extension)...)
}

// directories are the names of directories, one in the other, for a text.
func directories(text string) (names []string) {
	name := escape(text)
	for len(name) > chunk {
		names = append(names, name[:chunk]+more)
		name = name[chunk:]
	}
	return append(names, name)
}

// textOf is the text that the first of the names stand for, and those that follow.
func textOf(names []string) (text string, rest []string, ok bool) {
	var whole strings.Builder
	for i, name := range names {
		head, goesOn := strings.CutSuffix(name, more)
		whole.WriteString(head)
		if goesOn {
			continue
		}
		text, err := unescape(whole.String())
		return text, names[i+1:], err == nil
	}
	return "", nil, false
}

// split takes the ID of a run apart: that of the job, and what follows it.
func split(run string) (job, rest string) {
	at := strings.LastIndexAny(run, "@~")
	if at < 0 {
		return run, ""
	}
	return run[:at], run[at:]
}

// runOf is the run whose slice stands at a path relative to the directory; ok is
// false for other files.
func runOf(path string) (r Run, ok bool) {
	dir, name := filepath.Split(path)
	name, ok = strings.CutSuffix(name, extension)
	if !ok || dir == "" {
		return Run{}, false
	}
	names := strings.Split(filepath.Clean(dir), string(filepath.Separator))
	store, names, ok := textOf(names)
	if !ok {
		return Run{}, false
	}
	job, names, ok := textOf(names)
	if !ok || len(names) > 0 {
		return Run{}, false
	}
	rest, err := unescape(name)
	return Run{store, job + rest}, err == nil
}

// empty stands for an empty name.
const empty = "%"

// escape makes a name of a file of any text: what is no letter, digit, "-",
// "_", "@", "~" or a "." in the middle becomes %XX.
func escape(s string) string {
	if s == "" {
		return empty
	}
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			c == '-', c == '_', c == '@', c == '~', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescape(s string) (string, error) {
	if s == empty {
		return "", nil
	}
	return url.PathUnescape(s)
}
