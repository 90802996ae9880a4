package cli

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"golang.org/x/term"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// The keys of supervisorctl's options.
const (
	keyInteractive = "interactive"
	keyServerURL   = "serverurl"
	keyUsername    = "username"
	keyPassword    = "password"
	keyHistory     = "history_file"
)

func supervisorctlOptions() []option {
	return []option{
		{'h', "help", keyHelp, false},
		{'?', "", keyHelp, false},
		{'c', "configuration", keyConfig, true},
		{'i', "interactive", keyInteractive, false},
		{'s', "serverurl", keyServerURL, true},
		{'u', "username", keyUsername, true},
		{'p', "password", keyPassword, true},
		{'r', "history_file", keyHistory, true},
	}
}

const supervisorctlHelp = `%[1]s: talk to a running daemon.

Usage: %[1]s [options] [command [arguments]]

Options:
  -c, --configuration FILE   read [supervisorctl] of this file (looked for without it)
  -h, --help                 print this and exit
  -i, --interactive          ask for what is missing: credentials, confirmation
  -s, --serverurl URL        where the daemon listens: unix:///path, http://host:port or
                             https://host:port (http://localhost:9001)
  -u, --username NAME        user name for the daemon
  -p, --password PASSWORD    password for the daemon
  -r, --history_file FILE    keep the history of the shell in this file

Environment:
  WATCHKEEPER_TOKEN          a token for the daemon, in place of user name and password
  WATCHKEEPER_TLS_CA         for https://: who may sign the daemon's certificate
  WATCHKEEPER_TLS_CERT, WATCHKEEPER_TLS_KEY
                             for https://: our own certificate and its key

Without a command a shell is opened. The command "help" lists all commands.
`

// gcPercent is for a command that ends before its memory matters: to read the
// status of a thousand programs takes a few MiB, once.
const gcPercent = 800

// supervisorctl runs one command against a daemon, or a shell.
func supervisorctl(ctx context.Context, w world) int {
	debug.SetGCPercent(gcPercent)
	found, words, err := getopt(w.args, supervisorctlOptions())
	if err != nil {
		return w.usage(err.Error())
	}
	values := map[string]string{}
	for _, g := range found {
		if g.key == keyHelp {
			fmt.Fprintf(w.stdout, supervisorctlHelp, w.prog)
			return exitOK
		}
		if g.key == keyServerURL && !isURL(g.arg) {
			return w.usage(fmt.Sprintf("invalid value for %s %s: value %s is not a URL",
				g.spelled, ini.Repr(g.arg), ini.Repr(g.arg)))
		}
		if _, again := values[g.key]; again {
			return w.usage("conflicting command line option " + ini.Repr(g.spelled))
		}
		values[g.key] = g.arg
	}
	client, err := w.clientConfig(values)
	if err != nil {
		return w.usage(err.Error())
	}
	_, interactive := values[keyInteractive]
	return ctl.Run(ctx, ctl.Env{
		Stdin:       w.stdin,
		Stdout:      w.stdout,
		Stderr:      w.stderr,
		Interactive: interactive || len(words) == 0,
		Terminal:    isTerminal(w.stdin),
		Client:      client,
		Color:       showsColours(w.stdout),
		Edit:        w.edit,
	}, words)
}

// clientConfig is [supervisorctl] of the file named or found, with the
// environment over it and the options in values over both. It is no fault that
// no file is found.
func (w world) clientConfig(values map[string]string) (config.Client, error) {
	client := config.Client{ServerURL: "http://localhost:9001", Prompt: "supervisor"}
	path, ok := values[keyConfig]
	if !ok {
		path, ok = findConfig(w.argv0)
	}
	if ok {
		var err error
		if client, err = config.LoadClient(path, config.System()); err != nil {
			return client, err
		}
	}
	fromEnvironment(&client)
	override := func(field *string, key string) {
		if value, ok := values[key]; ok {
			*field = value
		}
	}
	override(&client.ServerURL, keyServerURL)
	override(&client.Username, keyUsername)
	override(&client.Password, keyPassword)
	override(&client.HistoryFile, keyHistory)
	_, named := values[keyUsername]
	_, proved := values[keyPassword]
	if named || proved { // who says so now means it
		client.Token = ""
	}
	return client, nil
}

// isURL is the rule of Supervisor's url type: a scheme, and something that
// the scheme applies to.
func isURL(value string) bool {
	scheme, rest, ok := strings.Cut(value, ":")
	if !ok || scheme == "" {
		return false
	}
	for i, r := range scheme {
		letter := 'a' <= r|0x20 && r|0x20 <= 'z'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	return strings.TrimPrefix(rest, "//") != ""
}

func isTerminal(stdin any) bool {
	file, ok := stdin.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
