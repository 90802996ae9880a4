package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// logStream is the end of a log as a page shows it; a module goes on from there.
type logStream struct {
	Name     string // stdout or stderr
	Lines    []logLine
	None     bool   // there is no log
	Live     string // the address at which the API has the log
	Download string
	First    int64 // the offset of what is shown
	Next     int64 // the offset behind it
}

// logLine is a line in one look after another.
type logLine struct{ Spans []span }

// logShown is how many bytes of a log a page has from the start.
const logShown = 32 << 10

// logStreams are the logs of a process.
func (s *Site) logStreams(name string, stderr bool) []logStream {
	streams := []logStream{s.logStream(name, service.Stdout)}
	if stderr {
		streams = append(streams, s.logStream(name, service.Stderr))
	}
	return streams
}

func (s *Site) logStream(name, stream string) logStream {
	l := logStream{
		Name: stream, Download: programPath(name) + "/logs/" + stream,
		Live: "/api/v1/processes/" + url.PathEscape(name) + "/logs/" + stream,
	}
	part, err := s.Service.LogRange(name, stream, -logShown, logShown)
	if err != nil {
		l.None = true
		return l
	}
	text := string(part.Data)
	if at := strings.IndexByte(text, '\n'); part.Offset > 0 && at >= 0 { // a line that is cut is left out
		text, part.Offset = text[at+1:], part.Offset+int64(at)+1
	}
	// A line that is not at its end yet comes with the rest of it.
	if at := strings.LastIndexByte(text, '\n'); at >= 0 {
		text = text[:at+1]
	}
	l.First, l.Next = part.Offset, part.Offset+int64(len(text))
	for line := range strings.Lines(text) {
		l.Lines = append(l.Lines, logLine{ansi(strings.TrimRight(line, "\r\n"))})
	}
	return l
}

// download is GET /programs/{name}/logs/{stream}: all of a log, to be kept.
type download struct{ name, stream string }

func (s *Site) download(r *request) (answer, error) {
	d := download{r.PathValue("name"), r.PathValue("stream")}
	_, err := s.Service.LogRange(d.name, d.stream, 0, 1)
	if errors.Is(err, service.ErrNoLog) {
		err = errMissing
	}
	return d, err
}

// downloadChunk is how much of a log is in memory at a time.
const downloadChunk = 1 << 20

// send sends what the log has now. What is added meanwhile is left out, so that the
// end comes.
func (d download) send(s *Site, w http.ResponseWriter, r *request) {
	part, err := s.Service.LogRange(d.name, d.stream, 0, downloadChunk)
	if err != nil {
		s.faultOf(r, err).send(s, w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain;charset=utf-8")
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(fileName(d.name, d.stream)))
	h.Set("Content-Length", strconv.FormatInt(part.Size, 10))
	h.Set("Cache-Control", "no-store")
	for left := part.Size; ; {
		data := part.Data[:min(left, int64(len(part.Data)))]
		if _, err := w.Write(data); err != nil {
			return // the client is gone
		}
		left -= int64(len(data))
		if left == 0 {
			return
		}
		if part, err = s.Service.LogRange(d.name, d.stream, part.Offset+int64(len(data)), downloadChunk); err != nil || len(part.Data) == 0 {
			panic(http.ErrAbortHandler) // it was rotated or cleared: the client must not take it for whole
		}
	}
}

func fileName(name, stream string) string {
	return fmt.Sprintf("%s-%s.log", strings.ReplaceAll(name, ":", "-"), stream)
}
