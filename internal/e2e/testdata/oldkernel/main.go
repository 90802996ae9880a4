// Command oldkernel runs a program as it would run on Linux 3.10: every system
// call that came later answers ENOSYS, and so do, with EINVAL, later forms of
// waitid and prctl. The program is the one of its own name in the directory
// above that of this binary, so a link to it stands in for that program.
//
// Called probe it runs none, and prints what some newer calls answer.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	name := filepath.Base(os.Args[0])
	err := install(filter())
	if err == nil && name == "probe" {
		probe()
		return
	}
	if err == nil {
		err = execute(name)
	}
	fmt.Fprintln(os.Stderr, "oldkernel:", err)
	os.Exit(126)
}

func execute(name string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(filepath.Join(filepath.Dir(filepath.Dir(self)), name), os.Args, os.Environ())
}

// install puts the filter on this thread, which an exec makes the only one.
func install(program []unix.SockFilter) error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	fprog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&fprog)), 0, 0); err != nil {
		return fmt.Errorf("install the filter: %w", err)
	}
	return nil
}

// What Linux 3.10 had last.
const (
	lastPrctl = unix.PR_GET_TID_ADDRESS
	yama      = unix.PR_SET_PTRACER // a number of its own, since 3.4
	lastWait  = unix.P_PGID
)

// Offsets in struct seccomp_data; the machines that this runs on have the low
// half of an argument first.
const (
	atNumber = 0
	atArch   = 4
	atArg0   = 16
)

func filter() []unix.SockFilter {
	const (
		allow  = unix.SECCOMP_RET_ALLOW
		nosys  = unix.SECCOMP_RET_ERRNO | uint32(syscall.ENOSYS)
		inval  = unix.SECCOMP_RET_ERRNO | uint32(syscall.EINVAL)
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		more   = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
	)
	return []unix.SockFilter{
		0:  {Code: load, K: atArch},
		1:  {Code: equal, K: arch, Jf: 12}, // to 14: another ABI
		2:  {Code: load, K: atNumber},
		3:  {Code: more, K: lastCall, Jt: 11},        // to 15
		4:  {Code: equal, K: unix.SYS_WAITID, Jt: 2}, // to 7
		5:  {Code: equal, K: unix.SYS_PRCTL, Jt: 4},  // to 10
		6:  {Code: answer, K: allow},
		7:  {Code: load, K: atArg0},          // of waitid
		8:  {Code: more, K: lastWait, Jt: 7}, // to 16
		9:  {Code: answer, K: allow},
		10: {Code: load, K: atArg0},           // of prctl
		11: {Code: equal, K: yama, Jt: 2},     // to 14
		12: {Code: more, K: lastPrctl, Jt: 3}, // to 16
		13: {Code: answer, K: allow},
		14: {Code: answer, K: allow},
		15: {Code: answer, K: nosys},
		16: {Code: answer, K: inval},
	}
}

// probe prints what calls answer that did not exist, or not in this form.
func probe() {
	for _, c := range []struct {
		name string
		call uintptr
		arg  uintptr
	}{
		{"pidfd_open", unix.SYS_PIDFD_OPEN, 1},
		{"pidfd_send_signal", unix.SYS_PIDFD_SEND_SIGNAL, 0},
		{"memfd_create", unix.SYS_MEMFD_CREATE, 0},
		{"close_range", unix.SYS_CLOSE_RANGE, 1 << 20},
		{"clone3", unix.SYS_CLONE3, 0},
		{"statx", unix.SYS_STATX, 0},
		{"openat2", unix.SYS_OPENAT2, 0},
		{"getrandom", unix.SYS_GETRANDOM, 0},
		{"waitid(P_PIDFD)", unix.SYS_WAITID, unix.P_PIDFD},
		{"prctl(PR_CAP_AMBIENT)", unix.SYS_PRCTL, unix.PR_CAP_AMBIENT},
		{"getpid", unix.SYS_GETPID, 0},
	} {
		_, _, errno := unix.RawSyscall6(c.call, c.arg, 0, 0, 0, 0, 0)
		answer := "done"
		if errno != 0 {
			answer = unix.ErrnoName(errno)
		}
		fmt.Println(c.name, answer)
	}
}
