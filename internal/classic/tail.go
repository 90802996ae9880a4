package classic

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// The end of a log that a page shows, in bytes. The original has no upper
// bound, and builds a page of any size in memory.
const (
	leastTail = 1024
	mostTail  = 4 << 20
)

// tail shows the end of a process's standard output, cut between characters.
func (h *handler) tail(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		fail(w, http.StatusBadRequest, "The form or the query cannot be read.")
		return
	}
	name, limit := value(r, "processname"), limitOf(value(r, "limit"))
	refresh := ""
	if name != "" {
		refresh = "tail.html?processname=" + quote(name) + "&limit=" + strconv.FormatInt(limit, 10)
	}
	h.render(w, "tail.html", map[string]any{
		"Name":    text(name),
		"Text":    text(h.tailOf(name, limit)),
		"Refresh": refresh,
	})
}

// limitOf reads a limit; what is none is the least.
func limitOf(s string) int64 {
	n, err := strconv.ParseUint(s, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		return mostTail
	}
	return min(max(leastTail, int64(n)), mostTail)
}

func (h *handler) tailOf(name string, limit int64) string {
	if name == "" {
		return "No process name found"
	}
	data, err := h.service.ReadLog(name, service.Stdout, -limit, 0)
	switch {
	case errors.Is(err, service.ErrNoLog):
		return "No file for " + name
	case err != nil:
		return failure + name + ": " + reason(err)
	}
	return string(data)
}
