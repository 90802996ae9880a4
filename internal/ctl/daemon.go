package ctl

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func (s *session) pid(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	for _, word := range words {
		if word == "all" {
			return s.allPIDs(ctx)
		}
	}
	if len(words) == 0 {
		pid, err := s.text(ctx, "getPID")
		if err == nil {
			s.println(pid)
		}
		return err
	}
	known := names{session: s}
	for _, word := range words {
		found, err := known.expand(ctx, word, false)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			s.matchesNothing(word, exitGeneric)
		}
		for _, name := range found {
			if err := s.onePID(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *session) allPIDs(ctx context.Context) error {
	all, err := s.processes(ctx)
	for _, p := range all {
		s.println(strconv.Itoa(p.PID))
	}
	return err
}

func (s *session) onePID(ctx context.Context, name string) error {
	v, err := s.call(ctx, "getProcessInfo", name)
	if faultCode(err) == client.BadName {
		return s.fail("No such process " + name)
	}
	if err != nil {
		return err
	}
	info, err := client.ParseProcess(v)
	if err != nil {
		return err
	}
	s.println(strconv.Itoa(info.PID))
	if info.PID == 0 {
		s.code = exitNotRunning
	}
	return nil
}

func (s *session) version(ctx context.Context, arg string) error {
	if !s.noArguments("version", arg) {
		return nil
	}
	if ok, err := s.up(ctx); !ok {
		return err
	}
	version, err := s.text(ctx, "getSupervisorVersion")
	if err == nil {
		s.println(version)
	}
	return err
}

func (s *session) shutdown(ctx context.Context, arg string) error {
	if !s.noArguments("shutdown", arg) {
		return nil
	}
	if sure, err := s.confirm(ctx, "Really shut the remote supervisord process down y/N? "); !sure {
		return err
	}
	_, err := s.call(ctx, "shutdown")
	switch {
	case err == nil:
		s.println("Shut down")
	case faultCode(err) == client.ShutdownState:
		s.println("ERROR: already shutting down")
	case errors.Is(err, syscall.ECONNREFUSED):
		return s.fail("ERROR: " + s.env.Client.ServerURL + " refused connection (already shut down?)")
	case errors.Is(err, syscall.ENOENT):
		return s.fail("ERROR: " + s.env.Client.ServerURL + " no such file (already shut down?)")
	default:
		return err
	}
	return nil
}

// reload asks for a restart. CantReread is not Supervisor's: our daemon
// refuses to restart into a configuration that does not load.
func (s *session) reload(ctx context.Context, arg string) error {
	if !s.noArguments("reload", arg) {
		return nil
	}
	if sure, err := s.confirm(ctx, "Really restart the remote supervisord process y/N? "); !sure {
		return err
	}
	_, err := s.call(ctx, "restart")
	switch {
	case err == nil:
		s.println("Restarted supervisord")
	case faultCode(err) == client.ShutdownState:
		return s.fail("ERROR: already shutting down")
	case faultCode(err) == client.CantReread:
		return s.fail("ERROR: " + faultString(err))
	default:
		return err
	}
	return nil
}

// confirm asks an interactive user; anybody else is sure.
func (s *session) confirm(ctx context.Context, question string) (sure bool, err error) {
	if !s.env.Interactive {
		return true, nil
	}
	answer, err := s.ask(ctx, question)
	return err == nil && strings.HasPrefix(strings.ToLower(answer), "y"), err
}

func (s *session) open(ctx context.Context, arg string) error {
	scheme, _, _ := strings.Cut(arg, ":")
	if scheme = strings.ToLower(scheme); scheme != "unix" && scheme != "http" && scheme != "https" || !strings.Contains(arg, ":") {
		return s.fail("ERROR: url must be http:// or unix://")
	}
	s.disconnect()
	s.env.Client.ServerURL = arg
	s.answered = false
	before := s.code
	if err := s.status(ctx, ""); err != nil {
		return err
	}
	s.code = before
	return nil
}

func (s *session) quit(context.Context, string) error {
	s.println("")
	return errLeave
}
