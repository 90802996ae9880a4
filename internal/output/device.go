package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
)

// Devices are the places for output that are no regular files: our own
// standard output and error, pipes, terminals, sockets. Whoever writes to one
// of them through the same Devices, by whatever name, shares a queue with one
// writer, so that what is written at once stays together. The zero value is
// ready, and all methods may be called concurrently.
type Devices struct {
	mu   sync.Mutex
	open map[identity]*device
}

// identity is what is behind a descriptor, by whatever name it was opened.
type identity struct {
	dev, ino uint64
	path     string // instead, where the system does not number such things
}

func identify(info fs.FileInfo, path string) identity {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Ino == 0 {
		return identity{path: path}
	}
	return identity{dev: uint64(stat.Dev), ino: stat.Ino}
}

// NewFile is NewFile for a File that shares what is no regular file with the
// others of d.
func (d *Devices) NewFile(path string, maxBytes int64, backups int) *File {
	return &File{path: path, maxBytes: maxBytes, backups: backups, devices: d}
}

// device is what file leads to, which it takes over. release must be called.
func (d *Devices) device(file *os.File, info fs.FileInfo) (*device, error) {
	key := identify(info, file.Name())
	d.mu.Lock()
	defer d.mu.Unlock()
	if known := d.open[key]; known != nil {
		known.users++
		return known, file.Close()
	}
	if d.open == nil {
		d.open = make(map[identity]*device)
	}
	made := &device{home: d, key: key, users: 1, name: file.Name(), to: file}
	d.open[key] = made
	return made, nil
}

// release ends one use of v. Behind the last one it is closed, once what is
// queued is written.
func (d *Devices) release(v *device) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v.users--
	return d.retire(v)
}

// idle is told by the writer of v that its queue is empty.
func (d *Devices) idle(v *device) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.retire(v) // what was written is written
}

// retire closes v if nobody needs it any more.
func (d *Devices) retire(v *device) error {
	if v.users > 0 || v.busy() || d.open[v.key] != v {
		return nil
	}
	delete(d.open, v.key)
	return v.to.Close()
}

// Flush waits until all that is queued is written, for each device until
// nobody has read from it for a second. The error tells what was not.
func (d *Devices) Flush() error {
	d.mu.Lock()
	var all []*device
	for _, v := range d.open {
		all = append(all, v)
	}
	d.mu.Unlock()
	var errs []error
	for _, v := range all {
		if left := v.flush(); left > 0 {
			errs = append(errs, fmt.Errorf("%s: %d bytes were not taken in time", v.name, left))
		}
	}
	return errors.Join(errs...)
}

// The bounds of a queue.
const (
	// queueMost is how many bytes wait for a reader before those who write wait, too.
	queueMost = 256 << 10
	// queueReserve is how many more there may be of those who cannot wait.
	queueReserve = 64 << 10
	// pieceMost is how much is written at once; only a longer line is more.
	// A pipe takes that much in one go (PIPE_BUF on Linux).
	pieceMost = 4 << 10
	// keptQueue is the largest buffer that an idle device keeps.
	keptQueue = 16 << 10
)

// stallAfter is how long those who write wait for a reader that takes nothing.
const stallAfter = 5 * time.Second

// flushPatience is how long Flush waits for one.
const flushPatience = time.Second

// errStalled is why text is dropped that there is no room for.
var errStalled = errors.New("nobody reads it")
