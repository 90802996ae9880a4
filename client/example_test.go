package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

// A program declares a job at each start, runs it once and waits for the end.
func ExampleClient_AddJob() {
	c, err := client.New(client.Options{ServerURL: "unix:///run/watchkeeper.sock"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	ctx := context.Background()
	spec := api.JobSpec{"id": "nightly", "trigger": "cron", "hour": 3, "command": "/srv/backup --all"}
	job, err := c.AddJob(ctx, spec, client.Declare)
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Status == http.StatusConflict {
		fmt.Println("a configuration file has that job:", problem.Detail)
		return
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	run, err := c.RunJob(ctx, client.Ref{Store: job.JobStore, ID: job.ID})
	for err == nil && run.Phase != api.RunDone {
		run, err = c.Run(ctx, client.Ref{Store: run.JobStore, ID: run.ID}, time.Minute)
	}
	fmt.Println(run.Outcome, err)
}
