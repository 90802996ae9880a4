package supervise

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write docs/states.md anew")

func states() []State {
	return []State{Stopped, Starting, Running, Backoff, Stopping, Exited, Fatal, Unknown}
}

// Every pair of state and input has one edge or one reason to have none.
func TestTheTableIsComplete(t *testing.T) {
	type pair struct {
		from State
		on   input
	}
	said := make(map[pair][]string)
	for _, e := range edges() {
		said[pair{e.from, e.on}] = append(said[pair{e.from, e.on}], "edge to "+e.to.String())
	}
	for _, i := range ignored() {
		for _, s := range i.in {
			said[pair{s, i.on}] = append(said[pair{s, i.on}], "ignored: "+i.why)
		}
	}
	for _, from := range states() {
		for on := none + 1; on < inputCount; on++ {
			if n := len(said[pair{from, on}]); n != 1 {
				t.Errorf("%v on %q: %d entries, want one: %q", from, on, n, said[pair{from, on}])
			}
			delete(said, pair{from, on})
		}
	}
	for p, entries := range said {
		t.Errorf("%v on %q is no pair of state and input: %q", p.from, p.on, entries)
	}
}

// From the original's table: what may follow on what (spec of
// http://supervisord.org/subprocess.html, and UNKNOWN and EXITED as said there).
func TestEveryStateIsReachedFromWhereItMay(t *testing.T) {
	want := map[State][]State{
		Starting: {Stopped, Exited, Fatal, Backoff},
		Running:  {Starting},
		Backoff:  {Starting},
		Stopping: {Starting, Running, Stopping},
		Exited:   {Starting, Running},
		Fatal:    {Backoff},
		Stopped:  {Backoff, Exited, Stopping, Unknown},
		Unknown:  {Starting, Running, Stopping},
	}
	got := make(map[State][]State)
	seen := make(map[[2]State]bool)
	for _, e := range edges() {
		if way := [2]State{e.from, e.to}; !seen[way] {
			seen[way] = true
			got[e.to] = append(got[e.to], e.from)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states and where they are reached from (-want +got):\n%s", diff)
	}
}

func TestAnUnlistedPairPanics(t *testing.T) {
	defer func() {
		if got, want := fmt.Sprint(recover()), "supervise: no edge from RUNNING on none"; got != want {
			t.Errorf("panics with %q, want %q", got, want)
		}
	}()
	next(Running, none)
}

// The page in the documentation is generated: go test ./supervise -run Page -update
func TestTheDocumentedStatesPageIsCurrent(t *testing.T) {
	const path = "../docs/states.md"
	if *update {
		if err := os.WriteFile(path, []byte(statesPage()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(statesPage(), string(page)); diff != "" {
		t.Errorf("docs/states.md is not what the table says (run with -update):\n%s", diff)
	}
}

// statesPage is docs/states.md.
func statesPage() string {
	var b strings.Builder
	b.WriteString(`<!-- Generated from supervise/state.go by "go test ./supervise -run Page -update". -->
# The states of a process

The states, their numbers and their ways are Supervisor's. A process acts on one input at a time; what it does on the way
stands behind the slash. The diagram and the tables are printed from the table that the supervisor runs on.

` + "```mermaid\nstateDiagram-v2\n    [*] --> STOPPED\n")
	for _, e := range edges() {
		fmt.Fprintf(&b, "    %v --> %v: %v%s\n", e.from, e.to, e.on, doing(e, " / "))
	}
	b.WriteString("```\n\n| in | on | goes to | and does |\n|---|---|---|---|\n")
	for _, e := range edges() {
		to := e.to.String()
		if e.via != Stopped {
			to = e.via.String() + ", then " + to
		}
		fmt.Fprintf(&b, "| %v | %v | %s | %s |\n", e.from, e.on, to, doing(e, ""))
	}
	b.WriteString("\n## What is ignored\n\n| on | in | because |\n|---|---|---|\n")
	for _, i := range ignored() {
		names := make([]string, len(i.in))
		for n, s := range i.in {
			names[n] = s.String()
		}
		fmt.Fprintf(&b, "| %v | %s | %s |\n", i.on, strings.Join(names, " "), i.why)
	}
	return b.String()
}

// doing words the actions of an edge.
func doing(e edge, before string) string {
	switch {
	case e.do == nothing:
		return ""
	case e.then == nothing:
		return before + e.do.String()
	}
	return before + e.do.String() + ", " + e.then.String()
}

func BenchmarkEdge(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := next(Unknown, exitedOddly); !ok {
			b.Fatal("no edge")
		}
	}
}
