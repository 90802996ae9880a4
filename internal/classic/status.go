package classic

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// row is one process in the table.
type row struct {
	Name, State, Class, Description string
	Tail, Log                       string   // links
	Shade                           bool     // every second row
	Actions                         []action // those that make sense in its state
}

// status shows the table, or does what the form asks for.
func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, "The form or the query cannot be read.")
		return
	}
	if name := value(r, "action"); name != "" {
		h.act(w, r, name)
		return
	}
	var rows []row
	for i, info := range h.service.AllProcessInfo() {
		p := rowOf(info)
		p.Shade = i%2 == 1
		rows = append(rows, p)
	}
	message := text(value(r, "message"))
	h.render(w, "status.html", map[string]any{
		"Message": message,
		"Failed":  strings.HasPrefix(message, failure),
		"Rows":    rows,
		"Version": service.Version,
	})
}

// value is a field of the form; what was posted wins over the query, and of
// several in a body the last counts, in a query the first, as in the original.
func value(r *http.Request, key string) string {
	if posted := r.PostForm[key]; len(posted) > 0 {
		return posted[len(posted)-1]
	}
	return r.URL.Query().Get(key)
}

func rowOf(p service.ProcessInfo) row {
	name := service.Namespec{Group: p.Group, Process: p.Name}.String()
	quoted := quote(name)
	return row{
		Name:        text(name),
		State:       strings.ToLower(p.Status.State.String()),
		Class:       class(p.Status.State),
		Description: text(p.Description + comes(p)),
		Tail:        "tail.html?processname=" + quoted,
		Log:         "logtail/" + quoted,
		Actions:     offered(&p.Status),
	}
}

// comes tells when a process is started again without anybody asking for it.
func comes(p service.ProcessInfo) string {
	if p.Status.Next.IsZero() {
		return ""
	}
	wait := max(0, p.Status.Next.Sub(p.Now)).Round(time.Second)
	return fmt.Sprintf(" (next start in %s)", wait)
}

// class is the CSS class of a state, as css_class_for_state.
func class(s supervise.State) string {
	switch s {
	case supervise.Running:
		return "statusrunning"
	case supervise.Fatal, supervise.Backoff:
		return "statuserror"
	}
	return "statusnominal"
}

// text makes anything fit to be shown: what is not UTF-8 becomes U+FFFD.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// quote escapes as Python's urllib.quote: all but letters, digits and _.-~/.
func quote(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("_.-~/", c) >= 0
		if plain {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hex[c>>4], hex[c&15]})
	}
	return b.String()
}
