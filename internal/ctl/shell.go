package ctl

import (
	"context"
	"errors"
)

// shell shows the status and then runs line after line until the user leaves.
// As Controller.exec_cmdloop: its exit code is 0, whatever went wrong.
func (s *session) shell(ctx context.Context) int {
	in := s.reader()
	if e, ok := in.(*editor); ok && s.env.Client.HistoryFile != "" {
		e.history.load(s.env.Client.HistoryFile)
		defer e.history.save(s.env.Client.HistoryFile)
	}
	line := "status"
	for s.interruptible(ctx, line) == goOn {
		var err error
		if line, err = s.prompt(ctx, in); errors.Is(err, errInterrupted) {
			s.println("")
			break
		} else if err != nil { // the end of the input, or no input at all
			line = "EOF"
		}
	}
	s.flush()
	return 0
}

// interruptible runs one line of the shell; Ctrl-C ends the line and, with a
// newline, the shell.
func (s *session) interruptible(ctx context.Context, line string) ending {
	ctx, release := s.env.Interrupt(ctx)
	defer release()
	end := s.line(ctx, line)
	if end == interrupted {
		s.println("")
	}
	return end
}

func (s *session) prompt(ctx context.Context, in input) (string, error) {
	ctx, release := s.env.Interrupt(ctx)
	defer release()
	return in.line(ctx, s.env.Client.Prompt+"> ")
}
