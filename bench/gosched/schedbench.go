// Package schedbench is the Go side of the scheduling measurements: it counts
// and times what a contender does, so that all are measured by the same code.
// It needs the standard library only.
//
// A contender is a small program that fills a Driver and calls Main; see
// ../godrivers and the contract of the command line in ../README.md, which
// programs in other languages follow directly.
package schedbench

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"time"
)

// Spec is one schedule: an interval when Every is set, first due at Start, else
// a cron line of five fields. Count, if set, is how many runs are wanted, for
// engines that can only queue runs one by one.
type Spec struct {
	Every time.Duration
	Cron  string
	Start time.Time
	Count int
}

// Engine is a scheduler with one store.
type Engine interface {
	Add(id int, s Spec) error
	Start() error
	Stop()
}

// BulkAdder is an Engine with a way to add many at once. It is measured besides
// Add.
type BulkAdder interface {
	AddMany(from, n int, s Spec) error
}

// Driver describes a contender.
type Driver struct {
	Name, Version string
	Stores        []string // of "memory", "persistent"
	// Open makes an engine, empty and stopped. It calls run at each firing;
	// due is the planned time, zero where the engine does not tell.
	Open func(store string, run func(id int, due time.Time)) (Engine, error)
	// NoSkip says that, where due is unknown, the k-th run of a job is the one
	// due at Start+k*Every. Otherwise a run counts as late as the time since
	// the last due instant.
	NoSkip bool
	// Next returns a function that gives the first time of expr after t; nil:
	// there is no such thing.
	Next func(expr string, loc *time.Location) (func(t time.Time) time.Time, error)
}

// figures is one line of output.
type figures map[string]any

// options are what the command line asks for.
type options struct {
	n, seconds, count       int
	kind, store, expr, zone string
	bulk, stopped           bool
	longest                 float64 // seconds
}

// Main runs one measurement, as told by the command line, prints one line of
// JSON and exits.
func Main(d Driver) {
	result, err := measure(d, os.Args[1:])
	code := 0
	if err != nil {
		result, code = figures{"error": err.Error()}, 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func measure(d Driver, args []string) (figures, error) {
	if len(args) == 0 {
		return nil, errors.New("want info, add, fire or next")
	}
	var o options
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.IntVar(&o.n, "n", 1000, "schedules")
	f.StringVar(&o.kind, "kind", "interval", "interval or cron")
	f.StringVar(&o.store, "store", "memory", "memory or persistent")
	f.BoolVar(&o.bulk, "bulk", false, "use the bulk way")
	f.BoolVar(&o.stopped, "stopped", false, "add before the engine starts")
	f.Float64Var(&o.longest, "cap", 60, "stop adding after so many seconds")
	f.IntVar(&o.seconds, "seconds", 10, "window")
	f.StringVar(&o.expr, "expr", "* * * * *", "cron expression")
	f.StringVar(&o.zone, "tz", "UTC", "zone")
	f.IntVar(&o.count, "count", 100000, "calls")
	f.String("mode", "default", "ignored here")
	if err := f.Parse(args[1:]); err != nil {
		return nil, err
	}
	switch args[0] {
	case "info":
		return figures{"name": d.Name, "version": d.Version, "stores": d.Stores, "next": d.Next != nil,
			"go": runtime.Version()}, nil
	case "add":
		return add(d, o)
	case "fire":
		return fire(d, o)
	case "next":
		return next(d, o)
	}
	return nil, fmt.Errorf("unknown %q", args[0])
}
