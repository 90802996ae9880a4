package schedule_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/memory"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// greeter is an executor of one's own; package executor has ready ones.
type greeter struct{}

// Execute implements job.Executor.
func (greeter) Execute(_ context.Context, t job.Task) (json.RawMessage, error) {
	fmt.Println("hello,", t.Run.Work.Func)
	return nil, nil
}

// A job in the background, with a listener, as BackgroundScheduler has it.
func Example() {
	ctx := context.Background()
	s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: greeter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan struct{})
	stop := schedule.On(s.Bus(), func(e schedule.Executed) {
		fmt.Println("executed", e.Job)
		close(done)
	})
	defer stop()
	if err := s.Start(); err != nil {
		fmt.Println(err)
		return
	}
	_, err = s.Add(ctx, job.Job{ID: "greet", Trigger: trigger.At(time.Now()), Func: "world"})
	if err != nil {
		fmt.Println(err)
	}
	<-done
	if err := s.Shutdown(ctx); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hello, world
	// executed greet
}

// Run blocks until its context is over or a job shuts the scheduler down, as
// BlockingScheduler does.
func ExampleScheduler_Run() {
	s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: greeter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	schedule.On(s.Bus(), func(schedule.Executed) { cancel() })
	if _, err := s.Add(ctx, job.Job{Trigger: trigger.At(time.Now()), Func: "moon"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(s.Run(ctx))
	// Output:
	// hello, moon
	// <nil>
}

// A program that adds its jobs whenever it starts declares them: what did not
// change is left alone, and keeps its next time.
func ExampleJobs_Add() {
	ctx := context.Background()
	s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: greeter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	j := job.Job{ID: "sync", Trigger: trigger.Every(time.Hour)}
	first, err := s.Add(ctx, j, schedule.Declare)
	fmt.Println(err)
	again, err := s.Add(ctx, j, schedule.Declare)
	fmt.Println(err, again.State.Next.Equal(first.State.Next))
	_, err = s.Add(ctx, j)
	fmt.Println(err, errors.Is(err, job.ErrExists))
	// Output:
	// <nil>
	// <nil> true
	// Job identifier (sync) conflicts with an existing job true
}

// A job changes in one piece.
func ExampleJobs_Modify() {
	ctx := context.Background()
	s, err := schedule.New(schedule.Options{Store: memory.New(memory.Options{}), Executor: greeter{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := s.Add(ctx, job.Job{ID: "sync", Trigger: trigger.Every(time.Hour)}); err != nil {
		fmt.Println(err)
	}
	j, err := s.Modify(ctx, "sync", func(j *job.Job) error {
		j.Policy.MaxInstances = 3
		j.Name = "copy the tables"
		return nil
	})
	fmt.Println(j.Name, j.Policy.MaxInstances, err)
	_, err = s.Get(ctx, "other")
	fmt.Println(err)
	// Output:
	// copy the tables 3 <nil>
	// No job by the id of other was found
}
