// Package cli decides by argv[0] which program we are, reads arguments and
// environment, and gives the exit code. It is the only place that does.
package cli

// Main runs the program that args[0] names and returns its exit code.
func Main(args []string) int { panic("stub") }
