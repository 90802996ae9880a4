package listener

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/pyrepr"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// payload is the text of an event without its header. The events of
// Supervisor have the words that they have there, to the byte; those of jobs
// stand in jobPayload.
func payload(e event.Event) string {
	switch e := e.(type) {
	case supervise.StateChanged:
		return stateText(e)
	case supervise.Output:
		channel := "stdout"
		if e.Stderr {
			channel = "stderr"
		}
		return of(e.Process, e.Group) + " pid:" + strconv.Itoa(e.PID) + " channel:" + channel + "\n" + dataText(e.Data)
	case supervise.Communication:
		return of(e.Process, e.Group) + " pid:" + strconv.Itoa(e.PID) + "\n" + dataText(e.Data)
	case event.Remote:
		return valid("type:" + e.Kind + "\n" + e.Data)
	case event.Ticked:
		return "when:" + strconv.FormatInt(e.When.Unix(), 10)
	case event.GroupChanged:
		return valid("groupname:" + e.Group + "\n")
	case event.SupervisorChanged:
		return ""
	}
	return jobPayload(e)
}

// of are the words that name a process.
func of(process, group string) string {
	return valid("processname:" + process + " groupname:" + group)
}

// stateText has more words for some states.
func stateText(e supervise.StateChanged) string {
	text := of(e.Process, e.Group) + " from_state:" + e.From.String()
	switch e.To {
	case supervise.Starting, supervise.Backoff:
		return text + " tries:" + strconv.Itoa(e.Tries)
	case supervise.Running, supervise.Stopping, supervise.Stopped:
		return text + " pid:" + strconv.Itoa(e.PID)
	case supervise.Exited:
		expected := "0"
		if e.Expected {
			expected = "1"
		}
		return text + " expected:" + expected + " pid:" + strconv.Itoa(e.PID)
	}
	return text
}

// dataText is what a process has written; what is no text becomes a literal
// of Python's, as in ProcessLogEvent.payload.
func dataText(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	return "Undecodable: " + pyrepr.Bytes(data)
}

// valid keeps the promise that a payload is text, whose length is told in
// characters.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
