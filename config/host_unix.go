package config

import "golang.org/x/sys/unix"

// writable reports whether we may make files in dir.
func writable(dir string) bool { return unix.Access(dir, unix.W_OK|unix.X_OK) == nil }

// workingDirectory is where we really are; unlike os.Getwd it does not
// believe $PWD, and nor does Python.
func workingDirectory() (string, error) { return unix.Getwd() }
