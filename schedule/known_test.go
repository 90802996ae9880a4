package schedule_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
)

func TestBuryEndsTheLeasesOfANameAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(memory.Options{})
		for _, name := range []string{"dead", "dead.2", "deadly", "dead-2"} {
			if _, err := store.Beat(t.Context(), job.Beat{Node: name, Lease: time.Minute, Now: time.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		if err := schedule.Bury(t.Context(), store, "dead"); err != nil {
			t.Fatal(err)
		}
		nodes, err := store.Nodes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		alive := map[string]bool{}
		for _, n := range nodes {
			if n.Alive {
				alive[n.Name] = true
			}
		}
		if len(alive) != 2 || !alive["deadly"] || !alive["dead-2"] {
			t.Errorf("alive are %v, want deadly and dead-2", alive)
		}
	})
}
