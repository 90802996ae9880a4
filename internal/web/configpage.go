package web

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// configPage is what the page at /config shows.
type configPage struct {
	Files []place // the root file and what it includes; unknown while it cannot be read
	// Faults keep the files from being applied.
	Faults []remark
	Steps  []configStep
	Fixed  []settingRow
	Notes  []remark
	// Revision stands for what is shown: only that is applied.
	Revision string
	// Affected are the processes that are stopped, each with what becomes of it; Count
	// is how many there are of each kind.
	Affected []string
	Restarts int
	Stops    int
	Starts   int
	// Version changes whenever something that is shown does.
	Version string
}

// Touched tells whether any process is started or stopped.
func (c *configPage) Touched() bool { return c.Restarts+c.Stops+c.Starts > 0 }

// configStep is what an update does with a group or a job.
type configStep struct {
	ID    string // in the page
	Kind  string // added, changed or removed
	Class string
	Job   bool
	Name  string
	Place place
	Why   []reasonRow
	// What becomes of its processes.
	Restarts, Stops, Starts []string
}

// reasonRow is an option that differs.
type reasonRow struct {
	Process, Key string // of a process that is new or gone there is no key
	Old, New     string
	Was, Is      place
}

// settingRow is an option that no update applies.
type settingRow struct {
	Section, Key string
	Old, New     string
	Was, Is      place
	Restart      bool
}

// place is where something stands in a file.
type place struct{ Short, Full string }

// remark is something about a line of a file.
type remark struct {
	Place      place
	Where      string // [section] key
	Text, Hint string
}

func (s *Site) config(r *request) (any, error) {
	plan, err := s.Service.Plan()
	page := &configPage{}
	switch {
	case errors.Is(err, service.ErrCannotReread):
		page.Faults = faultsOf(err)
	case err != nil:
		return nil, err
	default:
		page.show(&plan, r.words)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", *page))
	page.Version = fmt.Sprintf("%x", sum[:8])
	return page, nil
}

func (c *configPage) show(plan *service.Plan, w *lang.Words) {
	c.Revision = plan.Revision
	root := filepath.Dir(plan.Path)
	for _, file := range append([]string{plan.Path}, plan.Included...) {
		c.Files = append(c.Files, placeOf(root, config.Place{File: file}))
	}
	for i := range plan.Steps {
		step := stepOf(&plan.Steps[i], root)
		c.Steps = append(c.Steps, step)
		c.affect(&step, w)
	}
	for _, f := range plan.Fixed {
		c.Fixed = append(c.Fixed, settingRow{f.Section, f.Key, f.Old, f.New, placeOf(root, f.Was), placeOf(root, f.Is), f.Restart})
	}
	for _, note := range plan.Notes {
		c.Notes = append(c.Notes, remarkOf(root, note))
	}
}

// affect adds what becomes of the processes of a step.
func (c *configPage) affect(step *configStep, w *lang.Words) {
	c.Restarts += len(step.Restarts)
	c.Stops += len(step.Stops)
	c.Starts += len(step.Starts)
	for _, name := range step.Restarts {
		c.Affected = append(c.Affected, w.T("config.will-restart", name))
	}
	for _, name := range step.Stops {
		c.Affected = append(c.Affected, w.T("config.will-stop", name))
	}
}

func stepOf(s *service.Step, root string) configStep {
	step := configStep{Name: s.Group, Place: placeOf(root, s.Place)}
	if s.Group == "" {
		step.Job, step.Name = true, s.Job
	}
	step.Kind, step.Class = "changed", "busy"
	switch s.Kind {
	case service.StepAdd:
		step.Kind, step.Class = "added", "good"
	case service.StepRemove:
		step.Kind, step.Class = "removed", "bad"
	}
	step.ID = "step-" + idOf(fmt.Sprintf("%v-%s", step.Job, step.Name))
	for _, name := range s.Stops {
		if slices.Contains(s.Starts, name) {
			step.Restarts = append(step.Restarts, name)
		} else {
			step.Stops = append(step.Stops, name)
		}
	}
	for _, name := range s.Starts {
		if !slices.Contains(s.Stops, name) {
			step.Starts = append(step.Starts, name)
		}
	}
	for _, why := range s.Why {
		step.Why = append(step.Why, reasonRow{why.Process, why.Key, why.Old, why.New, placeOf(root, why.Was), placeOf(root, why.Is)})
	}
	return step
}

// placeOf is a place as it is read: below the directory of the root file, if that is
// known, without it.
func placeOf(root string, p config.Place) place {
	if p.File == "" {
		return place{}
	}
	short := p.File
	if rest, ok := strings.CutPrefix(p.File, root+"/"); ok && root != "" {
		short = rest
	}
	if p.Line == 0 {
		return place{short, p.File}
	}
	return place{fmt.Sprintf("%s:%d", short, p.Line), fmt.Sprintf("%s:%d", p.File, p.Line)}
}

// faultsOf are what keeps the files from being read.
func faultsOf(err error) (faults []remark) {
	var all config.Errors
	if !errors.As(err, &all) {
		text := err.Error()
		if subject, ok := service.SubjectOf(err); ok {
			text = subject
		}
		return []remark{{Text: text}}
	}
	for _, fault := range all {
		faults = append(faults, remarkOf("", fault))
	}
	return faults
}

func remarkOf(root string, e *config.Error) remark {
	where := e.Section
	if where != "" {
		where = "[" + where + "]"
	}
	if e.Key != "" {
		where += " " + e.Key
	}
	return remark{placeOf(root, config.Place{File: e.File, Line: e.Line}), where, e.Err.Error(), e.Hint}
}
