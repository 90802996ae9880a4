package cli

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// exitCode is the error by which a command of watchkeeper tells its exit
// code; what went wrong has been said already.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

// asError makes a code the result of a command.
func asError(code int) error {
	if code == exitOK {
		return nil
	}
	return exitCode(code)
}

// watchkeeper runs one command of the tree that our own name has.
func watchkeeper(ctx context.Context, w world) int {
	err := w.tree().ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if code, ok := w.concluded(err); ok {
		return code
	}
	return w.usage(err.Error())
}

// tree is all commands of our own name.
func (w world) tree() *cobra.Command {
	root := &cobra.Command{
		Use:           "watchkeeper",
		Short:         "Keep programs running",
		Long:          "Keep programs running, with the configuration files and the clients of Supervisor.",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       versions(),
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetArgs(w.args)
	root.SetIn(w.stdin)
	root.SetOut(w.stdout)
	root.SetErr(w.stderr)
	root.AddCommand(serveCommand(w), ctlCommand(w), checkCommand(w), nextCommand(w), linksCommand(w), tokenCommand(w), manCommand(w), pythonCommand(w), versionCommand(w))
	root.AddCommand(jobCommands(w)...)
	return root
}

// justOne checks that there is one argument, and says which.
func justOne(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s wants one argument, %s", strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" "), name)
		}
		return nil
	}
}

// serveCommand and ctlCommand take the options of supervisord and
// supervisorctl, so cobra leaves their arguments alone.
func serveCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use:                "serve [-c FILE] [options]",
		Short:              "Run the daemon in the foreground (supervisord -n)",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			w.prog, w.args = w.prog+" serve", args
			return asError(w.daemon(c.Context(), true))
		},
	}
}

func ctlCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use:                "ctl [options] [command [arguments]]",
		Short:              "Talk to a running daemon (supervisorctl)",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			w.prog, w.args = w.prog+" ctl", args
			return asError(supervisorctl(c.Context(), w))
		},
	}
}

func versionCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print our version and that of Supervisor we behave like",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.stdout, "watchkeeper %s\n", versions())
			return err
		},
	}
}

// versions are ours and that of Supervisor, in words.
func versions() string { return fmt.Sprintf("%s (Supervisor %s)", buildVersion(), version) }

// buildVersion is the version of the module that was built, "(devel)" for a
// build from a working tree.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
