package executor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// identity is how a command learns which run it is of. The names are a
// promise to the scripts of users.
func identity(t job.Task) []string {
	return []string{
		"WATCHKEEPER_JOB=" + t.Run.Job,
		"WATCHKEEPER_RUN=" + t.Run.ID,
		"WATCHKEEPER_SCHEDULED=" + stamp(t.Run.Slot),
		"WATCHKEEPER_ATTEMPT=" + strconv.Itoa(t.Run.Attempt),
		"WATCHKEEPER_TOKEN=" + strconv.FormatInt(t.Token, 10),
		"WATCHKEEPER_NODE=" + t.Run.Owner.Node,
	}
}

// stamp is a time as commands and servers are told it: RFC 3339 in UTC.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// environ lays over on top of base; of two settings of one name the later
// stays.
func environ(base, over []string) []string {
	last := make(map[string]string, len(base)+len(over))
	order := make([]string, 0, len(base)+len(over))
	for _, settings := range [][]string{base, over} {
		for _, setting := range settings {
			name, _, _ := strings.Cut(setting, "=")
			if _, known := last[name]; !known {
				order = append(order, name)
			}
			last[name] = setting
		}
	}
	env := make([]string, len(order))
	for i, name := range order {
		env[i] = last[name]
	}
	return env
}

// find looks the program up as a shell in dir would: a name with a slash from
// there, others in the PATH of the child's own environment.
func find(name, dir string, env []string) (string, error) {
	if dir != "" {
		if info, err := os.Stat(dir); err != nil {
			return "", fmt.Errorf("go to directory: %w", err)
		} else if !info.IsDir() {
			return "", fmt.Errorf("go to directory: %s is none", dir)
		}
	}
	if strings.Contains(name, "/") {
		return name, executable(from(dir, name))
	}
	var refused error
	for _, directory := range filepath.SplitList(searchPath(env)) {
		if directory == "" {
			continue // the current directory is nobody's intention
		}
		path := filepath.Join(directory, name)
		err := executable(from(dir, path))
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) && refused == nil {
			refused = err
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", fmt.Errorf("find command %q: %w in PATH %q", name, fs.ErrNotExist, searchPath(env))
}

// from is where a child in dir finds path.
func from(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// searchPath is the value of PATH, or what is common where there is none.
func searchPath(env []string) string {
	for _, setting := range env {
		if value, ok := strings.CutPrefix(setting, "PATH="); ok {
			return value
		}
	}
	return "/usr/local/bin:/usr/bin:/bin"
}

// executable says why path is no program that may be run.
func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("find command: %w", err)
	case info.IsDir():
		return fmt.Errorf("find command: %s is a directory", path)
	case info.Mode()&0o111 == 0:
		return fmt.Errorf("find command: %s is not executable: %w", path, fs.ErrPermission)
	}
	if err := unix.Access(path, unix.X_OK); err != nil {
		return fmt.Errorf("find command: %s: %w", path, err)
	}
	return nil
}
