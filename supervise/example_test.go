package supervise_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// A Go program that keeps another one running.
func Example() {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer starter.Close()
	sup := supervise.New(supervise.Options{
		Starter: starter,
		Bus:     event.NewBus(),
		Log:     slog.New(slog.DiscardHandler),
		Environ: os.Environ(),
	})
	sleeper := supervise.Program{
		Name:    "sleeper",
		Group:   "sleeper",
		Command: "sleep 1000",
		Child:   supervise.ChildSpec{Umask: -1},
		Start:   supervise.StartPolicy{Autorestart: supervise.RestartAlways, Retries: 3},
		Stop:    supervise.StopPolicy{Signal: syscall.SIGTERM, Wait: 10 * time.Second},
	}
	if err := sup.Add(supervise.GroupSpec{Name: "sleeper", Programs: []supervise.Program{sleeper}}); err != nil {
		fmt.Println(err)
		return
	}
	p, err := sup.Process("sleeper", "sleeper")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Status().State)
	fmt.Println(p.Start(context.Background(), true), p.Status().State)
	fmt.Println(p.Start(context.Background(), true))
	fmt.Println(sup.Shutdown(context.Background()), p.Status().State)
	// Output:
	// STOPPED
	// <nil> RUNNING
	// already started
	// <nil> STOPPED
}
