package simulation_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestReplay plays seeds, plays every fourth again, and replays their printed
// traces: all are the same. SIMULATION_REPLAY names a file with what a test printed, whose
// trace is replayed instead.
func TestReplay(t *testing.T) {
	if file := os.Getenv("SIMULATION_REPLAY"); file != "" {
		replayFile(t, file)
		return
	}
	eachSeed(t, 1, 12, func(t *testing.T, seed uint64) {
		first, _ := simulate(t, seed, nil)
		if seed%4 == 1 {
			second, _ := simulate(t, seed, nil)
			wantSame(t, second, first)
		}
		printed := fmt.Sprintf("=== RUN\n    file.go:1: %s\n--- FAIL", strings.ReplaceAll(first.String(), "\n", "\n        "))
		wantSame(t, replay(t, printed), first)
	})
}

// TestReplayDeparts spoils traces and sees that their replay says where.
func TestReplayDeparts(t *testing.T) {
	const seed = 3
	happened, _ := simulate(t, seed, nil)
	good := happened.lines[1:]
	at := slices.IndexFunc(good, func(line string) bool { return strings.Contains(line, " Commit #2 ") })
	for name, script := range map[string][]string{
		"of one line less":   slices.Delete(slices.Clone(good), at, at+1),
		"of one line more":   slices.Insert(slices.Clone(good), at, good[at]),
		"of another call":    slices.Replace(slices.Clone(good), at, at+1, strings.Replace(good[at], "Commit", "Prune", 1)),
		"that ends early":    good[:at],
		"that goes on after": append(slices.Clone(good), good[at]),
	} {
		replayed, _ := simulate(t, seed, script)
		if replayed.departed == nil {
			t.Errorf("a trace %s is replayed as if it were whole", name)
		}
	}
}

func replayFile(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%v", replay(t, string(text)))
}

// replay replays the trace in a text to its end.
func replay(t *testing.T, text string) *trace {
	t.Helper()
	seed, script, err := readTrace(text)
	if err != nil {
		t.Fatal(err)
	}
	happened, v := simulate(t, seed, script)
	if happened.departed != nil {
		t.Fatal(happened.departed)
	}
	check(t, happened, v)
	return happened
}

// wantSame compares two traces.
func wantSame(t *testing.T, got, want *trace) {
	t.Helper()
	for i, line := range want.lines {
		if i == len(got.lines) || got.lines[i] != line {
			t.Fatalf("%s: line %d is %q first, and %q then", want.lines[0], i+1, line, got.lines[min(i, len(got.lines)-1)])
		}
	}
	if len(got.lines) > len(want.lines) {
		t.Fatalf("%s: it is longer when it is played again", want.lines[0])
	}
}
