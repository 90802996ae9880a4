package ctl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// exception is an error under the name that Python has for it.
type exception struct{ class, text string }

func (e *exception) Error() string { return e.class + ": " + e.text }

// describe words an error as supervisorctl does after "error: ", down to the
// names of Python's classes; the place in its source is left out.
func describe(err error) string {
	e := asException(err)
	return fmt.Sprintf("<class '%s'>, %s", e.class, e.text)
}

func asException(err error) *exception {
	if e, ok := errors.AsType[*exception](err); ok {
		return e
	}
	if f, ok := errors.AsType[*client.Fault](err); ok {
		return &exception{"xmlrpc.client.Fault", faultText(f)}
	}
	if e, ok := errors.AsType[*client.HTTPError](err); ok {
		// Supervisor gives its Python library this host, whatever the real one is.
		return &exception{"xmlrpc.client.ProtocolError",
			fmt.Sprintf("<ProtocolError for 127.0.0.1%s: %d %s>", e.Path, e.Code, e.Reason)}
	}
	if e, ok := errors.AsType[*client.SyntaxError](err); ok {
		return &exception{"xml.parsers.expat.ExpatError", e.Error()}
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		if e.IsNotFound {
			return &exception{"socket.gaierror", "[Errno -2] Name or service not known"}
		}
		return &exception{"socket.gaierror", "[Errno -3] Temporary failure in name resolution"}
	}
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return &exception{errnoClass(e), fmt.Sprintf("[Errno %d] %s", int(e), capitalized(e.Error()))}
	}
	switch {
	case errors.Is(err, client.ErrURL):
		return &exception{"ValueError", capitalized(err.Error())}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &exception{"TimeoutError", "timed out"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &exception{"http.client.RemoteDisconnected", "Remote end closed connection without response"}
	}
	return &exception{"OSError", err.Error()}
}

func errnoClass(e syscall.Errno) string {
	switch e {
	case syscall.ECONNREFUSED:
		return "ConnectionRefusedError"
	case syscall.ECONNRESET:
		return "ConnectionResetError"
	case syscall.EPIPE:
		return "BrokenPipeError"
	case syscall.ENOENT:
		return "FileNotFoundError"
	case syscall.ENOTDIR:
		return "NotADirectoryError"
	case syscall.EACCES, syscall.EPERM:
		return "PermissionError"
	case syscall.ETIMEDOUT:
		return "TimeoutError"
	}
	return "OSError"
}

// faultText is str() of a Fault.
func faultText(f *client.Fault) string {
	return fmt.Sprintf("<Fault %d: %s>", f.Code, ini.Repr(f.String))
}

func capitalized(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}
