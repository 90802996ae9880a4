package jobctl

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/api"
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
			return wrongUse("--bytes %d: give how many bytes, or 0 for all", part.Limit)
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
		err = c.printLog(ctx, daemon, r, part)
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

// printLog prints what a run wrote. What another node keeps is not here: then it is
// what the row of the run has.
func (c *console) printLog(ctx context.Context, daemon *client.Client, r api.Run, part client.LogRange) error {
	ref := client.Ref{Store: r.JobStore, ID: r.ID}
	stream, err := daemon.RunLog(ctx, ref, part)
	if problem, ok := errors.AsType[*client.Problem](err); ok && problem.Type == api.ProblemNoLog {
		return c.printRow(r, part)
	}
	if err != nil {
		return err
	}
	defer stream.Close()
	n, err := io.Copy(c.Stdout, stream)
	if err != nil || n > 0 || r.HasLog {
		return err
	}
	if r.Phase != api.RunDone { // it may be by now
		if r, err = daemon.Run(ctx, ref, 0); err != nil {
			return err
		}
	}
	return c.printRow(r, part)
}
