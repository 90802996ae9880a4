package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// hasNodes compares who shares the stores, as "STORE NAME", with what is said of
// each. Of a name only what stands before the random part counts.
func (w *world) hasNodes(want ...string) {
	w.t.Helper()
	nodes, err := w.Nodes(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, n := range nodes {
		name, _, _ := strings.Cut(n.Name, "-")
		text := n.Store + " " + name
		if n.Alive {
			text += " alive"
		}
		if n.Runs > 0 {
			text += fmt.Sprintf(" runs %d", n.Runs)
		}
		if n.Here {
			text += " here"
		}
		got = append(got, text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("nodes (-want +got):\n%s", diff)
	}
}

func called(name string, store job.Store) func(*schedule.Options) {
	return func(o *schedule.Options) { o.Name, o.Store = name, store }
}

func TestNodes(t *testing.T) {
	t.Run("are all that share a store", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newStore()
			a, b := begin(t, called("a", store)), begin(t, called("b", store))
			a.hasNodes()
			a.start()
			b.start()
			wait(time.Second)
			a.hasNodes("default a alive here", "default b alive")
			if err := a.Pause(); err != nil {
				t.Fatal(err)
			}
			b.add(job.Job{ID: "x", Trigger: in(0), Func: "sleep", Args: json.RawMessage("40s")})
			wait(30 * time.Second)
			a.hasNodes("default a here", "default b alive runs 1") // a waits, and looks at nothing
			b.hasNodes("default a", "default b alive runs 1 here")
			wait(30 * time.Minute)
			a.hasNodes("default a here", "default b") // both idle
			b.end()
			a.hasNodes("default a here")
			a.end()
			a.hasNodes()
		})
	})
	t.Run("are gone when they are buried", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			store := newStore()
			a := begin(t, called("a", store))
			for name, lease := range map[string]time.Duration{"b": time.Second, "b.2": time.Hour, "c": time.Hour} {
				if _, err := store.Beat(t.Context(), job.Beat{Node: name, Lease: lease}); err != nil {
					t.Fatal(err)
				}
			}
			wait(time.Minute)
			a.hasNodes("default b.2 alive", "default c alive")
			if err := schedule.Bury(t.Context(), store, "b"); err != nil {
				t.Fatal(err)
			}
			a.hasNodes("default c alive")
		})
	})
	t.Run("is this one alone, where the store cannot tell", func(t *testing.T) {
		type mute struct{ job.Store }
		bubble(t, called("a", mute{newStore()}), func(_ *testing.T, w *world) {
			wait(time.Second)
			w.hasNodes("default a here")
		})
	})
	t.Run("are told of the stores that answer", func(t *testing.T) {
		bubble(t, func(o *schedule.Options) {
			o.Name, o.Stores = "a", map[string]job.Store{"other": lister{newStore(), nil, errAway}}
		}, func(t *testing.T, w *world) {
			wait(time.Second)
			nodes, err := w.Nodes(t.Context())
			if !errors.Is(err, errAway) || !strings.Contains(err.Error(), `"other"`) {
				t.Errorf("error %v, want %v and the store", err, errAway)
			}
			if len(nodes) != 1 || nodes[0].Store != schedule.Default {
				t.Errorf("nodes %v, want one of the default store", nodes)
			}
		})
	})
	t.Run("are in their latest incarnation, unless a former one has runs", func(t *testing.T) {
		store := lister{newStore(), []job.Node{
			{Name: "b"}, {Name: "b.2"}, {Name: "b.3"}, {Name: "c", Runs: 1}, {Name: "c.2", Alive: true}, {Name: "d.example"},
		}, nil}
		synctest.Test(t, func(t *testing.T) {
			begin(t, called("a", store)).hasNodes("default b.3", "default c runs 1", "default c.2 alive", "default d.example")
		})
	})
}

// lister says of a store's nodes what it is told to say.
type lister struct {
	job.Store
	nodes []job.Node
	err   error
}

func (l lister) Nodes(context.Context) ([]job.Node, error) { return l.nodes, l.err }

func TestTasksNameTheirStore(t *testing.T) {
	bubble(t, func(o *schedule.Options) {
		o.Stores = map[string]job.Store{"other": newStore()}
	}, func(t *testing.T, w *world) {
		stores := map[string]string{}
		w.do("note", func(_ context.Context, task job.Task) error {
			stores[task.Run.Job] = task.Store
			return nil
		})
		w.add(job.Job{ID: "a", Trigger: in(0), Func: "note"})
		wait(time.Second)
		if _, err := w.In("other").Add(t.Context(), job.Job{ID: "b", Trigger: in(0), Func: "note"}); err != nil {
			t.Fatal(err)
		}
		wait(time.Second)
		if diff := cmp.Diff(map[string]string{"a": schedule.Default, "b": "other"}, stores); diff != "" {
			t.Errorf("stores of the tasks (-want +got):\n%s", diff)
		}
	})
}
