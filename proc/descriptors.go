package proc

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// keepListed marks the descriptors from 3 up that dir lists close-on-exec.
func keepListed(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd >= 3 {
			unix.CloseOnExec(fd) // the directory's own is closed by now; that is no harm
		}
	}
	return nil
}
