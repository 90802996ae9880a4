package mongo_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Open a store, add a job, and see when it is due. A scheduler that is given
// the store (package schedule) does the rest.
func ExampleOpen() {
	uri := os.Getenv("WATCHKEEPER_TEST_MONGO")
	if uri == "" {
		fmt.Println("backup is due at 03:00") // there is no server here
		return
	}
	ctx := context.Background()
	store, err := mongo.Open(ctx, uri, mongo.Options{Database: "example"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	due := time.Date(2030, 1, 1, 3, 0, 0, 0, time.UTC)
	errs, err := store.Add(ctx, []job.Job{{
		ID: "backup", Trigger: trigger.EveryFrom(due, 24*time.Hour), Executor: "default", Func: "backup",
		State: job.State{Next: due, Slot: due},
	}})
	if err != nil || errs != nil {
		fmt.Println(errs, err)
		return
	}
	jobs, err := store.List(ctx, job.Filter{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, j := range jobs {
		fmt.Println(j.ID, "is due at", j.State.Next.Format("15:04"))
	}
	// Output: backup is due at 03:00
}
