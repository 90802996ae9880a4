package service

import (
	"slices"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ProgramInfo is how a process is configured.
type ProgramInfo struct {
	Section     string // where it is declared
	Place       config.Place
	Settings    []config.ProgramSetting
	Environment []config.ProgramSetting // what the files give it, besides the daemon's own
	// Changed: the files that were read last declare its group otherwise, so the places
	// may be those of other values.
	Changed bool
	Stderr  bool // it has a standard error of its own
}

// ProgramInfo tells how the process called namespec is configured, as it runs.
// ErrBadName.
func (s *Service) ProgramInfo(namespec string) (ProgramInfo, error) {
	process, err := s.one(namespec)
	if err != nil {
		return ProgramInfo{}, err
	}
	program, files := process.Program(), s.files.Load()
	return ProgramInfo{
		Section:     program.Section,
		Place:       files.config.SectionPlace(program.Section),
		Settings:    files.config.ProgramSettings(&program),
		Environment: files.config.ProgramEnvironment(&program),
		Changed:     s.changed(files.config, program.Group),
		Stderr:      !program.RedirectStderr,
	}, nil
}

// changed reports whether a group that runs is declared otherwise, or no more.
func (s *Service) changed(c *config.Config, group string) bool {
	running, ok := s.parts.Supervisor.Group(group)
	at := slices.IndexFunc(c.Groups, func(g supervise.GroupSpec) bool { return g.Name == group })
	return !ok || at < 0 || !running.Spec().Equal(c.Groups[at])
}
