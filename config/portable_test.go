package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// What depends on the machine is left out of a portable check; the rest is not.
func TestPortable(t *testing.T) {
	t.Parallel()
	host := config.Portable()
	host.Environ = nil
	path := write(t, `[program:a]
command = run %(ENV_TARGET)s
user = somebody
numprocs = %(ENV_COUNT)s
stdout_logfile = /no/such/directory/x.log
directory = %(ENV_DIR)s
[rpcinterface:other]
supervisor.rpcinterface_factory = other:make
`)
	c, err := config.Load(path, host, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := c.Groups[0].Programs
	if len(p) != 1 || p[0].Command != "run env-TARGET" || p[0].Child.Directory != "env-DIR" || p[0].Child.User.UID != 0 {
		t.Errorf("understood as %+v", p)
	}
	var notes []string
	for _, n := range c.Notes {
		notes = append(notes, n.Error())
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "numprocs: '%(ENV_COUNT)s' depends on a variable that is not set here") ||
		!strings.Contains(all, "other:make is written in Python") || len(notes) != 2 {
		t.Errorf("notes are\n%s\nwant one about the count, one about the interface, and none about the fragment", all)
	}
	if _, err := config.Load(write(t, "[program:a]\ncommand = %(nope)s\n"), host, nil); err == nil {
		t.Error("a name that no machine knows is taken")
	}
}

// The whole error can be asked for what went wrong.
func TestErrorsUnwrap(t *testing.T) {
	t.Parallel()
	_, err := config.Load(write(t, "[supervisord]\nminfds = x\n[program:a]\ncommand = x\nstartsecs = y\n"), config.Portable(), nil)
	var faults config.Errors
	if !errors.As(err, &faults) || len(faults) != 2 {
		t.Fatalf("error is %v, want two faults", err)
	}
	var second *config.Error
	if !errors.As(faults.Unwrap()[1], &second) || second.Section != "program:a" || second.Key != "startsecs" || second.Line != 5 {
		t.Errorf("the second fault is %+v", second)
	}
}

// Numbers without bound in the original end at what we can hold.
func TestHugeNumbers(t *testing.T) {
	t.Parallel()
	c := load(t, "[supervisord]\nlogfile_maxbytes = 99999999999999GB\n[program:a]\ncommand = x\nstartsecs = 99999999999999999999999\nstopwaitsecs = -99999999999999999999999\n")
	p := c.Groups[0].Programs[0]
	if c.Daemon.LogfileMaxBytes <= 0 || p.Start.Secs <= 0 || p.Stop.Wait >= 0 {
		t.Errorf("huge numbers change their sign: %d, %v, %v", c.Daemon.LogfileMaxBytes, p.Start.Secs, p.Stop.Wait)
	}
	if _, err := config.Load(write(t, "[supervisord]\n[program:a]\ncommand = x\nnumprocs = 1000000000\nprocess_name = %(process_num)d\n"), config.Portable(), nil); err == nil {
		t.Error("a billion processes are taken")
	}
}
