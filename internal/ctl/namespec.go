package ctl

import "strings"

// spec is what a word on the command line names: one process, or a whole
// group ("g:*" and "g:"). A bare word names a group and its process.
type spec struct {
	group, process string
	whole          bool
}

func split(word string) spec {
	group, process, ok := strings.Cut(word, ":")
	switch {
	case !ok:
		return spec{group: word, process: word}
	case process == "" || process == "*":
		return spec{group: group, whole: true}
	}
	return spec{group: group, process: process}
}

// namespec is how a process is shown: by its bare name if its group has it too.
func namespec(group, process string) string {
	if group == process {
		return process
	}
	return group + ":" + process
}
