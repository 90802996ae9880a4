package proc

import "golang.org/x/sys/unix"

// Disk is how much room the file system of a directory has, in bytes.
type Disk struct {
	Free  uint64 // for others than root
	Total uint64
}

// DiskOf tells about the file system that a directory is on.
func DiskOf(dir string) (Disk, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return Disk{}, err
	}
	// Bavail is signed on FreeBSD: less than nothing is what only root may take.
	return Disk{Free: uint64(max(0, int64(stat.Bavail))) * uint64(stat.Bsize), Total: uint64(stat.Blocks) * uint64(stat.Bsize)}, nil
}
