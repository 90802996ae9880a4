package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func watchCases() []testCase {
	return []testCase{
		{"what others do wakes up", wakesUp},
		{"so does a job behind one that is not wanted", wakesUpBehindOthers},
		{"the channel ends with its context", watchEnds},
	}
}

// watching is a channel of a second handle that has shown that it works.
func (w *world) watching() <-chan struct{} {
	w.Helper()
	watcher, ok := w.open().(job.Watcher)
	if !ok {
		w.Skip("the store is no Watcher")
	}
	c := watcher.Watch(w.ctx())
	n := 0
	w.eventually("a value of a new Watch", func() bool {
		n++
		w.addDue(fmt.Sprint("warm up ", n))
		select {
		case <-c:
			return true
		case <-time.After(100 * time.Millisecond):
			return false
		}
	})
	w.beat("a")
	w.settle("a")
	w.quiet(c)
	return c
}

// settle moves all that is due far away.
func (w *world) settle(node string) {
	w.Helper()
	for _, d := range w.claim(node).Jobs {
		w.mustCommit(node, w.advance(d.Job))
	}
}

// quiet takes values until there are none for a while.
func (w *world) quiet(c <-chan struct{}) {
	w.Helper()
	for {
		select {
		case _, ok := <-c:
			if !ok {
				w.Fatal("the channel of Watch was closed, want it open")
			}
		case <-time.After(150 * time.Millisecond):
			return
		}
	}
}

func wakesUp(w *world) {
	c := w.watching()
	var j job.Job
	var r job.Run
	must := func(err error) {
		w.Helper()
		if err != nil {
			w.Fatal(err)
		}
	}
	for _, step := range []struct {
		what string
		do   func()
	}{
		{"a job that is due is added", func() { w.addDue("x") }},
		{"a job is replaced by one that is due earlier", func() {
			w.add(w.newJob("y", w.in(900*time.Hour)))
			w.quiet(c)
			j = w.job("y")
			j.State.Next = w.in(-time.Second)
			_, err := w.store.Replace(w.ctx(), j)
			must(err)
		}},
		{"somebody asks for a run", func() { w.enqueue(w.waitingRun(w.job("y"), "1")) }},
		{"a run is to be cancelled", func() {
			_, r = w.begin("a", "z")
			w.quiet(c)
			w.cancel(r.ID)
		}},
		{"a limit has room for a run that waits", func() {
			w.enqueue(w.waitingRun(w.job("z"), "1"))
			w.quiet(c)
			w.mustFinish(w.finished(w.run(r.ID)))
		}},
		{"a run is to be tried again", func() {
			_, r = w.begin("a", "retried")
			w.quiet(c)
			f := w.finished(r)
			f.Outcome.Kind, f.Retry = job.Failed, w.in(time.Minute)
			w.mustFinish(f)
		}},
		{"a commit leaves a run that waits", func() {
			j := w.addDue("queue")
			w.quiet(c)
			w.mustCommit("a", w.advance(j, w.waitingRun(j, "1")))
		}},
	} {
		w.settle("a")
		w.quiet(c)
		step.do()
		w.wakes(c, step.what)
	}
}

// wakes waits for a value.
func (w *world) wakes(c <-chan struct{}, when string) {
	w.Helper()
	select {
	case _, ok := <-c:
		if !ok {
			w.Fatalf("when %s, the channel of Watch was closed, want a value", when)
		}
	case <-time.After(patience):
		w.Errorf("when %s, Watch gave no value within %v", when, patience)
	}
}

// wakesUpBehindOthers: NextDue leaves out what the node does not want, so a job
// behind that is earlier than NextDue said.
func wakesUpBehindOthers(w *world) {
	c := w.watching()
	w.addDue("unwanted")
	w.add(w.newJob("far", w.in(900*time.Hour)))
	b := w.claim("a", without("unwanted"))
	w.want("the jobs", []string(nil), dueIDs(b.Jobs))
	w.quiet(c)
	w.add(w.newJob("x", w.in(time.Hour)))
	w.wakes(c, "a job is added that is due after one that is not wanted")
}

func watchEnds(w *world) {
	watcher, ok := w.store.(job.Watcher)
	if !ok {
		w.Skip("the store is no Watcher")
	}
	ctx, cancel := context.WithCancel(w.ctx())
	c := watcher.Watch(ctx)
	cancel()
	end := time.After(patience)
	for {
		select {
		case _, ok := <-c:
			if !ok {
				return
			}
		case <-end:
			w.Fatalf("the channel of Watch is open %v after its context was over, want it closed", patience)
		}
	}
}
