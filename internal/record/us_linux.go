package record

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

// whoWeAre is the header that this process writes.
func whoWeAre() (header, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return header{}, fmt.Errorf("read boot id: %w", err)
	}
	namespace, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return header{}, fmt.Errorf("read pid namespace: %w", err)
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return header{}, fmt.Errorf("find our session: %w", err)
	}
	h := header{
		boot:      strings.TrimSpace(string(boot)),
		namespace: namespace,
		pid:       os.Getpid(),
		started:   proc.StartedAt(os.Getpid()),
		session:   session,
	}
	if h.started == 0 {
		return header{}, fmt.Errorf("read start time of process %d from /proc", h.pid)
	}
	return h, nil
}
