package compat_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// number reads an environment variable.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// seeds are those of one run: printed, so that it can be had again.
func seeds(t *testing.T, count uint64) (first, n uint64) {
	t.Helper()
	first = number(t, "COMPAT_SEED", uint64(time.Now().Unix()))
	n = number(t, "COMPAT_COUNT", count)
	t.Logf("COMPAT_SEED=%d COMPAT_COUNT=%d", first, n)
	return first, n
}

// tries is how often a seed is played before it counts as a difference. What
// the original does by chance, such as which of two events it looks at first,
// does not come again; a difference does.
const tries = 3

// chance is how many in a hundred seeds may need more than one try. The
// original's chances are rarer; more of them would be a race of ours.
const chance = 3

// agree plays seeds on both sides, for a side by observe, which also returns
// the configuration, and fails for each seed in which they differ each time.
func agree(t *testing.T, count uint64, both [2]subject, observe func(t *testing.T, side int, seed uint64) (observations, string)) {
	t.Helper()
	first, n := seeds(t, count)
	var again atomic.Int64
	t.Cleanup(func() {
		if allowed := max(2, int64(n)*chance/100); again.Load() > allowed {
			t.Errorf("%d of %d seeds differed at first and then did not, at most %d may", again.Load(), n, allowed)
		}
	})
	for seed := first; seed < first+n; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			for try := 1; ; try++ {
				var saw [2]observations
				var text string
				for side, s := range both {
					t.Run(s.name, func(t *testing.T) { saw[side], text = observe(t, side, seed) })
				}
				found := differ(saw[0], saw[1])
				if len(found) == 0 {
					return
				}
				t.Logf("try %d of %d:\n%s", try, tries, strings.Join(found, "\n"))
				if try == 1 {
					again.Add(1)
				}
				if t.Failed() || try == tries {
					t.Fatalf("both differ each time with\n%s", text)
				}
			}
		})
	}
}

// TestConfigurations starts both on generated files whose programs do not
// run, and compares what they understood and how they answer.
func TestConfigurations(t *testing.T) {
	both := subjects(t)
	agree(t, 440, both, func(t *testing.T, side int, seed uint64) (observations, string) {
		return understood(t, both[side], seed)
	})
}

func understood(t *testing.T, s subject, seed uint64) (saw observations, text string) {
	dir := dirOf(t)
	g := newGenerator(seed)
	made := g.configuration(dir, false)
	write(t, dir, made.text)
	i, err := s.start(t, dir)
	if err != nil {
		saw.add("start", "fails: "+(&instance{dir: dir}).mask(err.Error()))
		return saw, made.text
	}
	defer i.stop(t)
	saw.rpc(i, "supervisor.getAllConfigInfo")
	saw.rpc(i, "supervisor.getAllProcessInfo")
	saw.rpc(i, "supervisor.getIdentification")
	for _, p := range made.programs {
		for _, name := range []string{p.name, p.name + ":*", "team:" + p.name} {
			saw.rpc(i, "supervisor.getProcessInfo", name)
			saw.rpc(i, "supervisor.stopProcess", name)
		}
	}
	changed := g.configuration(dir, false)
	write(t, dir, changed.text)
	saw.rpc(i, "supervisor.reloadConfig")
	saw.rpc(i, "supervisor.getAllConfigInfo")
	for _, group := range append(made.groups, changed.groups...) {
		saw.rpc(i, "supervisor.removeProcessGroup", group)
		saw.rpc(i, "supervisor.addProcessGroup", group)
		saw.rpc(i, "supervisor.addProcessGroup", group)
	}
	saw.rpc(i, "supervisor.getAllProcessInfo")
	write(t, dir, g.spoiled(dir))
	saw.rpc(i, "supervisor.reloadConfig")
	saw.add("main log", i.mainLog(t))
	return saw, made.text + "\n# ---- changed to\n" + changed.text
}

// TestFaultyConfigurations starts both on files with one fault in them: both
// must refuse, ours with the original's line first.
func TestFaultyConfigurations(t *testing.T) {
	both := subjects(t)
	agree(t, 40, both, func(t *testing.T, side int, seed uint64) (observations, string) {
		return refused(t, both[side], seed)
	})
}

func refused(t *testing.T, s subject, seed uint64) (saw observations, text string) {
	dir := dirOf(t)
	text = newGenerator(seed).spoiled(dir)
	write(t, dir, text)
	i, err := s.start(t, dir)
	if err != nil {
		saw.add("start", "fails: "+(&instance{dir: dir}).mask(err.Error()))
		return saw, text
	}
	saw.add("start", "starts")
	i.stop(t)
	return saw, text
}

// workDir is a directory that lives as long as the test. Its path is short,
// since that of a unix socket has little room.
func workDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(os.Getenv(rootVariable), "")
	if err != nil {
		t.Fatal(err)
	}
	removeWith(t, dir)
	return dir
}

// dirOf is a workDir for one side after the other, each in a test with the
// side's name: both have the same path, which programs print and answers cut
// anywhere.
func dirOf(t *testing.T) string {
	t.Helper()
	name := strings.ReplaceAll(path.Dir(t.Name()), "/", "-")
	dir := filepath.Join(os.Getenv(rootVariable), name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	removeWith(t, dir)
	return dir
}

func removeWith(t *testing.T, dir string) {
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
}

func write(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
