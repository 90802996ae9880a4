package sqlite

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// writes sends when the file at path is written to, until ctx is over. The
// file is there as long as somebody has the store open. Where the system has no
// inotify left to give, it is polled.
func writes(ctx context.Context, path string) <-chan struct{} {
	c := make(chan struct{}, 1)
	go func() {
		if err := follow(ctx, path, c); err != nil && ctx.Err() == nil {
			poll(ctx, c)
		}
	}()
	return c
}

// follow returns when ctx is over, or the file cannot be followed.
func follow(ctx context.Context, path string, c chan<- struct{}) error {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return fmt.Errorf("inotify: %w", err)
	}
	// Not blocking, it is read by the poller, and Close ends a Read.
	f := os.NewFile(uintptr(fd), "inotify")
	stop := context.AfterFunc(ctx, func() { _ = f.Close() })
	defer func() {
		if stop() {
			_ = f.Close()
		}
	}()
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_MODIFY); err != nil {
		return fmt.Errorf("watch %s: %w", path, err)
	}
	events := make([]byte, 4096)
	for {
		if _, err := f.Read(events); err != nil {
			return fmt.Errorf("read events of %s: %w", path, err)
		}
		tell(c)
	}
}
