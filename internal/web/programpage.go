package web

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// programPage is what the page of one program shows.
type programPage struct {
	*program
	PID         int
	Description string // more to tell of it, such as what outlived it
	Life        lifeStrip
	Changes     []history.Change // the newest first
	Ended       bool             // a child has ended since the daemon started
	Words       []lastWords      // before its last end
	Config      service.ProgramInfo
	Given       []config.ProgramSetting // what the files say
	Defaults    []config.ProgramSetting // the rest
	Streams     []logStream
}

// lastWords is what stood in a log before the last end of a child.
type lastWords struct {
	Stream string // stdout or stderr
	Spans  []span
	Gone   bool // it was rotated away or cleared since
}

const (
	lastWordsBytes = 16 << 10
	lastWordsLines = 50
	changesShown   = 25
)

// signals are those that a person may want to send.
func signals() []string {
	return []string{"HUP", "INT", "QUIT", "USR1", "USR2", "WINCH", "CONT", "STOP", "TERM", "KILL"}
}

func (s *Site) programPage(r *request) (any, error) {
	s.Usage.Look()
	name := r.PathValue("name")
	if service.ParseNamespec(name).Whole {
		return nil, errMissing
	}
	info, err := s.Service.ProcessInfo(name)
	if err != nil {
		return nil, err
	}
	p := &programPage{program: s.program(&info, r), PID: info.Status.PID, Description: info.Status.Note}
	p.Usage.draw()
	if r.part == "program" {
		return p, nil
	}
	changes := s.History.Changes(info.Group, info.Name)
	p.Life = lifeOf(changes, time.Now(), r.words)
	p.Changes = newest(changes)
	past := s.History.Past(info.Group, info.Name)
	p.Ended = !past.End.At.IsZero()
	p.Words = s.lastWords(p.Name, &past.End)
	if r.part == "past" {
		return p, nil
	}
	if p.Config, err = s.Service.ProgramInfo(p.Name); err != nil {
		return nil, err
	}
	for _, setting := range p.Config.Settings {
		if setting.Place == (config.Place{}) {
			p.Defaults = append(p.Defaults, setting)
		} else {
			p.Given = append(p.Given, setting)
		}
	}
	p.Streams = s.logStreams(p.Name, p.Config.Stderr)
	return p, nil
}

// newest are the last changes in the order in which people read them.
func newest(changes []history.Change) []history.Change {
	last := slices.Clone(changes[max(0, len(changes)-changesShown):])
	slices.Reverse(last)
	return last
}

// lastWords are the lines of both logs before an end.
func (s *Site) lastWords(name string, end *history.Change) (words []lastWords) {
	for _, log := range []struct {
		stream string
		mark   output.Mark
	}{{service.Stderr, end.Stderr}, {service.Stdout, end.Stdout}} {
		if log.mark == (output.Mark{}) {
			continue
		}
		part, err := s.Service.LogBefore(name, log.stream, log.mark, lastWordsBytes)
		switch {
		case errors.Is(err, service.ErrBeyondLog):
			words = append(words, lastWords{Stream: log.stream, Gone: true})
		case err == nil && len(part.Data) > 0:
			words = append(words, lastWords{Stream: log.stream, Spans: ansi(lastLines(string(part.Data), part.Offset > 0, lastWordsLines))})
		}
	}
	return words
}

// lastLines are at most n lines at the end of text; what is cut at its begin is
// left out.
func lastLines(text string, cut bool, n int) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	if cut && len(lines) > 1 {
		lines = lines[1:]
	}
	return strings.Join(lines[max(0, len(lines)-n):], "")
}
