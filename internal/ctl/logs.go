package ctl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// defaultTail is how many bytes tail shows.
const defaultTail = 1600

// tailRequest is what the words after tail ask for.
type tailRequest struct {
	name, channel string
	bytes         int
	follow        bool
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
	r, wrong := parseTail(words)
	if wrong != "" {
		return s.fail("Error: " + wrong)
	}
	name, ok, err := s.one(ctx, r.name)
	if !ok {
		return err
	}
	r.name = name
	switch {
	case r.follow:
		return s.followLog(ctx, "/logtail/"+r.name+"/"+r.channel)
	case r.channel == "stderr":
		return s.showLog(ctx, r.name, "readProcessStderrLog", r.name, -r.bytes, 0)
	}
	return s.showLog(ctx, r.name, "readProcessStdoutLog", r.name, -r.bytes, 0)
}

// parseTail reads one to three words; wrong says what is wrong with them. As
// the original, it takes the last word for the channel.
func parseTail(words []string) (r tailRequest, wrong string) {
	option := ""
	if strings.HasPrefix(words[0], "-") {
		option, words = words[0], words[1:]
	}
	if len(words) == 0 {
		return r, "tail requires process name"
	}
	r = tailRequest{name: words[0], channel: "stdout", bytes: defaultTail}
	if len(words) > 1 {
		r.channel = strings.ToLower(words[len(words)-1])
	}
	if r.channel != "stdout" && r.channel != "stderr" {
		return r, "bad channel " + ini.Repr(r.channel)
	}
	if option != "" {
		var ok bool
		if r.bytes, r.follow, ok = howMuch(option); !ok {
			return r, "bad argument " + option
		}
	}
	return r, ""
}

// howMuch reads "-f" and "-100".
func howMuch(option string) (bytes int, follow, ok bool) {
	count, ok := strings.CutPrefix(option, "-")
	if !ok || count == "f" {
		return 0, ok, ok
	}
	bytes, err := strconv.Atoi(count)
	return bytes, false, err == nil
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
		var ok bool
		if bytes, follow, ok = howMuch(words[0]); !ok {
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
	s.follow(ctx, path, s.stdout, s.env.Stderr)
	if ctx.Err() != nil {
		s.println("")
	}
	return nil
}

// follow copies a stream of the daemon to stdout until either ends or ctx is
// done. As http_client.Listener: trouble is told on stderr and changes no exit
// code.
func (s *session) follow(ctx context.Context, path string, stdout, stderr io.Writer) {
	complain := func(format string, args ...any) {
		fmt.Fprintf(stderr, "%s%s %s\n", s.env.Client.ServerURL, path, fmt.Sprintf(format, args...))
	}
	c, err := s.connection()
	if err == nil {
		var stream io.ReadCloser
		if stream, err = c.Get(ctx, path); err == nil {
			defer stream.Close()
			_, err = io.Copy(stdout, stream)
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
