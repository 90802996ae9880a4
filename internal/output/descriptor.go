package output

import (
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// mostLinks is how many symbolic links of a path are followed, as by the kernel.
const mostLinks = 40

// Descriptor reports which of our descriptors a path names, such as 1 for
// /dev/stdout. The name counts, not what is there: in an empty container there
// may be neither /dev nor /proc.
func Descriptor(path string) (fd int, ok bool) {
	path = filepath.Clean(path)
	switch path {
	case "/dev/stdout":
		return 1, true
	case "/dev/stderr":
		return 2, true
	}
	for _, folder := range []string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/", "/proc/" + strconv.Itoa(os.Getpid()) + "/fd/"} {
		if number, found := strings.CutPrefix(path, folder); found {
			n, err := strconv.Atoi(number)
			return n, err == nil && n >= 0
		}
	}
	return 0, false
}

// ownDescriptor is Descriptor for a path that may be a symbolic link.
func ownDescriptor(path string) (fd int, ok bool) {
	for name := range names(path) {
		if fd, ok := Descriptor(name); ok {
			return fd, true
		}
	}
	return 0, false
}

// throughDevice reports whether path, or a symbolic link on its way, names an
// open descriptor. Such a path must not be renamed or removed, even when it
// leads to a regular file ("supervisord > file" with a log at /dev/stdout).
func throughDevice(path string) bool {
	for name := range names(path) {
		if _, own := Descriptor(name); own || strings.HasPrefix(name, "/proc/") {
			return true
		}
	}
	return false
}

// names are path, the target of the symbolic link there, the target of that one
// and so on, absolute.
func names(path string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for range mostLinks {
			if full, err := filepath.Abs(path); err == nil {
				path = full
			}
			if !yield(path) {
				return
			}
			target, err := os.Readlink(path)
			if err != nil {
				return
			}
			path = beside(path, target)
		}
	}
}

// beside is the path of a link's target: what is relative begins in the folder
// where the link stands, which may have been reached by way of another link.
func beside(link, target string) string {
	if filepath.IsAbs(target) {
		return target
	}
	folder := filepath.Dir(link)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	return filepath.Join(folder, target)
}

// duplicate makes a descriptor of our own of one that we inherited. Unlike one
// that is opened by the path it shares the position in a regular file with the
// other, can be had of a socket, and after a change of user of another's pipe.
func duplicate(fd int, path string) (*os.File, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(dup), path)
	info, err := file.Stat()
	if err == nil && !takesBytes(info) {
		err = &fs.PathError{Op: "open", Path: path, Err: syscall.EBADF}
	}
	if err != nil {
		file.Close() // nothing was written
		return nil, err
	}
	return file, nil
}

// takesBytes reports whether a descriptor is one that text can be written to,
// and not one of the runtime's own, which have no type, or a directory.
func takesBytes(info fs.FileInfo) bool {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Mode&syscall.S_IFMT == 0 {
		return false
	}
	return !info.IsDir()
}

// isNull reports whether a file is the null device, which takes everything at
// once.
func isNull(info fs.FileInfo) bool {
	if info.Mode()&fs.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	if err != nil {
		return false
	}
	ours, ok := info.Sys().(*syscall.Stat_t)
	other, known := null.Sys().(*syscall.Stat_t)
	return ok && known && ours.Rdev == other.Rdev
}
