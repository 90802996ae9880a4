package storetest

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func nodeCases() []testCase {
	return []testCase{
		{"nodes are listed with what they hold", listsNodes},
		{"a node that ended its lease is gone", forgetsWhoLeft},
		{"a node whose lease ran out is remembered for a day", remembersWhoFellSilent},
		{"a dead node has its runs until others take them over", countsRunsOfTheDead},
		{"a node that ends its lease with runs has them still", countsRunsOfWhoLeft},
	}
}

// nodes is who shares the store.
func (w *world) nodes() []job.Node {
	w.Helper()
	lister, ok := w.store.(job.NodeLister)
	if !ok {
		w.Skip("the store is no job.NodeLister")
	}
	nodes, err := lister.Nodes(w.ctx())
	if err != nil {
		w.Fatalf("Nodes: %v, want no error", err)
	}
	return nodes
}

// wantNodes compares the nodes but for the time of their leases.
func (w *world) wantNodes(what string, want ...job.Node) {
	w.Helper()
	got := w.nodes()
	for i := range got {
		got[i].Until = time.Time{}
	}
	w.want("the nodes "+what, want, got)
}

func listsNodes(w *world) {
	w.wantNodes("at first")
	p := w.beatFor("b", longLease, ahead)
	w.beat("a")
	_, r := w.begin("a", "x")
	w.begin("a", "y")
	w.wantNodes("with a lease", job.Node{Name: "a", Alive: true, Runs: 2}, job.Node{Name: "b", Alive: true})
	if until := job.Micro(p.Now.Add(longLease)); w.nodes()[1].Until.Sub(until).Abs() > time.Microsecond {
		w.Errorf("the lease of b is over at %v, want %v", w.nodes()[1].Until, until)
	}
	w.mustFinish(w.finished(r))
	w.wantNodes("after a run", job.Node{Name: "a", Alive: true, Runs: 1}, job.Node{Name: "b", Alive: true})
}

func forgetsWhoLeft(w *world) {
	w.beat("a", "b")
	w.beatFor("a", 0, 0)
	w.wantNodes("when one left", job.Node{Name: "b", Alive: true})
	w.beatFor("c", shortLease, ahead)
	w.pass(shortLease + time.Millisecond)
	w.claim("b")
	w.beatFor("c", 0, 0)
	w.wantNodes("when one left after its lease", job.Node{Name: "b", Alive: true})
}

func remembersWhoFellSilent(w *world) {
	w.beat("b")
	p := w.beatFor("a", shortLease, ahead)
	w.pass(shortLease + time.Millisecond)
	silent := []job.Node{{Name: "a"}, {Name: "b", Alive: true}}
	w.wantNodes("when one fell silent", silent...)
	w.claim("b")
	w.wantNodes("after a claim", silent...)
	if until := job.Micro(p.Now.Add(shortLease)); w.nodes()[0].Until.Sub(until).Abs() > time.Microsecond {
		w.Errorf("the lease of a was over at %v, want %v", w.nodes()[0].Until, until)
	}
	w.beat("a")
	w.claim("b")
	w.wantNodes("when it came back", job.Node{Name: "a", Alive: true}, job.Node{Name: "b", Alive: true})
	if w.place.Advance != nil { // else it takes as long as it says
		w.pass(longLease + job.RememberNodes - time.Second)
		w.wantNodes("within a day", job.Node{Name: "a"}, job.Node{Name: "b"})
		w.pass(2 * time.Second)
		w.wantNodes("after it")
	}
}

func countsRunsOfTheDead(w *world) {
	w.beatFor("a", shortLease, ahead)
	_, r := w.begin("a", "x")
	w.beat("b")
	w.pass(shortLease + time.Millisecond)
	w.wantNodes("when one is dead", job.Node{Name: "a", Runs: 1}, job.Node{Name: "b", Alive: true})
	w.want("the runs that are taken over", []string{r.ID}, takenIDs(w.claim("b").Runs))
	w.wantNodes("when its runs were taken over", job.Node{Name: "a"}, job.Node{Name: "b", Alive: true, Runs: 1})
}

func countsRunsOfWhoLeft(w *world) {
	w.beat("a", "b")
	w.begin("a", "x")
	w.beatFor("a", 0, 0)
	w.wantNodes("when one left its runs", job.Node{Name: "a", Runs: 1}, job.Node{Name: "b", Alive: true})
}
