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

// path is the file of a run's slice: a directory for the job, in which each
// run has a name of its own. The ID of the run can be read off it (runOf).
func (l *Logs) path(run string) string {
	job, rest := split(run)
	elements := []string{l.dir}
	name := escape(job)
	for len(name) > chunk {
		elements = append(elements, name[:chunk]+more)
		name = name[chunk:]
	}
	return filepath.Join(append(elements, name, escape(rest)+extension)...)
}

// split takes the ID of a run apart: that of the job, and what follows it.
func split(run string) (job, rest string) {
	at := strings.LastIndexAny(run, "@~")
	if at < 0 {
		return run, ""
	}
	return run[:at], run[at:]
}

// runOf is the ID of the run whose slice stands at a path relative to the
// directory; ok is false for other files.
func runOf(path string) (run string, ok bool) {
	dir, name := filepath.Split(path)
	name, ok = strings.CutSuffix(name, extension)
	if !ok || dir == "" {
		return "", false
	}
	var job strings.Builder
	elements := strings.Split(filepath.Clean(dir), string(filepath.Separator))
	for i, e := range elements {
		head, goesOn := strings.CutSuffix(e, more)
		if goesOn != (i < len(elements)-1) {
			return "", false
		}
		job.WriteString(head)
	}
	id, err := unescape(job.String())
	if err != nil {
		return "", false
	}
	rest, err := unescape(name)
	return id + rest, err == nil
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
