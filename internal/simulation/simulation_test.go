package simulation_test

import (
	"os"
	"strconv"
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
		t.Fatalf("%s=%s: want a number", name, text)
	}
	return n
}

// TestPromises plays seeds and holds what happened against the promises of a
// shared store. SIMULATION_SEED and SIMULATION_COUNT choose them; a seed that
// breaks a promise prints its trace.
func TestPromises(t *testing.T) {
	first := number(t, "SIMULATION_SEED", uint64(time.Now().Unix()))
	count := number(t, "SIMULATION_COUNT", 50)
	t.Logf("SIMULATION_SEED=%d SIMULATION_COUNT=%d", first, count)
	var slots, effects, lost, missed, fenced int
	for seed := first; seed < first+count; seed++ {
		trace, v := simulate(t, seed)
		slots, effects, lost = slots+v.Slots, effects+v.Effects, lost+v.Lost
		missed, fenced = missed+v.Missed, fenced+v.Fenced
		if len(v.Broken) > 0 {
			t.Fatalf("seed %d breaks %d promises, first %q; what happened:\n%s", seed, len(v.Broken), v.Broken[:min(len(v.Broken), 5)], trace)
		}
	}
	t.Logf("%d slots, %d effects, %d runs lost, %d rows of missed slots, %d effects fenced", slots, effects, lost, missed, fenced)
	if effects == 0 || count >= 50 && (lost == 0 || missed == 0) {
		t.Error("nothing went wrong in the simulation, so it proves nothing")
	}
}
