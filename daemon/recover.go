package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/record"
)

// leastPatience is how long a child that a killed daemon left may take to end
// before it is killed, unless its program has a longer stopwaitsecs.
const leastPatience = 10 * time.Second

// recover begins the crash record. At the first start it looks for what a
// daemon that was killed has left in its own, and stops those children, so
// that nothing runs twice.
func (i *instance) recover() {
	path := record.Path(i.config.Daemon.Pidfile)
	if i.first {
		found, err := record.Find(path)
		i.strays = err != nil
		if errors.Is(err, record.ErrInUse) {
			i.log.Warn(fmt.Sprintf("%v; children that a crash leaves behind will not be found", err))
			return
		}
		if err != nil {
			i.log.Warn(fmt.Sprintf("children that an earlier daemon may have left are not known: %v", err))
		}
		i.stopLeft(found)
	}
	i.record = record.Create(path, i.log)
}

// stopLeft stops the children that a killed daemon left, and says so.
func (i *instance) stopLeft(found []record.Child) {
	for _, c := range found {
		i.log.Warn(fmt.Sprintf("stopping '%s' (%d), which an earlier daemon has left running", i.nameOf(c), c.PID))
	}
	for _, o := range record.Stop(context.Background(), found, i.patience(found)) {
		i.strays = i.strays || o.Err != nil || len(o.Left) > 0
		switch {
		case o.Err != nil:
			i.log.Error(fmt.Sprintf("'%s' (%d) cannot be stopped: %v", i.nameOf(o.Child), o.PID, o.Err))
		case len(o.Left) > 0:
			i.log.Error(fmt.Sprintf("'%s' (%d) does not end, nor does SIGKILL end it: %v", i.nameOf(o.Child), o.PID, o.Left))
		case o.Killed:
			i.log.Warn(fmt.Sprintf("stopped '%s' (%d) with SIGKILL", i.nameOf(o.Child), o.PID))
		default:
			i.log.Info(fmt.Sprintf("stopped '%s' (%d)", i.nameOf(o.Child), o.PID))
		}
	}
}

// nameOf is what people know the child by: the name of its process, and of a
// run of a job, which is in no group of the files, that of the job, too.
func (i *instance) nameOf(c record.Child) string {
	for _, g := range i.config.Groups {
		if g.Name == c.Group {
			return c.Name
		}
	}
	if c.Group == c.Name {
		return c.Name
	}
	return c.Group + ":" + c.Name
}

// patience is the longest stopwaitsecs of the programs that the children
// belong to.
func (i *instance) patience(found []record.Child) time.Duration {
	left := make(map[uint64]bool, len(found))
	for _, c := range found {
		left[c.Hash] = true
	}
	longest := leastPatience
	for _, g := range i.config.Groups {
		for _, p := range g.Programs {
			if left[record.NameHash(p.Group, p.Name)] {
				longest = max(longest, p.Stop.Wait)
			}
		}
	}
	return longest
}

func (i *instance) closeRecord() {
	if err := i.record.Close(); err != nil {
		i.log.Warn(fmt.Sprintf("close the record of children: %v", err))
	}
}
