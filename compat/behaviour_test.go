package compat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// TestBehaviour runs the same programs under both, sends both the same
// random operations, and compares every answer, the logs and the ends.
func TestBehaviour(t *testing.T) {
	both := subjects(t)
	ctl := [2]commandLine{both[0].ctl(t), both[1].ctl(t)}
	agree(t, 60, both, func(t *testing.T, side int, seed uint64) (observations, string) {
		return behaved(t, both[side], ctl[side], seed)
	})
}

func behaved(t *testing.T, s subject, ctl commandLine, seed uint64) (saw observations, text string) {
	dir := dirOf(t)
	g := newGenerator(seed)
	made := g.configuration(dir, true)
	write(t, dir, made.text)
	i, err := s.start(t, dir)
	if err != nil {
		saw.add("start", "fails: "+(&instance{dir: dir}).mask(err.Error()))
		return saw, made.text
	}
	i.settle(t, made)
	saw.rpc(i, "supervisor.getAllProcessInfo")
	saw.add("files", i.files(t))
	for range 12 {
		g.operation(&saw, i, made)
		i.settle(t, made)
	}
	saw.rpc(i, "supervisor.getAllProcessInfo")
	saw.add("ctl status", i.mask(ctl(t, i, "status")))
	code := i.stop(t)
	saw.add("exit code", fmt.Sprint(code))
	saw.add("main log", i.mainLog(t))
	saw.add("files", i.files(t))
	return saw, made.text
}

// operation does one random thing and records the answer.
func (g *generator) operation(saw *observations, i *instance, made generated) {
	name := g.namespec(made)
	switch g.IntN(12) {
	case 0, 1:
		saw.rpc(i, "supervisor.startProcess", name, true)
	case 2, 3:
		saw.rpc(i, "supervisor.stopProcess", name, true)
	case 4:
		saw.rpc(i, "supervisor.stopAllProcesses", true)
	case 5:
		saw.rpc(i, "supervisor.startAllProcesses", true)
	case 6:
		saw.rpc(i, "supervisor.signalProcess", name, g.one("CONT", "18", "NOPE", "cont"))
	case 7:
		saw.rpc(i, "supervisor.tailProcessStdoutLog", name, g.IntN(5), g.IntN(40))
	case 8:
		saw.rpc(i, "supervisor.readProcessStderrLog", name, -g.IntN(9), g.IntN(2)*5)
	case 9:
		// Difference "clear-stopped": the original clears nothing of one that does not run.
		v, err := i.call("supervisor.getProcessInfo", name)
		if p, unread := client.ParseProcess(v); err == nil && unread == nil && p.StateName == "RUNNING" {
			saw.rpc(i, "supervisor.clearProcessLogs", name)
		}
	case 10:
		saw.rpc(i, "supervisor.startProcessGroup", name, true)
	default:
		saw.rpc(i, "supervisor.getProcessInfo", name)
	}
}

// namespec is one of a process, a group, or of nothing.
func (g *generator) namespec(made generated) string {
	p := made.programs[g.IntN(len(made.programs))]
	group := p.groupName
	if group == "" {
		group = p.name
	}
	return g.one(p.name, group+":"+p.name, group+":*", group+":", group+":"+p.name+"_00", "nobody", group+":nobody")
}

// settle waits until no process is on its way to another state, and those
// that end by themselves have done so.
func (i *instance) settle(t *testing.T, made generated) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(40 * time.Second)
	for quiet := 0; quiet < 2; {
		select {
		case <-deadline:
			t.Fatalf("%s does not come to rest", i.name)
		case <-tick.C:
		}
		v, err := i.call("supervisor.getAllProcessInfo")
		if err != nil {
			t.Fatalf("%s: %v", i.name, err)
		}
		all, err := client.ParseProcesses(v)
		if err != nil {
			t.Fatal(err)
		}
		quiet++
		for _, p := range all {
			if !made.rests(p) {
				quiet = 0
			}
		}
	}
}

// rests reports whether a process is in a state that it does not leave by itself.
func (made generated) rests(p client.ProcessInfo) bool {
	if p.StateName != "RUNNING" {
		return slices.Contains([]string{"STOPPED", "EXITED", "FATAL"}, p.StateName)
	}
	return !slices.ContainsFunc(made.programs, func(of program) bool {
		return of.behaviour.ends && strings.HasPrefix(p.Name, of.name)
	})
}
