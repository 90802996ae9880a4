package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// What a scheduler does with a store, once around. Programs have package
// schedule do this.
func Example() {
	ctx := context.Background()
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	store := memory.New(memory.Options{Now: func() time.Time { return noon }})

	report := job.Job{
		ID: "report", Trigger: trigger.EveryFrom(noon, time.Hour), Executor: "default", Func: "report",
		State: job.State{Next: noon, Slot: noon},
	}
	if _, err := store.Add(ctx, []job.Job{report}); err != nil {
		panic(err)
	}
	if _, err := store.Beat(ctx, job.Beat{Node: "host-1", Lease: 15 * time.Second, Ahead: time.Second}); err != nil {
		panic(err)
	}
	batch, err := store.Claim(ctx, job.Claim{Node: "host-1", Serves: []string{"default"}, Limit: 100})
	if err != nil {
		panic(err)
	}
	due := batch.Jobs[0].Job
	next := due.Trigger.Next(due.State.Slot, noon)
	run := job.Run{
		ID: job.RunID(due.ID, due.State.Slot), Job: due.ID, Slot: due.State.Slot, Due: due.State.Next,
		Phase: job.Running, Place: -1, Work: due.Work(),
	}
	committed, err := store.Commit(ctx, "host-1", []job.Advance{{
		ID: due.ID, Rev: due.State.Rev, State: job.State{Next: next, Slot: next, Last: due.State.Slot}, Runs: []job.Run{run},
	}})
	if err != nil || committed[0].Err != nil {
		panic(fmt.Sprint(err, committed))
	}
	// Here the work is done.
	_, err = store.Finish(ctx, []job.Finished{{
		ID: run.ID, Token: committed[0].Tokens[0], Started: noon, Attempt: 1,
		Outcome: job.Outcome{Kind: job.Succeeded, Finished: noon.Add(time.Second)},
	}})
	if err != nil {
		panic(err)
	}
	rows, err := store.Runs(ctx, job.RunFilter{Job: "report"})
	if err != nil {
		panic(err)
	}
	fmt.Println(rows[0].ID, rows[0].Outcome.Kind, "next at", next.Format(time.TimeOnly))
	// Output:
	// report@1893499200000000 succeeded next at 13:00:00
}
