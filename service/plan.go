package service

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ErrPlanChanged: the files, or what runs, are not any more as they were when the
// plan was made that is to be carried out.
var ErrPlanChanged = errors.New("the configuration has changed since it was looked at")

// Plan is what an update would do, and why.
type Plan struct {
	// Revision stands for the files and for what an update would do with them.
	Revision string
	Path     string   // of the root file
	Included []string // the files that it includes
	Steps    []Step
	// Fixed are the options that no update applies.
	Fixed []config.SettingChange
	Notes []*config.Error // what loads but cannot be meant
}

// StepKind is what an update does with a group or a job.
type StepKind int

// The kinds, in the order in which an update does them.
const (
	StepRemove StepKind = iota
	StepChange
	StepAdd
)

// Step is one group, or one job, of a Plan.
type Step struct {
	Kind  StepKind
	Group string // "" for a job
	Job   string
	Place config.Place // of its section in the files; nowhere if they have it no more
	// Why is what differs, for StepChange.
	Why []Reason
	// Stops are the processes that live and are stopped, as namespecs; Starts those
	// that are started.
	Stops, Starts []string
}

// Reason is a difference and where its values stand; the old one is known only
// while the files that were read last are those that the group runs by.
type Reason struct {
	config.Difference
	Was, Is config.Place
}

// Plan loads the files and tells what an update would do, and puts nothing in
// force. With a fault in the files it is ErrCannotReread.
func (s *Service) Plan() (Plan, error) {
	next, err := s.parts.Load()
	if err != nil {
		return Plan{}, cannotReread(err)
	}
	return s.plan(next), nil
}

func (s *Service) plan(next *config.Config) Plan {
	p := Plan{Path: next.Path, Included: next.Included, Notes: next.Remarks(), Fixed: config.DiffSettings(s.first, next)}
	added, changed, removed := s.diff(next)
	for _, name := range removed {
		p.Steps = append(p.Steps, s.step(StepRemove, name, next))
	}
	for _, name := range changed {
		p.Steps = append(p.Steps, s.step(StepChange, name, next))
	}
	for _, name := range added {
		p.Steps = append(p.Steps, s.step(StepAdd, name, next))
	}
	p.Revision = revision(next, p.Steps)
	return p
}

// revision is a sum of all that the files say and of what is to be done.
func revision(next *config.Config, steps []Step) string {
	sum := sha256.New()
	for _, text := range next.Texts() {
		fmt.Fprintf(sum, "%q\n", text)
	}
	if next.Scheduler != nil {
		for _, j := range next.Scheduler.Jobs {
			fmt.Fprintf(sum, "%q\n", j.Declared)
		}
	}
	for _, step := range steps {
		fmt.Fprintf(sum, "%d %q %q\n", step.Kind, step.Group, step.Job)
		for _, why := range step.Why {
			fmt.Fprintf(sum, "%q\n", []string{why.Process, why.Key, why.Old, why.New})
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:12])
}

func (s *Service) step(kind StepKind, name string, next *config.Config) Step {
	if job, ok := strings.CutPrefix(name, jobPrefix); ok {
		return s.jobStep(kind, job, next)
	}
	step := Step{Kind: kind, Group: name}
	old, runs := s.parts.Supervisor.Group(name)
	if kind != StepAdd && runs {
		step.Stops = s.living(name)
	}
	if kind == StepRemove {
		return step
	}
	spec := specOf(next, name)
	for i := range spec.Programs {
		if spec.Programs[i].Start.Auto {
			step.Starts = append(step.Starts, Namespec{Group: name, Process: spec.Programs[i].Name}.String())
		}
	}
	if len(spec.Programs) > 0 {
		step.Place = next.SectionPlace(spec.Programs[0].Section)
	}
	if kind == StepChange && runs {
		now := s.files.Load()
		step.Why = reasons(config.Explain(old.Spec(), spec), knownBy(now, name), next)
	}
	return step
}

// knownBy is the configuration that a group runs by, nil if others were read since.
func knownBy(now *files, group string) *config.Config {
	if now.active[group] {
		return now.config
	}
	return nil
}

// living are the processes of a group that an update has to stop.
func (s *Service) living(group string) (names []string) {
	info, err := s.GroupInfo(group)
	if err != nil {
		return nil // it is gone meanwhile
	}
	for _, m := range info.Processes {
		if !m.State.IsStopped() {
			names = append(names, Namespec{Group: group, Process: m.Name}.String())
		}
	}
	return names
}

func specOf(c *config.Config, name string) supervise.GroupSpec {
	for _, g := range c.Groups {
		if g.Name == name {
			return g
		}
	}
	return supervise.GroupSpec{Name: name}
}

// reasons adds the places to differences; old may be nil.
func reasons(found []config.Difference, old, next *config.Config) []Reason {
	why := make([]Reason, len(found))
	for i, d := range found {
		why[i].Difference = d
		if d.Key == "" {
			continue
		}
		if d.New != "" || d.Old == "" {
			why[i].Is = next.Place(d.Section, d.Key)
		}
		if old != nil {
			why[i].Was = old.Place(d.Section, d.Key)
		}
	}
	return why
}

// jobStep is the step of a job. Its runs go on, whatever an update does with it.
func (s *Service) jobStep(kind StepKind, name string, next *config.Config) Step {
	step := Step{Kind: kind, Job: name, Place: next.SectionPlace(jobPrefix + name)}
	js := s.Jobs()
	if kind != StepChange || js == nil {
		return step
	}
	old, _ := js.inForce(name)
	is, _ := next.Scheduler.Job(name)
	step.Why = reasons(config.ExplainJob(old, is), js.config.Load(), next)
	return step
}
