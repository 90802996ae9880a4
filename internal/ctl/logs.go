package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// defaultTail is how many bytes tail shows.
const defaultTail = 1600

// howMuch reads "-f" and "-100".
func howMuch(option string) (bytes int, follow, ok bool) {
	if option == "-f" {
		return 0, true, true
	}
	bytes, err := strconv.Atoi(option[len("-"):])
	return bytes, false, err == nil
}

func (s *session) tail(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	switch {
	case len(words) < 1:
		return s.refuse("tail", "Error: too few arguments", exitGeneric)
	case len(words) > 3:
		return s.refuse("tail", "Error: too many arguments", exitGeneric)
	}
	option := ""
	if strings.HasPrefix(words[0], "-") {
		option, words = words[0], words[1:]
	}
	if len(words) == 0 {
		return s.fail("Error: tail requires process name")
	}
	name, channel := words[0], "stdout"
	if len(words) > 1 {
		channel = strings.ToLower(words[len(words)-1])
	}
	if channel != "stdout" && channel != "stderr" {
		return s.fail("Error: bad channel " + quote(channel))
	}
	bytes, follow := defaultTail, false
	if option != "" {
		var ok bool
		if bytes, follow, ok = howMuch(option); !ok {
			return s.fail("Error: bad argument " + option)
		}
	}
	if follow {
		return s.followLog(ctx, "/logtail/"+name+"/"+channel)
	}
	method := "readProcessStdoutLog"
	if channel == "stderr" {
		method = "readProcessStderrLog"
	}
	return s.showLog(ctx, name, method, name, -bytes, 0)
}

func (s *session) mainTail(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	if len(words) > 1 {
		return s.refuse("maintail", "Error: too many arguments", exitGeneric)
	}
	bytes, follow := defaultTail, false
	if len(words) == 1 {
		ok := strings.HasPrefix(words[0], "-")
		if ok {
			bytes, follow, ok = howMuch(words[0])
		}
		if !ok {
			return s.fail("Error: bad argument " + words[0])
		}
	}
	if follow {
		return s.followLog(ctx, "/mainlogtail")
	}
	return s.showLog(ctx, "supervisord", "readLog", -bytes, 0)
}

// fail prints text and sets the exit code.
func (s *session) fail(text string) error {
	s.println(text)
	s.code = exitGeneric
	return nil
}

// showLog prints what method reads; faults are told under name.
func (s *session) showLog(ctx context.Context, name, method string, params ...any) error {
	text, err := s.text(ctx, method, params...)
	switch faultCode(err) {
	case client.NoFile:
		return s.fail(name + ": ERROR (no log file)")
	case client.Failed:
		return s.fail(name + ": ERROR (unknown error reading log)")
	case client.BadName:
		if method != "readLog" { // maintail knows no names, so such a fault is none of its own
			return s.fail(name + ": ERROR (no such process name)")
		}
	}
	if err != nil {
		return err
	}
	s.println(text)
	return nil
}

// followLog prints a stream until Ctrl-C, then a newline.
func (s *session) followLog(ctx context.Context, path string) error {
	s.println("==> Press Ctrl-C to exit <==")
	s.flush()
	ctx, release := s.env.Interrupt(ctx)
	defer release()
	s.follow(ctx, path, s.stdout)
	if ctx.Err() != nil {
		s.println("")
	}
	return nil
}

// follow copies a stream of the daemon to w until either ends or ctx is done.
// As http_client.Listener: trouble is told on stderr and changes no exit code.
func (s *session) follow(ctx context.Context, path string, w io.Writer) {
	complain := func(format string, args ...any) {
		fmt.Fprintf(s.env.Stderr, "%s%s %s\n", s.env.Client.ServerURL, path, fmt.Sprintf(format, args...))
	}
	c, err := s.connection()
	if err == nil {
		var stream io.ReadCloser
		if stream, err = c.Get(ctx, path); err == nil {
			defer stream.Close()
			_, err = io.Copy(w, stream)
		}
	}
	switch {
	case err == nil, ctx.Err() != nil, errors.Is(err, io.ErrUnexpectedEOF):
		// The end of the stream, of our interest in it, or of the daemon.
	case httpStatus(err) != 0:
		complain("Cannot read, status code %d", httpStatus(err))
	default:
		e := asException(err)
		complain("Cannot connect, error: <class '%s'> (%s)", e.class, e.text)
	}
}
