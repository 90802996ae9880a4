// Package python has the Python client: one file that gives programs
// APScheduler's names over a daemon. This directory is a Python package, too
// (pyproject.toml), so that it can be published; its tests are in tests.
package python

import _ "embed"

//go:embed src/watchkeeper.py
var source string

// Source is the client as a file, watchkeeper.py.
func Source() string { return source }
