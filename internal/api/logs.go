package api

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

const aboutRange = "The headers Log-Offset and Log-Next say where the text begins and where the next piece does; at the end of the log there is " +
	"nothing. With follow the answer goes on for as long as the client and the daemon live, with whatever is added."

func logHeaders() map[string]string {
	return map[string]string{
		"Log-Offset": "The offset of the first byte.",
		"Log-Next":   "The offset behind the last byte. Not with follow.",
		"Log-Size":   "The size of the log. Not with follow.",
	}
}

const plainText = "text/plain;charset=utf-8"

// registerLogs is the table of operations on logs.
func (s *server) registerLogs() {
	add(s, operation{
		id: "readLog", method: http.MethodGet, path: "/processes/{process}/logs/{stream}", role: auth.Viewer, tag: tagLogs,
		summary: "Read or follow what a process wrote", about: aboutRange,
		text: plainText, headers: logHeaders(), problems: []kind{kindNotFound, kindNoLog, kindBeyondLog},
	}, s.readLog)
	add(s, operation{
		id: "clearLogs", method: http.MethodDelete, path: "/processes/{process}/logs", role: auth.Operator, tag: tagLogs,
		summary: "Empty both logs of a process", about: "Rotated files stay.", problems: []kind{kindNotFound, kindShuttingDown},
	}, s.clearLogs)
	add(s, operation{
		id: "readMainLog", method: http.MethodGet, path: "/log", role: auth.Viewer, tag: tagLogs,
		summary: "Read or follow the log of the daemon", about: aboutRange,
		text: plainText, headers: logHeaders(), problems: []kind{kindNoLog, kindBeyondLog},
	}, s.readMainLog)
	add(s, operation{
		id: "clearMainLog", method: http.MethodDelete, path: "/log", role: auth.Operator, tag: tagLogs,
		summary: "Empty the log of the daemon", problems: []kind{kindNoLog, kindShuttingDown},
	}, s.clearMainLog)
}

// LogRange is the part of a log that is asked for.
type LogRange struct {
	Offset int64 `query:"offset" default:"-65536" doc:"The byte to begin at; if negative, so many bytes before the end."`
	Limit  int64 `query:"limit" default:"65536" minimum:"1" maximum:"4194304" doc:"How many bytes at most. Not with follow."`
	Follow bool  `query:"follow" doc:"Go on with what is added."`
}

type readLogInput struct {
	ProcessPath
	Stream string `path:"stream" enum:"stdout,stderr"`
	LogRange
}

// streamed is an answer that is written by hand.
type streamed struct{ Body func(huma.Context) }

func (s *server) readLog(_ context.Context, in *readLogInput) (*streamed, error) {
	return logSource{
		read: func(offset, limit int64) (service.LogRange, error) {
			return s.service.LogRange(in.Process, in.Stream, offset, limit)
		},
		follow: func(tail int64) (*service.Tail, error) { return s.service.FollowLog(in.Process, in.Stream, tail) },
	}.answer(in.LogRange)
}

func (s *server) readMainLog(_ context.Context, in *LogRange) (*streamed, error) {
	return logSource{read: s.service.MainLogRange, follow: s.service.FollowMainLog}.answer(*in)
}

func (s *server) clearLogs(_ context.Context, in *ProcessPath) (*struct{}, error) {
	return nil, s.service.ClearLog(in.Process)
}

func (s *server) clearMainLog(context.Context, *struct{}) (*struct{}, error) {
	return nil, s.service.ClearMainLog()
}

// logSource is a log that can be read and followed.
type logSource struct {
	read   func(offset, limit int64) (service.LogRange, error)
	follow func(tail int64) (*service.Tail, error)
}

func (l logSource) answer(in LogRange) (*streamed, error) {
	if in.Follow {
		return l.following(in.Offset)
	}
	part, err := l.read(in.Offset, in.Limit)
	if err != nil {
		return nil, err
	}
	return &streamed{func(ctx huma.Context) {
		ctx.SetHeader("Log-Offset", strconv.FormatInt(part.Offset, 10))
		ctx.SetHeader("Log-Next", strconv.FormatInt(part.Offset+int64(len(part.Data)), 10))
		ctx.SetHeader("Log-Size", strconv.FormatInt(part.Size, 10))
		ctx.SetHeader("Content-Type", plainText)
		ctx.SetHeader("Content-Length", strconv.Itoa(len(part.Data)))
		ctx.SetStatus(http.StatusOK)
		_, _ = ctx.BodyWriter().Write(part.Data) // a client that is gone misses nothing
	}}, nil
}

// slack is how much a log may grow between two looks at it.
const slack = 1 << 20

// following begins at offset. A follower begins at a distance from the end,
// which moves; so for an offset from the start it begins somewhat earlier and
// skips, or at the very start if the log has grown by more meanwhile.
func (l logSource) following(offset int64) (*streamed, error) {
	begin, err := l.read(offset, 1)
	if err != nil {
		return nil, err
	}
	tail := -offset
	if offset >= 0 {
		tail = begin.Size - offset + slack
	}
	t, err := l.follow(tail)
	if err == nil && offset >= 0 && t.Offset > offset {
		_ = t.Close() // opened for reading: nothing to lose
		t, err = l.follow(math.MaxInt64)
	}
	if err != nil {
		return nil, err
	}
	skip := int64(0)
	if offset >= 0 {
		skip = max(0, offset-t.Offset)
	}
	return &streamed{func(ctx huma.Context) {
		defer t.Close() // opened for reading: nothing to lose
		ctx.SetHeader("Log-Offset", strconv.FormatInt(begin.Offset, 10))
		ctx.SetHeader("Content-Type", plainText)
		stream(ctx, func(w io.Writer) error {
			data, err := t.Next(ctx.Context())
			if err != nil {
				return err
			}
			skipped := min(skip, int64(len(data)))
			skip -= skipped
			_, err = w.Write(data[skipped:])
			return err
		})
	}}, nil
}

// stream sends what next writes as soon as it has, until it fails: the client
// has gone, or the daemon is about to end. There is nobody to tell.
func stream(ctx huma.Context, next func(io.Writer) error) {
	r, w := humago.Unwrap(ctx)
	ctx.SetHeader("X-Accel-Buffering", "no") // or nginx holds it back
	ctx.SetStatus(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	flusher := http.NewResponseController(w)
	for {
		if err := flusher.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return
		}
		if err := next(w); err != nil {
			return
		}
	}
}
