package supervise_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

func sample() supervise.Program {
	return supervise.Program{
		Name: "web", Group: "web", Section: "program:web", Command: "/bin/web", Priority: 999,
		Child: supervise.ChildSpec{
			Umask: -1, User: &proc.User{Name: "www", UID: 33},
			Environment: []supervise.Var{{Name: "A", Value: "1"}, {Name: "B", Value: "2"}},
			ServerURL:   "unix:///a.sock",
		},
		Start:  supervise.StartPolicy{Auto: true, Autorestart: supervise.RestartUnexpected, Secs: time.Second, Retries: 3, ExitCodes: []int{0, 2}},
		Stop:   supervise.StopPolicy{Signal: syscall.SIGTERM, Wait: 10 * time.Second},
		Stdout: supervise.LogSpec{Auto: true, MaxBytes: 50 << 20, Backups: 10},
		Stderr: supervise.LogSpec{File: "/var/log/web.err"},
	}
}

func TestWhatAReloadSeesAsAChange(t *testing.T) {
	type program = supervise.Program
	for _, c := range []struct {
		name    string
		edit    func(*program)
		changed bool
	}{
		{"nothing", func(*program) {}, false},
		{"the section", func(p *program) { p.Section = "program:x" }, false},
		{"the environment in another order", func(p *program) {
			p.Child.Environment = []supervise.Var{{Name: "B", Value: "2"}, {Name: "A", Value: "0"}, {Name: "A", Value: "1"}}
		}, false},
		{"a computed server URL", func(p *program) { p.Child.ServerURL = "unix:///b.sock" }, false},
		{"AUTO made a file", func(p *program) { p.Stdout.File = "/tmp/auto.log" }, false},
		{"a file became AUTO", func(p *program) { p.Stderr = supervise.LogSpec{Auto: true} }, false},
		{"the name of a user", func(p *program) { p.Child.User = &proc.User{Name: "33", UID: 33} }, false},

		{"the command", func(p *program) { p.Command += " -v" }, true},
		{"the priority", func(p *program) { p.Priority = 1 }, true},
		{"the environment", func(p *program) { p.Child.Environment = p.Child.Environment[:1] }, true},
		{"a given server URL", func(p *program) { p.Child.ServerURLGiven = true }, true},
		{"the user", func(p *program) { p.Child.User = nil }, true},
		{"the user id", func(p *program) { p.Child.User = &proc.User{Name: "www", UID: 34} }, true},
		{"the umask", func(p *program) { p.Child.Umask = 0o22 }, true},
		{"the directory", func(p *program) { p.Child.Directory = "/" }, true},
		{"the order of exit codes", func(p *program) { p.Start.ExitCodes = []int{2, 0} }, true},
		{"the pause", func(p *program) { p.Start.Pause = time.Second }, true},
		{"what its end means", func(p *program) { p.Start.ExitOn = supervise.ExitOnFatal }, true},
		{"what becomes of orphans", func(p *program) { p.Stop.Orphans = supervise.OrphansStop }, true},
		{"a log file", func(p *program) { p.Stderr.File = "/var/log/x" }, true},
		{"another option of an AUTO log", func(p *program) { p.Stdout.Backups = 1 }, true},
		{"the prefix of a log", func(p *program) { p.Stderr.Prefix = "web | " }, true},
		{"the redirection", func(p *program) { p.RedirectStderr = true }, true},
	} {
		edited := sample()
		edited.Child.Environment = append([]supervise.Var(nil), edited.Child.Environment...)
		c.edit(&edited)
		if got := !sample().Equal(edited); got != c.changed {
			t.Errorf("%s: changed = %v, want %v", c.name, got, c.changed)
		}
		if got := !edited.Equal(sample()); got != c.changed {
			t.Errorf("%s, the other way round: changed = %v, want %v", c.name, got, c.changed)
		}
	}
}

// Once the group exists, an AUTO log has a path, and a path in place of AUTO
// in the new files is a change.
func TestAPathInPlaceOfAnAutoLogThatWasMadeIsAChange(t *testing.T) {
	active, reread := sample(), sample()
	active.Stdout.File = "/tmp/web-stdout---supervisor-abc.log"
	reread.Stdout = supervise.LogSpec{File: "/var/log/web.log", MaxBytes: 50 << 20, Backups: 10}
	if active.Equal(reread) {
		t.Error("no change seen")
	}
}

func TestWhatAReloadSeesAsAChangeOfAGroup(t *testing.T) {
	type group = supervise.GroupSpec
	base := func() group {
		return group{
			Name: "g", Priority: 999, Programs: []supervise.Program{sample()},
			Listener: &supervise.ListenerSpec{BufferSize: 10, Events: []string{"TICK_5"}, ResultHandler: "h"},
			Socket:   &supervise.SocketSpec{URL: "unix:///s", UID: 33, GID: -1, Mode: 0o700},
		}
	}
	for _, c := range []struct {
		name    string
		edit    func(*group)
		changed bool
	}{
		{"nothing", func(*group) {}, false},
		{"the name", func(g *group) { g.Name = "h" }, true},
		{"the priority", func(g *group) { g.Priority = 1 }, true},
		{"the kind", func(g *group) { g.Kind = supervise.KindListener }, true},
		{"a process", func(g *group) { g.Programs = nil }, true},
		{"the socket's URL", func(g *group) { g.Socket.URL = "unix:///t" }, true},
		{"the socket's owner", func(g *group) { g.Socket.UID = 34 }, true},
		{"the socket's mode", func(g *group) { g.Socket.Mode = 0o770 }, true},
		{"the socket's backlog", func(g *group) { g.Socket.Backlog = 9 }, true},
		{"no socket", func(g *group) { g.Socket = nil }, true},
		{"the listener's events", func(g *group) { g.Listener.Events = nil }, true},
		{"the listener's buffer", func(g *group) { g.Listener.BufferSize = 1 }, true},
		{"no listener", func(g *group) { g.Listener = nil }, true},
	} {
		edited := base()
		c.edit(&edited)
		if got := !base().Equal(edited); got != c.changed {
			t.Errorf("%s: changed = %v, want %v", c.name, got, c.changed)
		}
	}
}
