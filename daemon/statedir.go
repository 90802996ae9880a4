package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// stateDirectory is where the scheduler of a daemon keeps its files. It belongs
// to one daemon at a time: two of them would take each other's jobs for their
// own.
type stateDirectory struct {
	path string
	lock *os.File

	ledger ledger
}

// openStateDirectory makes the directory if need be, and takes it.
func openStateDirectory(path string, log *slog.Logger) (*stateDirectory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w (set state_directory in [scheduler] to one that this user may write to)", err)
	}
	name := filepath.Join(path, "lock")
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the state directory: %w (set state_directory in [scheduler] to one that this user may write to)", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		err = inUse(path, f, err)
		return nil, errors.Join(err, f.Close())
	}
	if err := writePID(f); err != nil {
		log.Warn(fmt.Sprintf("note our pid in %s: %v", name, err)) // it is only told to who comes second
	}
	return &stateDirectory{path: path, lock: f, ledger: ledger{path: filepath.Join(path, "declared")}}, nil
}

// inUse says who has the directory.
func inUse(path string, lock *os.File, err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("lock the state directory %s: %w", path, err)
	}
	who := "another daemon"
	text := make([]byte, 20)
	if n, _ := lock.ReadAt(text, 0); n > 0 {
		who = "the daemon with pid " + strings.TrimSpace(string(text[:n]))
	}
	return fmt.Errorf("%s uses the state directory %s: give each its own by state_directory in [scheduler]", who, path)
}

func writePID(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// Close gives the directory to others.
func (d *stateDirectory) Close() error { return errors.Join(d.ledger.close(), d.lock.Close()) }

// in is a path below the directory.
func (d *stateDirectory) in(name string) string { return filepath.Join(d.path, name) }

// former is the name that the last scheduler of this directory had in its
// stores; "" when it has stopped in order, or is not known.
func (d *stateDirectory) former() (string, error) {
	text, err := os.ReadFile(d.in("node"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// note writes down what the scheduler is called now.
func (d *stateDirectory) note(name string) error {
	return os.WriteFile(d.in("node"), []byte(name+"\n"), 0o600)
}

// pause notes whether an operator has paused the scheduler.
func (d *stateDirectory) pause(paused bool) error {
	if paused {
		return os.WriteFile(d.in("paused"), nil, 0o600)
	}
	if err := os.Remove(d.in("paused")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// paused is what pause has noted last.
func (d *stateDirectory) paused() bool {
	_, err := os.Lstat(d.in("paused"))
	return err == nil
}

// forget says that the scheduler has stopped in order.
func (d *stateDirectory) forget() error {
	if err := os.Remove(d.in("node")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
