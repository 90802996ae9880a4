// Command d_robfig drives robfig/cron for the scheduling measurements.
package main

import (
	"runtime/debug"
	"time"

	"github.com/robfig/cron/v3"

	"schedbench"
)

// engine implements schedbench.Engine.
type engine struct {
	cron *cron.Cron
	run  func(id int, due time.Time)
}

// Add implements schedbench.Engine.
func (e *engine) Add(id int, s schedbench.Spec) error {
	spec := s.Cron
	if s.Every > 0 {
		spec = "@every " + s.Every.String()
	}
	_, err := e.cron.AddFunc(spec, func() { e.run(id, time.Time{}) })
	return err
}

// Start implements schedbench.Engine.
func (e *engine) Start() error {
	e.cron.Start()
	return nil
}

// Stop implements schedbench.Engine.
func (e *engine) Stop() { e.cron.Stop() }

// version is the one that the module was built with.
func version(path string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "?"
}

func open(_ string, run func(int, time.Time)) (schedbench.Engine, error) {
	return &engine{cron.New(cron.WithLocation(time.UTC)), run}, nil
}

func next(expr string, loc *time.Location) (func(time.Time) time.Time, error) {
	s, err := cron.ParseStandard(expr)
	if err != nil {
		return nil, err
	}
	if fields, ok := s.(*cron.SpecSchedule); ok {
		fields.Location = loc
	}
	return s.Next, nil
}

func main() {
	schedbench.Main(schedbench.Driver{
		Name: "robfig-cron", Version: version("github.com/robfig/cron/v3"),
		Stores: []string{"memory"}, Open: open, Next: next,
	})
}
