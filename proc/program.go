package proc

import "syscall"

// program is what a forker executes.
type program struct {
	path  string
	argv  []string
	attr  syscall.ProcAttr
	umask int // negative keeps ours
}

func (p *program) start() (int, error) { return syscall.ForkExec(p.path, p.argv, &p.attr) }
