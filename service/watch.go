package service

import (
	"path/filepath"
	"slices"

	"github.com/watchkeeper-go/watchkeeper/event"
)

// Subscribe adds a subscription to the daemon's events, as Bus.Subscribe.
func (s *Service) Subscribe(to event.Subscription, types ...event.Type) (cancel func()) {
	return s.parts.Bus.Subscribe(to, types...)
}

// Closed is closed when the daemon is about to end and streams have to.
func (s *Service) Closed() <-chan struct{} { return s.life.Done() }

// LeastFree is what a disk needs to count as well, in bytes.
const LeastFree = 16 << 20

// Disks are the directories that the daemon writes to by itself: of its log,
// of those of processes that name none, and of what the scheduler keeps.
func (s *Service) Disks() []string {
	c := s.files.Load().config
	dirs := []string{filepath.Dir(s.parts.MainLog.Path()), c.Daemon.Childlogdir}
	if s.Jobs() != nil && c.Scheduler != nil {
		dirs = append(dirs, c.Scheduler.StateDirectory)
	}
	slices.Sort(dirs)
	dirs = slices.Compact(dirs)
	return slices.DeleteFunc(dirs, func(dir string) bool { return !exists(dir) })
}
