package daemon

import (
	"github.com/watchkeeper-go/watchkeeper/internal/record"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// recordedStarter notes the children that are no processes of the supervisor in
// the crash record: a daemon that comes after a crash stops them before their
// runs are begun again.
type recordedStarter struct {
	proc.Starter
	record  *record.Record
	program supervise.Program // whose group and name the note has
}

// Start implements proc.Starter.
func (s recordedStarter) Start(c proc.Command) (proc.Child, error) {
	child, err := s.Starter.Start(c)
	if err != nil {
		return nil, err
	}
	s.record.Started(s.program, child)
	go func() { // it ends with the child, which its executor waits for
		<-child.Done()
		s.record.Ended(s.program, child)
	}()
	return child, nil
}
