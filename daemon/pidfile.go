package daemon

import (
	"fmt"
	"log/slog"
	"os"
)

// writePidfile writes our pid and logs that we have started; a file that
// cannot be written does not keep the daemon from running (as
// ServerOptions.write_pidfile). It reports whether the file is ours to remove.
func writePidfile(path string, log *slog.Logger) bool {
	pid := os.Getpid()
	if err := os.WriteFile(path, fmt.Appendf(nil, "%d\n", pid), 0o666); err != nil {
		critical(log, "could not write pidfile "+path)
		return false
	}
	log.Info(fmt.Sprintf("supervisord started with pid %d", pid))
	return !isDevice(path)
}

// isDevice reports whether there is something at path that is no regular
// file, such as /dev/null, which people give as the pid file of a container. The
// original removes it.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular()
}
