// Package ini reads the INI dialect of Python's RawConfigParser (strict off,
// inline comments on, no interpolation), as Supervisor uses it, and keeps
// for every value the file and line it came from. It knows no option.
package ini
