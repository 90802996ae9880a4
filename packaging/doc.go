// Package packaging holds what the release is made of, and its tests: the
// packages are built, read back, compared with a second build, and installed
// into a Debian system that is made for it.
//
// It has no code of its own; build is the script, nfpm.yaml says what stands where.
package packaging
