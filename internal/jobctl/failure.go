package jobctl

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// Unwrap gives the error itself.
func (f *Failure) Unwrap() error { return f.Err }

// unauthorized says how one proves who one is.
const unauthorized = " wants a user name and a password (-u and -p, or a file that has them by -c) or a token (in WATCHKEEPER_TOKEN); there were none, or wrong ones"

// Error says what went wrong, in the daemon's words where it has some, and what to try.
func (f *Failure) Error() string {
	if problem, ok := errors.AsType[*client.Problem](f.Err); ok && problem.Status == http.StatusUnauthorized {
		return f.Server + unauthorized
	} else if ok {
		return problemText(problem)
	}
	if refused, ok := errors.AsType[*client.HTTPError](f.Err); ok {
		switch refused.Code {
		case http.StatusUnauthorized:
			return f.Server + unauthorized
		case http.StatusNotFound:
			return f.Server + " knows nothing of jobs (is it Supervisor's own daemon?)"
		}
	}
	if trouble := TLSTrouble(f.Err); trouble != "" {
		return f.Server + ": " + trouble
	}
	switch {
	case errors.Is(f.Err, syscall.ECONNREFUSED):
		return f.Server + " refused connection (is the daemon running?)"
	case errors.Is(f.Err, syscall.ENOENT) && strings.HasPrefix(f.Server, "unix://"):
		return f.Server + " no such file (is the daemon running, and is this its socket?)"
	case errors.Is(f.Err, syscall.EACCES) && strings.HasPrefix(f.Server, "unix://"):
		return f.Server + " permission denied (whose socket is it?)"
	}
	return f.Err.Error()
}

// problemText is the detail, or title, and what is wrong in particular, a line
// each.
func problemText(p *client.Problem) string {
	var b strings.Builder
	b.WriteString(p.Error())
	for _, e := range p.Errors {
		if e.Message == p.Error() {
			continue
		}
		location := strings.TrimPrefix(e.Location, "body.")
		message := e.Message
		if section, rest, ok := strings.Cut(message, "] "); ok && strings.HasPrefix(section, "[job:") {
			message = rest // whose options they are is known here
		}
		if location != "" && location != "body" && !strings.HasPrefix(message, location+": ") {
			message = location + ": " + message
		}
		fmt.Fprintf(&b, "\n  %s", message)
	}
	return printableLines(b.String())
}
