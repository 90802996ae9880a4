package runlog

import (
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// jobLog is the way of one channel of a run to the log of its job, which it
// shares with other runs.
type jobLog struct {
	logs   *Logs
	file   LogFile
	sink   *sink
	prefix string

	mu      sync.Mutex
	decided bool               // it was open when it was written to
	whole   *output.WholeLines // nil: the log gets bytes as they come
}

// jobLog begins the use of a job's log; nil for none.
func (l *Logs) jobLog(f LogFile, prefix string) *jobLog {
	if f.Path == "" {
		return nil
	}
	return &jobLog{logs: l, file: f, sink: l.borrow(f), prefix: prefix}
}

func (j *jobLog) write(p []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.decided {
		lines, open := j.sink.takesLines()
		j.decided = open
		if j.whole == nil && (lines || j.prefix != "") {
			j.whole = output.NewWholeLines(j.prefix, j.append)
		}
	}
	if j.whole != nil {
		j.whole.Write(p)
		return
	}
	j.append(p)
}

// append hands on whole lines, or bytes as they come.
func (j *jobLog) append(p []byte) {
	piece := int64(pieceMost)
	if j.whole != nil {
		piece = int64(len(p)) // lines stay whole
	}
	j.sink.append(j.logs.disk, p, piece)
}

// close ends the use.
func (j *jobLog) close() {
	if j == nil {
		return
	}
	j.mu.Lock()
	if j.whole != nil {
		j.whole.End()
	}
	j.mu.Unlock()
	j.logs.giveBack(j.file, j.sink)
}
