package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// OwnDescriptors is how many files this process has open, and how many it may have;
// ok is false when the system does not tell.
func OwnDescriptors() (open, limit int, ok bool) {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return 0, 0, false
	}
	var rlimit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &rlimit); err != nil {
		return 0, 0, false
	}
	return len(entries) - 1, int(min(rlimit.Cur, 1<<31-1)), true // but for the directory's own
}
