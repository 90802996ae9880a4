package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/jobctl"
)

// jobCommands are the trees of what is done with jobs, runs and the scheduler of
// a daemon. The daemon is found by the rules of supervisorctl.
func jobCommands(w world) []*cobra.Command {
	values := map[string]string{}
	trees := jobctl.Commands(jobctl.Env{
		Stdin: w.stdin, Stdout: w.stdout, Stderr: w.stderr,
		Color: showsColours(w.stdout), Progress: isTerminal(w.stderr), Zone: time.Local,
		Connect: func() (*client.Client, string, error) { return w.connect(values) },
		Edit:    w.edit,
	})
	for _, tree := range trees {
		flags := tree.PersistentFlags()
		for _, f := range []struct{ name, short, key, usage string }{
			{"configuration", "c", keyConfig, "read [supervisorctl] of this `FILE` (looked for without it)"},
			{"serverurl", "s", keyServerURL, "the `URL` of the daemon: unix:///path, http://host:port or https://host:port"},
			{"username", "u", keyUsername, "the user `NAME` for the daemon"},
			{"password", "p", keyPassword, "the `PASSWORD` for the daemon"},
		} {
			flags.VarP(&connectionFlag{values, f.key}, f.name, f.short, f.usage)
		}
	}
	if command, _, err := trees[0].Find([]string{"import"}); err == nil {
		alsoFromAPScheduler(w, command)
	}
	return trees
}

// connectionFlag is an option of supervisorctl as a flag.
type connectionFlag struct {
	values map[string]string
	key    string
}

func (f *connectionFlag) String() string { return "" }
func (f *connectionFlag) Type() string   { return "string" }

func (f *connectionFlag) Set(value string) error {
	if f.key == keyServerURL && !isURL(value) {
		return fmt.Errorf("value %s is not a URL", ini.Repr(value))
	}
	f.values[f.key] = value
	return nil
}

// connect gives a client for the daemon that the options and files name, and its URL.
func (w world) connect(values map[string]string) (*client.Client, string, error) {
	c, err := w.clientConfig(values)
	if err != nil {
		return nil, "", err
	}
	options, err := ctl.Options(c)
	if err != nil {
		return nil, c.ServerURL, err
	}
	daemon, err := client.New(options)
	return daemon, c.ServerURL, err
}

// showsColours tells whether stdout is a terminal whose user wants colours: see
// no-color.org.
func showsColours(stdout io.Writer) bool {
	return isTerminal(stdout) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// edit lets the user's editor change a text. The editor is that of VISUAL, of
// EDITOR, or vi, and may have arguments, as the shell reads them.
func (w world) edit(ctx context.Context, text []byte) (edited []byte, err error) {
	file, err := os.CreateTemp("", "watchkeeper-*.conf")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(file.Name())) }()
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	editor := "vi"
	for _, variable := range []string{"EDITOR", "VISUAL"} {
		if value := os.Getenv(variable); value != "" {
			editor = value
		}
	}
	command := exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$1"`, editor, file.Name())
	command.Stdin, command.Stdout, command.Stderr = w.stdin, w.stdout, w.stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("edit with %s: %w", editor, err)
	}
	return os.ReadFile(file.Name())
}

// concluded tells what an error of a command means: the exit code of one that is
// over, with what went wrong said; it is not ok for a wrong use.
func (w world) concluded(err error) (code int, ok bool) {
	if exit, ok := errors.AsType[exitCode](err); ok {
		return int(exit), true
	}
	if exit, ok := errors.AsType[jobctl.Exit](err); ok {
		return int(exit), true
	}
	if failure, ok := errors.AsType[*jobctl.Failure](err); ok && failure.Server != "" { // else its file is wrong
		fmt.Fprintln(w.stderr, "Error:", failure)
		return exitFailed, true
	}
	return 0, false
}
