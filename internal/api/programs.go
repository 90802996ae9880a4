package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// registerPrograms is the table of operations on programs.
func (s *server) registerPrograms() {
	add(s, operation{
		id: "listPrograms", method: http.MethodGet, path: "/programs", role: auth.Viewer, tag: tagPrograms,
		summary: "All programs of the files that were read last", about: "Sorted by name.",
	}, s.listPrograms)
	add(s, operation{
		id: "getProgram", method: http.MethodGet, path: "/programs/{program}", role: auth.Viewer, tag: tagPrograms,
		summary: "One program", problems: []kind{kindNotFound},
	}, s.getProgram)
}

type programPath struct {
	Program string `path:"program" example:"web"`
}

type listProgramsOutput struct{ Body api.Programs }

func (s *server) listPrograms(_ context.Context, in *Paging) (*listProgramsOutput, error) {
	programs, next := page(s.programs(), *in,
		func(p api.Program) bool { return p.Name > in.After },
		func(p api.Program) string { return p.Name })
	return &listProgramsOutput{api.Programs{Programs: programs, Next: next}}, nil
}

type programAnswer struct{ Body api.Program }

func (s *server) getProgram(_ context.Context, in *programPath) (*programAnswer, error) {
	for _, p := range s.programs() {
		if p.Name == in.Program {
			return &programAnswer{p}, nil
		}
	}
	return nil, problemOf(kindNotFound, in.Program+": no program of that name")
}

// programs are the sections that declare processes, by name.
func (s *server) programs() []api.Program {
	all := []api.Program{}
	places := map[string]int{} // by section
	for _, c := range s.service.AllConfigInfo() {
		at, ok := places[c.Program.Section]
		if !ok {
			at = len(all)
			places[c.Program.Section] = at
			all = append(all, programOf(&c))
		}
		p := &all[at]
		p.Processes = append(p.Processes, processID(c.Program.Group, c.Program.Name))
		if !slices.Contains(p.Groups, c.Program.Group) {
			p.Groups = append(p.Groups, c.Program.Group)
		}
		p.InUse = p.InUse && c.InUse
	}
	slices.SortFunc(all, func(a, b api.Program) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// programOf is a program by its first process.
func programOf(c *service.ConfigInfo) api.Program {
	p := &c.Program
	_, name, _ := strings.Cut(p.Section, ":")
	program := api.Program{
		Name:           name,
		Section:        p.Section,
		InUse:          c.InUse,
		Command:        p.Command,
		Directory:      p.Child.Directory,
		Priority:       p.Priority,
		Autostart:      p.Start.Auto,
		Autorestart:    autorestart(p.Start.Autorestart),
		StartSeconds:   p.Start.Secs.Seconds(),
		StartRetries:   p.Start.Retries,
		ExitCodes:      append([]int{}, p.Start.ExitCodes...),
		StopSignal:     proc.SignalName(p.Stop.Signal),
		StopSeconds:    p.Stop.Wait.Seconds(),
		StopAsGroup:    p.Stop.AsGroup,
		KillAsGroup:    p.Stop.KillAsGroup,
		Stdout:         programLog(p.Stdout),
		Stderr:         programLog(p.Stderr),
		RedirectStderr: p.RedirectStderr,
	}
	if p.Child.User != nil {
		program.User = p.Child.User.Name
	}
	for _, v := range p.Child.Environment {
		program.Environment = append(program.Environment, v.Name)
	}
	return program
}

func programLog(l supervise.LogSpec) api.ProgramLog {
	return api.ProgramLog{
		File: l.File, MaxBytes: l.MaxBytes, Backups: l.Backups, CaptureMaxBytes: l.CaptureMax, Events: l.Events, Syslog: l.Syslog,
	}
}

func autorestart(a supervise.Autorestart) string {
	switch a {
	case supervise.RestartNever:
		return "false"
	case supervise.RestartAlways:
		return "true"
	}
	return "unexpected"
}
