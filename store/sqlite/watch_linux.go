package sqlite

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// follow sends when the file at path is written to, until ctx is over. Where the
// system has no inotify left to give, it polls.
func follow(ctx context.Context, path string, c chan<- struct{}) {
	if err := listen(ctx, path, c); err != nil && ctx.Err() == nil {
		poll(ctx, c)
	}
}

// listen returns when ctx is over, or the system tells nothing of the file any
// more. The file is there as long as somebody has the store open.
func listen(ctx context.Context, path string, c chan<- struct{}) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("inotify: %w", err)
	}
	// As it does not block, the runtime's poller waits for it, and Close ends a Read.
	f := os.NewFile(uintptr(fd), "inotify")
	defer context.AfterFunc(ctx, func() { f.Close() })()
	defer f.Close()
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_MODIFY); err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	sqlstore.Tell(c) // what was written before is not told
	events := make([]byte, 4096)
	for {
		n, err := f.Read(events)
		if err != nil {
			return fmt.Errorf("read events of %s: %w", path, err)
		}
		if ended(events[:n]) {
			return fmt.Errorf("%s was removed", path)
		}
		sqlstore.Tell(c)
	}
}

// ended reports whether one of the events is that there will be no more.
func ended(events []byte) bool {
	for len(events) >= unix.SizeofInotifyEvent {
		mask := binary.NativeEndian.Uint32(events[4:])
		if mask&unix.IN_IGNORED != 0 {
			return true
		}
		events = events[unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(events[12:])):]
	}
	return false
}
