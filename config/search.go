package config

import "os"

// SearchPaths are the places where Supervisor looks for its configuration, in
// order, when none is named on the command line: next to the program that was
// started as argv0, in the working directory, in /etc.
func SearchPaths(argv0 string) []string {
	root := dirName(dirName(argv0))
	return []string{
		joinPath(joinPath(root, "etc"), "supervisord.conf"),
		joinPath(root, "supervisord.conf"),
		"supervisord.conf",
		"etc/supervisord.conf",
		"/etc/supervisord.conf",
		"/etc/supervisor/supervisord.conf",
	}
}

// Search returns the first of paths that exists.
func Search(paths []string) (path string, found bool) {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path, true
		}
	}
	return "", false
}
