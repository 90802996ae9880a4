package simulation_test

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/chaos"
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
		t.Fatalf("%s=%s: want a number", name, text)
	}
	return n
}

// TestPromises plays seeds and holds what happened against the promises of a
// shared store. SIMULATION_SEED and SIMULATION_COUNT choose them; a seed that
// breaks a promise prints its trace, and so does one that is played alone.
func TestPromises(t *testing.T) {
	first := number(t, "SIMULATION_SEED", uint64(time.Now().Unix()))
	count := number(t, "SIMULATION_COUNT", 25)
	t.Logf("SIMULATION_SEED=%d SIMULATION_COUNT=%d", first, count)
	var mu sync.Mutex
	var sum chaos.Verdict
	eachSeed(t, first, count, func(t *testing.T, seed uint64) {
		happened, v := simulate(t, seed, nil)
		mu.Lock()
		defer mu.Unlock()
		sum.Slots, sum.Effects, sum.Lost = sum.Slots+v.Slots, sum.Effects+v.Effects, sum.Lost+v.Lost
		sum.Missed, sum.Fenced = sum.Missed+v.Missed, sum.Fenced+v.Fenced
		check(t, happened, v)
		if count == 1 {
			t.Logf("\n%v", happened)
		}
	})
	t.Logf("%d slots, %d effects, %d runs lost, %d rows of missed slots, %d effects fenced",
		sum.Slots, sum.Effects, sum.Lost, sum.Missed, sum.Fenced)
	if sum.Effects == 0 || count >= 50 && (sum.Lost == 0 || sum.Missed == 0) {
		t.Error("nothing went wrong in the simulation, so it proves nothing")
	}
}

// check fails with the trace when a promise was broken.
func check(t *testing.T, happened *trace, v chaos.Verdict) {
	t.Helper()
	if n := len(v.Broken); n > 0 {
		t.Errorf("%d promises are broken, first %q; what happened:\n%v", n, v.Broken[:min(n, 5)], happened)
	}
}

// eachSeed calls play with so many seeds, on all processors. After a failure
// each of them plays none any more.
func eachSeed(t *testing.T, first, count uint64, play func(*testing.T, uint64)) {
	t.Helper()
	players := uint64(runtime.GOMAXPROCS(0))
	t.Run("seeds", func(t *testing.T) {
		for player := range players {
			t.Run(strconv.FormatUint(player, 10), func(t *testing.T) {
				t.Parallel()
				for seed := first + player; seed < first+count && !t.Failed(); seed += players {
					play(t, seed)
				}
			})
		}
	})
}
