package ctl

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/jobctl"
)

// ending is how a line left the session.
type ending int

const (
	goOn ending = iota
	leave
	interrupted
)

// errLeave is what quit returns.
var errLeave = errors.New("leave the shell")

// line runs one line. As Controller.onecmd: whatever goes wrong is printed,
// and a server that wants a password is tried twice.
func (s *session) line(ctx context.Context, line string) ending {
	defer s.flush()
	line = strings.TrimSpace(line)
	if line == "" {
		return goOn
	}
	name, arg := parse(line)
	c, ok := s.lookup(name)
	if !ok {
		s.printf("*** Unknown syntax: %s\n", line)
		s.code = exitGeneric
		return goOn
	}
	s.known = nil
	err := c.run(s, ctx, arg)
	for httpStatus(err) == http.StatusUnauthorized {
		s.println("Server requires authentication")
		if !s.env.Interactive {
			s.code = exitGeneric
			err = c.run(s, ctx, arg)
			break
		}
		if err = s.askPassword(ctx); err == nil {
			err = c.run(s, ctx, arg)
		}
	}
	return s.conclude(ctx, err)
}

// conclude says what a command's error means for the user.
func (s *session) conclude(ctx context.Context, err error) ending {
	switch {
	case err == nil:
		return goOn
	case errors.Is(err, errLeave):
		return leave
	case errors.Is(err, errInterrupted), ctx.Err() != nil:
		return interrupted
	case errors.Is(err, errNoAnswer):
		s.printf("%s did not answer within %v\n", s.env.Client.ServerURL, s.env.Patience)
		s.code = exitRefused
	case faultCode(err) == client.Forbidden:
		s.printf("ERROR: not permitted: %s\n", strings.TrimPrefix(faultString(err), "FORBIDDEN: "))
		s.code = exitGeneric
	case jobctl.TLSTrouble(err) != "":
		s.printf("%s: %s\n", s.env.Client.ServerURL, jobctl.TLSTrouble(err))
		s.code = exitRefused
	default:
		s.printf("error: %s\n", describe(err))
		s.code = exitGeneric
	}
	return goOn
}

func (s *session) askPassword(ctx context.Context) error {
	username, err := s.ask(ctx, "Username:")
	if err != nil {
		return err
	}
	password, err := s.askSecret(ctx, "Password:")
	if err != nil {
		return err
	}
	s.println("")
	s.env.Client.Username, s.env.Client.Password, s.env.Client.Token = username, password, ""
	s.disconnect()
	return nil
}

// apiVersion is the only version of the API that there has ever been.
const apiVersion = "3.0"

// up tells whether the daemon can be talked to; if not, the user has been
// told, or err says why. As Controller.upcheck.
func (s *session) up(ctx context.Context) (ok bool, err error) {
	version, err := s.text(ctx, "getVersion")
	switch {
	case faultCode(err) == client.UnknownMethod:
		s.println("Sorry, supervisord responded but did not recognize the supervisor namespace commands " +
			"that supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section " +
			"is enabled in the configuration file (see sample.conf).")
		s.code = exitUnsupported
		return false, nil
	case errors.Is(err, syscall.ECONNREFUSED):
		s.printf("%s refused connection\n", s.env.Client.ServerURL)
		s.code = exitRefused
		return false, nil
	case errors.Is(err, syscall.ENOENT):
		s.printf("%s no such file\n", s.env.Client.ServerURL)
		s.code = exitNotRunning
		return false, nil
	case err != nil:
		return false, err
	case version != apiVersion:
		s.printf("Sorry, this version of supervisorctl expects to talk to a server with API version %s, "+
			"but the remote version is %s.\n", apiVersion, version)
		s.code = exitNotInstalled
		return false, nil
	}
	return true, nil
}
