package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// The sockets of FastCGI programs by the name of their process, of groups of
// their own and of programs that a group lists.
func TestSocketsOfFastCGIPrograms(t *testing.T) {
	t.Parallel()
	c := load(t, `[supervisord]
[group:g]
programs = member,plain
[fcgi-program:member]
command = cat
socket = unix:///run//%(program_name)s/../m.sock
socket_owner = root:0
socket_mode = 0770
socket_backlog = 5
[program:plain]
command = cat
[fcgi-program:host]
command = cat
socket = tcp://LocalHost:9000
[fcgi-program:six]
command = cat
socket = tcp://[::1]:9000
[fcgi-program:any]
command = cat
socket = tcp://*:9001
[fcgi-program:other]
command = cat
user = nobody
socket = unix:///tmp/o.sock
`)
	tcp := func(url string) *supervise.SocketSpec { return &supervise.SocketSpec{URL: url, UID: -1, GID: -1} }
	want := map[string]*supervise.SocketSpec{
		"member": {URL: "unix:///run/m.sock", Backlog: 5, Mode: 0o770, UID: 0, GID: 0},
		"plain":  nil,
		"host":   tcp("tcp://localhost:9000"),
		"six":    tcp("tcp://[::1]:9000"),
		"any":    tcp("tcp://*:9001"),
		"other":  {URL: "unix:///tmp/o.sock", Mode: 0o700, UID: 65534, GID: 65534}, // that of its user
	}
	got := make(map[string]*supervise.SocketSpec)
	for _, g := range c.Groups {
		for _, p := range g.Programs {
			got[p.Name] = p.Socket
			if g.Kind == supervise.KindFastCGI && g.Socket != p.Socket {
				t.Errorf("group %s has another socket than its program", g.Name)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A reload sees that the socket of a program in a group has changed.
func TestAChangedSocketOfAMemberIsAChange(t *testing.T) {
	t.Parallel()
	const text = "[supervisord]\n[group:g]\nprograms = f\n[fcgi-program:f]\ncommand = cat\nsocket = unix:///run/a.sock\n"
	before, after := load(t, text), load(t, text+"socket_mode = 0777\n")
	if _, changed, _ := config.Diff(before.Groups, after.Groups); len(changed) != 1 {
		t.Errorf("%d groups have changed, want 1", len(changed))
	}
	if _, changed, _ := config.Diff(before.Groups, load(t, text).Groups); len(changed) != 0 {
		t.Errorf("%d groups have changed, want none", len(changed))
	}
}
