package jobctl

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

// rowOutput is what the row of a run has of its output: the end of it.
type rowOutput struct {
	Output  string `json:"output"`
	Dropped int64  `json:"dropped"` // bytes that came before
}

// parts are the result of a run without its output, and that. Results of other
// forms have none.
func parts(r api.Run) (result string, out rowOutput) {
	var members map[string]json.RawMessage
	if json.Unmarshal(r.Result, &members) != nil || members["output"] == nil || json.Unmarshal(r.Result, &out) != nil {
		return string(r.Result), rowOutput{}
	}
	delete(members, "output")
	delete(members, "dropped")
	if len(members) == 0 {
		return "", out
	}
	text, err := json.Marshal(members)
	must(err) // it was JSON before
	return string(text), out
}

// shownLines is how many lines of its output run show has.
const shownLines = 20

// outputText names the command that prints the output of a run, with the last lines
// of it; "" where there is none.
func outputText(r api.Run) string {
	_, out := parts(r)
	if out.Output == "" && !r.HasLog {
		return ""
	}
	text := "run log " + printable(r.ID)
	if out.Output == "" {
		return text
	}
	lines := strings.Split(strings.TrimRight(out.Output, "\n"), "\n")
	if more := len(lines) > shownLines || out.Dropped > 0; more {
		lines = lines[max(0, len(lines)-shownLines):]
		text += fmt.Sprintf(" has more, these are the last %d lines:", len(lines))
	}
	return text + "\n" + printableLines(strings.Join(lines, "\n"))
}

// printRow prints what the row of a run has of its output, where there is no log of it
// here, and says on stderr what that is.
func (c *console) printRow(r api.Run, part client.LogRange) error {
	id := printable(r.ID)
	_, out := parts(r)
	switch {
	case r.Phase == api.RunWaiting:
		fmt.Fprintf(c.Stderr, "%s has not begun.\n", id)
	case r.Phase == api.RunRunning:
		fmt.Fprintf(c.Stderr, "%s has written nothing here yet. Node %s has it; what another daemon's run wrote is seen here when it is done.\n", id, printable(r.Node))
	case out.Output == "" && out.Dropped == 0:
		fmt.Fprintf(c.Stderr, "%s left no output.\n", id)
	default:
		fmt.Fprintf(c.Stderr, "The log of %s is not here but with node %s. This is what its row has", id, printable(r.Node))
		if out.Dropped > 0 {
			fmt.Fprintf(c.Stderr, ", without the %d bytes before", out.Dropped)
		}
		fmt.Fprintln(c.Stderr, ":")
		_, err := io.WriteString(c.Stdout, cut(out.Output, part))
		return err
	}
	return nil
}

// cut is the part of text.
func cut(text string, part client.LogRange) string {
	begin := part.Offset
	if begin < 0 {
		begin = max(0, int64(len(text))+begin)
	}
	text = text[min(begin, int64(len(text))):]
	if part.Limit > 0 {
		text = text[:min(part.Limit, int64(len(text)))]
	}
	return text
}
