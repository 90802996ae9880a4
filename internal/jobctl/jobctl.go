// Package jobctl is the command line of jobs: the trees of commands job, run and
// scheduler over the client, for watchkeeper and for the shell of supervisorctl.
//
// What people see are tables with relative times; with --json programs get what
// the API answers. It leaves the way to the daemon, the terminal and the
// environment to those who make an Env.
package jobctl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// Env is the world of the commands: nothing else is touched.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Color          bool           // Stdout shows colours
	Progress       bool           // Stderr is a terminal, on which a line can be written anew
	Zone           *time.Location // of times that people read

	// Connect gives the daemon to ask and its URL. It is called when a command
	// needs it, as often as it does.
	Connect func() (*client.Client, string, error)
	// Edit lets the user edit a text.
	Edit func(ctx context.Context, text []byte) ([]byte, error)
	// Interrupt gives a context that ends when the user presses Ctrl-C and a
	// function that lets go of the key; nil means that of SIGINT.
	Interrupt func(context.Context) (context.Context, context.CancelFunc)
	// Now is the time that relative ones count from; nil means time.Now.
	Now func() time.Time
}

// The exit codes of the commands, besides those of runs that are waited for.
const (
	exitFailed      = 1
	exitInterrupted = 130
)

// Exit is the error of a command that has said all there is to say, or of
// a run that was waited for: the exit code.
type Exit int

// Error gives the number.
func (e Exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Failure is an error of the daemon, or on the way to it; its exit code is 1. Any
// other error of a command is a wrong use of it.
type Failure struct {
	Err    error
	Server string // the URL that was asked; "" none
}

// Commands gives the trees called job, run and scheduler. Each run of one of
// their commands returns nil, an Exit, a *Failure, or what is wrong with its use.
func Commands(e Env) []*cobra.Command {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Interrupt == nil {
		e.Interrupt = func(ctx context.Context) (context.Context, context.CancelFunc) {
			return signal.NotifyContext(ctx, os.Interrupt)
		}
	}
	c := &console{Env: e}
	trees := []*cobra.Command{c.jobTree(), c.runTree(), c.schedulerTree()}
	for _, tree := range trees {
		tree.SetFlagErrorFunc(flagError)
		flags := tree.PersistentFlags()
		flags.BoolVar(&c.json, "json", false, "print JSON")
		flags.BoolVar(&c.utc, "utc", false, "print times as they are in UTC, not relative to now")
	}
	for _, tree := range trees[:2] {
		tree.PersistentFlags().StringVar(&c.store, "jobstore", "", "the `NAME` of the job store (without it the first one that has the id, or all)")
		must(tree.RegisterFlagCompletionFunc("jobstore", c.completeStores))
	}
	return trees
}

// Run runs a command of one of the trees, as words after the name of a program.
// See Commands for its error.
func Run(ctx context.Context, e Env, prog string, words []string) error {
	root := rootOf(e, prog)
	root.SetArgs(words)
	root.SetOut(e.Stdout)
	root.SetErr(e.Stderr)
	return root.ExecuteContext(ctx)
}

// Complete gives the words that may stand behind words and begin with word.
func Complete(ctx context.Context, e Env, words []string, word string) []string {
	root := rootOf(e, "")
	var found bytes.Buffer
	root.SetArgs(slices.Concat([]string{cobra.ShellCompNoDescRequestCmd}, words, []string{word}))
	root.SetOut(&found)
	root.SetErr(io.Discard)
	if root.ExecuteContext(ctx) != nil {
		return nil // there is nothing to complete
	}
	lines := strings.Fields(found.String())
	if len(lines) == 0 {
		return nil
	}
	lines = lines[:len(lines)-1] // that is for a shell
	return slices.DeleteFunc(lines, func(line string) bool { return !strings.HasPrefix(line, word) })
}

func rootOf(e Env, prog string) *cobra.Command {
	root := &cobra.Command{Use: prog, SilenceErrors: true, SilenceUsage: true}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Hidden: true})
	root.AddCommand(Commands(e)...)
	return root
}

// tree makes the parent of commands, which tells of them if none is named.
func tree(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	parent := &cobra.Command{Use: use, Short: short, Long: long}
	var names []string
	for _, command := range commands {
		names = append(names, command.Name())
		parent.AddCommand(command)
	}
	parent.RunE = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return c.Help()
		}
		return fmt.Errorf("%s %s: there is no such command; there are %s", use, args[0], strings.Join(names, ", "))
	}
	return parent
}

// must is for what only a mistake in this package can fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// console is an Env with what the flags say.
type console struct {
	Env
	json, utc bool
	store     string // "": see --jobstore
}

// action is what a command does with its arguments.
type action func(ctx context.Context, args []string) error

// misuse is a wrong use of a command that shows only when it runs.
type misuse struct{ error }

func wrongUse(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// verb makes a command. Its errors are failures, unless they are marked.
func (c *console) verb(use, short, long string, args cobra.PositionalArgs, do action) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Long: long, Args: asked(use, args), RunE: func(cmd *cobra.Command, args []string) error {
		return c.failure(do(cmd.Context(), args))
	}}
}

// asked checks the number of arguments, and says in the words of use which they are.
func asked(use string, args cobra.PositionalArgs) cobra.PositionalArgs {
	name, wanted, _ := strings.Cut(use, " ")
	return func(cmd *cobra.Command, words []string) error {
		switch err := args(cmd, words); {
		case err == nil:
			return nil
		case wanted == "":
			return fmt.Errorf("%s %s takes no arguments", cmd.Parent().Name(), name)
		}
		return fmt.Errorf("%s %s wants the arguments %s", cmd.Parent().Name(), name, wanted)
	}
}

// flagError says of a flag that wants a number what the package strconv does not.
func flagError(_ *cobra.Command, err error) error {
	if _, ok := errors.AsType[*strconv.NumError](err); !ok {
		return err
	}
	what, _, _ := strings.Cut(err.Error(), " flag: ")
	return fmt.Errorf("%s: a whole number is expected", what)
}

// failure is err as a command returns it.
func (c *console) failure(err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[misuse](err); ok {
		return wrong.error
	}
	if exit, ok := errors.AsType[Exit](err); ok {
		return exit
	}
	_, server, _ := c.Connect() // for its name only; err tells what is wrong with it
	return &Failure{Err: err, Server: server}
}

// daemon connects. The caller closes the client.
func (c *console) daemon() (*client.Client, error) {
	daemon, _, err := c.Connect()
	return daemon, err
}

// each does something with every id in turn. What fails of several is told at
// once, and the others are gone on with.
func (c *console) each(ids []string, do func(id string) error) error {
	failed := false
	for _, id := range ids {
		err := do(id)
		_, refused := errors.AsType[*client.Problem](err)
		switch {
		case err == nil:
		case len(ids) == 1 || !refused:
			return err
		default:
			failed = true
			fmt.Fprintln(c.Stderr, "Error:", c.failure(err))
		}
	}
	if failed {
		return Exit(exitFailed)
	}
	return nil
}

// say prints v as JSON where programs read, and the text where people do.
func (c *console) say(v any, format string, args ...any) error {
	if c.json {
		return c.printJSON(v)
	}
	_, err := fmt.Fprintf(c.Stdout, format+"\n", args...)
	return err
}

func (c *console) printJSON(v any) error {
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
