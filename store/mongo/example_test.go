package mongo_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Open a store, add a job, and see when it is due. A scheduler that is given
// the store (package schedule) does the rest.
func ExampleOpen() {
	ctx := context.Background()
	store, err := mongo.Open(ctx, "mongodb://127.0.0.1:27017/backups", mongo.Options{})
	if err != nil {
		slog.Error("no store", "err", err)
		return
	}
	defer store.Close()
	due := time.Date(2030, 1, 1, 3, 0, 0, 0, time.UTC)
	errs, err := store.Add(ctx, []job.Job{{
		ID: "backup", Trigger: trigger.EveryFrom(due, 24*time.Hour), Executor: "default", Func: "backup",
		State: job.State{Next: due, Slot: due},
	}})
	if err != nil || errs != nil { // errs: it is there already
		slog.Error("not added", "errs", errs, "err", err)
	}
	jobs, err := store.List(ctx, job.Filter{})
	if err != nil {
		slog.Error("not listed", "err", err)
	}
	for _, j := range jobs {
		fmt.Println(j.ID, "is due at", j.State.Next.Format("15:04"))
	}
}
