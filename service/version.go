package service

import "runtime/debug"

// BuildVersion is the version of the module that was built, "(devel)" if that is
// not known.
func BuildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
