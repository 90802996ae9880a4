package sqlite_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// What is added is there when the program is started again. Most programs leave
// all of this to a scheduler: schedule.Options{Store: store}.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	ctx, path := context.Background(), filepath.Join(dir, "jobs.db")

	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		panic(err)
	}
	at := time.Date(2030, 1, 1, 9, 0, 0, 0, time.UTC)
	_, err = store.Add(ctx, []job.Job{{
		ID: "report", Trigger: trigger.EveryFrom(at, 24*time.Hour), Executor: "default", Func: "send_report",
		State: job.State{Next: at, Slot: at},
	}})
	if err != nil {
		panic(err)
	}
	if err := store.Close(); err != nil {
		panic(err)
	}

	store, err = sqlite.Open(path, sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer store.Close()
	jobs, err := store.List(ctx, job.Filter{})
	if err != nil {
		panic(err)
	}
	for _, j := range jobs {
		fmt.Println(j.ID, "runs next at", j.State.Next.Format(time.DateTime))
	}
	// Output: report runs next at 2030-01-01 09:00:00
}
