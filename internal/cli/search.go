package cli

import (
	"os"
	"path/filepath"
	"strings"
)

// searchPaths are the places where a configuration file is looked for
// without -c, in order (as Options.__init__): beside the installation that
// argv[0] stands in, in the current directory, then in /etc.
func searchPaths(prog string) []string {
	home := ""
	if dir := dirname(prog); dir != "" {
		home = dirname(dir)
	}
	return []string{
		joinPath(home, "etc/supervisord.conf"),
		joinPath(home, "supervisord.conf"),
		"supervisord.conf",
		"etc/supervisord.conf",
		"/etc/supervisord.conf",
		"/etc/supervisor/supervisord.conf",
	}
}

// findConfig returns the first of the search paths that exists.
func findConfig(prog string) (path string, ok bool) {
	for _, path := range searchPaths(prog) {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}

// dirname is Python's: unlike filepath.Dir it gives "" for a bare name, so
// that what is joined to it stays relative as the user would write it.
func dirname(path string) string {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return ""
	}
	if dir := strings.TrimRight(path[:i+1], "/"); dir != "" {
		return dir
	}
	return "/"
}

func joinPath(dir, name string) string {
	if dir == "" {
		return name
	}
	return strings.TrimSuffix(dir, string(filepath.Separator)) + "/" + name
}
