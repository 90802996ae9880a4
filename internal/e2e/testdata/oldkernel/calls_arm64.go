package main

import "golang.org/x/sys/unix"

// The ABI, and the last system call of Linux 3.10 in it: 3.14 added the next.
const (
	arch     = unix.AUDIT_ARCH_AARCH64
	lastCall = unix.SYS_FINIT_MODULE
)
