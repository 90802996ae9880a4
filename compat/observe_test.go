package compat_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// observation is one thing seen of a side.
type observation struct{ where, text string }

// observations are what was seen of one side, in order.
type observations []observation

func (o *observations) add(where, text string) { *o = append(*o, observation{where, text}) }

// rpc records the answer of a method.
func (o *observations) rpc(i *instance, method string, params ...any) {
	where := "rpc " + method
	for _, p := range params {
		if s, ok := p.(string); ok {
			where += " " + s
		}
	}
	v, err := i.call(method, params...)
	o.add(i.mask(where), i.text(v, err))
}

// compare fails for every observation in which the two sides differ.
func compare(t *testing.T, original, ours observations) {
	t.Helper()
	for _, d := range differ(original, ours) {
		t.Error(d)
	}
}

// differ tells of every observation in which the two sides differ.
func differ(original, ours observations) (found []string) {
	if len(original) != len(ours) {
		found = append(found, fmt.Sprintf("the original showed %d things, ours %d", len(original), len(ours)))
	}
	for n := range min(len(original), len(ours)) {
		a, b := original[n], ours[n]
		if a.where != b.where {
			return append(found, fmt.Sprintf("observation %d is %q of the original, %q of ours", n, a.where, b.where))
		}
		want, got := agreed(a.where, a.text), agreed(b.where, b.text)
		if want != got {
			found = append(found, fmt.Sprintf("%s differs (-original +ours):\n%s", a.where,
				cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n"))))
		}
	}
	return found
}

// mainLog is the main log with the lines of each process together, since
// those of different processes come in no fixed order.
func (i *instance) mainLog(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(i.dir, "main.log"))
	if err != nil {
		t.Fatal(err)
	}
	return byProcess(i.mask(string(data)))
}

// byProcess puts the lines of each process of a main log together.
func byProcess(log string) string {
	lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
	about := regexp.MustCompile(`^[A-Z]{4} (?:spawned: '|spawnerr: |success: |exited: |gave up: |stopped: |killing '|waiting for )([^' ]+.*)`)
	subjectOf := func(line string) string {
		if m := about.FindStringSubmatch(line); m != nil {
			name, _, _ := strings.Cut(m[1], " ")
			if strings.Contains(line, "spawnerr: ") {
				name = m[1] // these lines do not name the process
			}
			return strings.TrimSuffix(name, "'")
		}
		return ""
	}
	sort.SliceStable(lines, func(a, b int) bool { return subjectOf(lines[a]) < subjectOf(lines[b]) })
	return strings.Join(slices.DeleteFunc(lines, byChance), "\n") + "\n"
}

// byChance are lines whose number depends on how fast the original looks: that
// a process which need not stay up did so before it ended, and whom a shutdown
// waits for, every three seconds of its own.
func byChance(line string) bool {
	return strings.HasSuffix(line, "up for > than 0 seconds (startsecs)") || strings.HasSuffix(line, " to die")
}

// files are the logs of children: name and content.
func (i *instance) files(t *testing.T) string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(i.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := i.mask(filepath.Base(path))
		switch name {
		case "main.log", "supervisord.conf", "terminal", "s.pid", "s.sock", "s.pid.children":
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil {
			all = append(all, name+": "+i.mask(string(data)))
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}
