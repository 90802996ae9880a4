package daemon

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// autoLogs makes the files of logs that are AUTO, and removes those that an
// earlier daemon of the same identifier left in the same directory.
type autoLogs struct{ dir, identifier string }

func newAutoLogs(c config.Daemon) autoLogs { return autoLogs{c.Childlogdir, c.Identifier} }

// autoLogLetters are those of Python's tempfile.
const autoLogLetters = "abcdefghijklmnopqrstuvwxyz0123456789_"

// create makes the log file of one channel of a process and returns its path:
// <process>-<channel>---<identifier>-<8 random letters>.log, mode 0600.
func (a autoLogs) create(process, channel string) (string, error) {
	const tries = 100 // of names that are taken
	for range tries {
		name := fmt.Sprintf("%s-%s---%s-%s.log", process, channel, a.identifier, randomLetters(8))
		path := filepath.Join(a.dir, name)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return path, f.Close()
	}
	return "", fmt.Errorf("make an AUTO log of %q in %s: %w", process, a.dir, fs.ErrExist)
}

func randomLetters(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails
	for i := range b {
		// 256 is no multiple of 37; names need to be free, not uniform.
		b[i] = autoLogLetters[int(b[i])%len(autoLogLetters)]
	}
	return string(b)
}

// clean removes the AUTO logs of earlier daemons, rotated ones too (as
// ServerOptions.clear_autochildlogdir, except that the identifier is taken
// literally and not as a regular expression).
func (a autoLogs) clean(log *slog.Logger) {
	old := regexp.MustCompile(`^.+?---` + regexp.QuoteMeta(a.identifier) + `-\S+\.log\.?\d{0,4}`)
	dir, err := os.Open(a.dir)
	if err != nil {
		log.Warn("Could not clear childlog dir")
		return
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		log.Warn("Could not clear childlog dir")
		return
	}
	for _, name := range names {
		if !old.MatchString(name) {
			continue
		}
		path := filepath.Join(a.dir, name)
		if err := os.Remove(path); err != nil {
			log.Warn(fmt.Sprintf("Failed to clean up '%s'", path))
		}
	}
}
