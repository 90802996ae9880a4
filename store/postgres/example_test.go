package postgres_test

import (
	"context"
	"fmt"
	"os"

	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

// Every replica of a program opens the same store, and each of their schedulers
// takes its share: schedule.Options{Store: store}.
func Example() {
	ctx := context.Background()
	store, err := postgres.Open(ctx, os.Getenv("DATABASE_URL"), postgres.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()

	// What of the server's settings weakens the promises is worth a warning.
	lines, err := store.Examine(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range lines {
		fmt.Println("warning:", line)
	}
}
