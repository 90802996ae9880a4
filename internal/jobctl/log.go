package jobctl

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func (c *console) logCommand() *cobra.Command {
	var part client.LogRange
	command := c.verb("log RUN", "Print what a run wrote", "Print what a run wrote. "+runHelp, cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
		if c.json {
			return wrongUse("--json: what a run wrote is printed as it is")
		}
		if part.Follow && part.Limit != 0 {
			return wrongUse("--bytes: with --follow it goes on until the run is done")
		}
		if part.Limit < 0 {
			return wrongUse("--bytes: 0, for all, or a number above it is expected")
		}
		daemon, err := c.daemon()
		if err != nil {
			return err
		}
		defer daemon.Close()
		ctx, release := c.Interrupt(ctx)
		defer release()
		r, err := c.find(ctx, daemon, args[0])
		if err != nil {
			return err
		}
		stream, err := daemon.RunLog(ctx, client.Ref{Store: r.JobStore, ID: r.ID}, part)
		if err == nil {
			defer stream.Close()
			_, err = io.Copy(c.Stdout, stream)
		}
		if ctx.Err() != nil {
			fmt.Fprintln(c.Stderr)
			return Exit(exitInterrupted)
		}
		return err
	})
	flags := command.Flags()
	flags.BoolVarP(&part.Follow, "follow", "f", false, "go on until the run is done")
	flags.Int64Var(&part.Offset, "offset", 0, "leave out so many `BYTES` at the beginning; -1000 begins a thousand before the end")
	flags.Int64Var(&part.Limit, "bytes", 0, "print so many `BYTES` at most; 0 is all")
	command.ValidArgsFunction = c.completeRuns
	return command
}
