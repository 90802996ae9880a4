package ctl

import (
	"context"
	"strings"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func (s *session) foreground(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	switch len(words) {
	case 0:
		return s.refuse("fg", "ERROR: no process name supplied", exitGeneric)
	case 1:
	default:
		return s.fail("ERROR: too many process names supplied")
	}
	name, ok, err := s.one(ctx, words[0])
	if !ok {
		return err
	}
	running, err := s.running(ctx, name)
	switch {
	case faultCode(err) == client.BadName:
		return s.fail("ERROR: bad process name supplied")
	case faultCode(err) != 0:
		s.println("ERROR: " + describeFault(err)) // and exit code 0, as the original
		return nil
	case err != nil:
		return err
	case !running:
		return s.fail("ERROR: process not running")
	}
	return s.attach(ctx, name)
}

// running tells whether the process is in state RUNNING.
func (s *session) running(ctx context.Context, name string) (bool, error) {
	v, err := s.call(ctx, "getProcessInfo", name)
	if err != nil {
		return false, err
	}
	info, err := client.ParseProcess(v)
	return info.State == stateRunning, err
}

// describeFault is str() of the fault in err, which must hold one.
func describeFault(err error) string { return asException(err).text }

// attach shows what the process writes and gives it what the user types,
// until one of them ends or Ctrl-C is pressed.
func (s *session) attach(ctx context.Context, name string) error {
	s.println("==> Press Ctrl-C to exit <==")
	s.flush()
	ctx, release := s.env.Interrupt(ctx)
	defer release()
	in := s.reader()
	stdout, stderr := in.screen(), s.env.Stderr
	if isTerminal(stderr) && isTerminal(s.env.Stdout) {
		stderr = stdout // a line may be under way there, too
	}
	streams, cut := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, channel := range []string{"stdout", "stderr"} {
		wg.Go(func() { s.follow(streams, "/logtail/"+name+"/"+channel, stdout, stderr) })
	}
	err := s.feed(ctx, in, name)
	cut()
	wg.Wait()
	if err != nil {
		return err
	}
	s.println("Exiting foreground")
	return nil
}

// feed sends lines until the user or the process ends that.
func (s *session) feed(ctx context.Context, in input, name string) error {
	for {
		line, err := in.line(ctx, "")
		if err != nil {
			return nil // the end of the input or Ctrl-C
		}
		_, err = s.call(ctx, "sendProcessStdin", name, line+"\n")
		running := err == nil
		if running {
			running, err = s.running(ctx, name)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case faultCode(err) == client.NotRunning, err == nil && !running:
			s.println("Process got killed")
			return nil
		case faultCode(err) != 0:
			s.println("ERROR: " + describeFault(err))
			return nil
		case err != nil:
			return err
		}
	}
}
