package proc

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// ParseSignal reads a signal as Supervisor's signal_number does: a number, or
// a name in any case, with or without SIG. It must be one that Python's signal
// module knows, so 32 and 33 are refused. The numbers 0, 1 and 2 and the names
// SIG_DFL, SIG_IGN, SIG_BLOCK, SIG_UNBLOCK and SIG_SETMASK pass there by
// accident, and here for the sake of files that have them.
// The error has the original's words.
func ParseSignal(value string) (syscall.Signal, error) {
	number, isNumber := parseInt(value)
	if !isNumber {
		name := strings.ToUpper(strings.TrimSpace(value))
		if !strings.HasPrefix(name, "SIG") {
			name = "SIG" + name
		}
		sig, ok := signalNamed(name)
		if !ok {
			return 0, fmt.Errorf("value %s is not a valid signal name", singleQuoted(value))
		}
		return sig, nil
	}
	sig := syscall.Signal(number)
	if number != 0 && unix.SignalName(sig) == "" && realtimeName(sig) == "" {
		return 0, fmt.Errorf("value %s is not a valid signal number", singleQuoted(value))
	}
	return sig, nil
}

// SignalName is the name that the log lines give a signal, such as SIGTERM;
// one without a name is "signal 40".
func SignalName(sig syscall.Signal) string {
	if runtime.GOOS == "linux" && sig == syscall.SIGIO {
		return "SIGPOLL" // of the two names Python knows, the one it prints
	}
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	if name := realtimeName(sig); name != "" {
		return name
	}
	return "signal " + strconv.Itoa(int(sig))
}

// signalNamed finds a signal by its whole upper-case name.
func signalNamed(name string) (syscall.Signal, bool) {
	switch name {
	case "SIG_DFL", "SIG_BLOCK":
		return 0, true
	case "SIG_IGN", "SIG_UNBLOCK":
		return 1, true
	case "SIG_SETMASK":
		return 2, true
	case "SIGCLD":
		return syscall.SIGCHLD, runtime.GOOS == "linux"
	case "SIGPOLL":
		return syscall.SIGIO, runtime.GOOS == "linux"
	case "SIGIOT":
		return syscall.SIGABRT, true
	}
	if sig := unix.SignalNum(name); sig != 0 {
		return sig, true
	}
	first, last := realtimeRange()
	switch name {
	case "SIGRTMIN":
		return first, first != 0
	case "SIGRTMAX":
		return last, last != 0
	}
	return 0, false
}

// realtimeName names the two real-time signals that Python has names for.
func realtimeName(sig syscall.Signal) string {
	first, last := realtimeRange()
	switch sig {
	case 0:
		return ""
	case first:
		return "SIGRTMIN"
	case last:
		return "SIGRTMAX"
	}
	return ""
}

// realtimeRange is SIGRTMIN and SIGRTMAX as the C library has them (it keeps
// the first two for itself on Linux); zeros where there are none.
func realtimeRange() (first, last syscall.Signal) {
	switch runtime.GOOS {
	case "linux":
		return 34, 64
	case "freebsd":
		return 65, 126
	}
	return 0, 0
}

// parseInt reads a decimal number by the rules of Python's int: blanks
// around it, a sign, and single underscores between digits.
func parseInt(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "_") || strings.HasSuffix(s, "_") || strings.Contains(s, "__") ||
		strings.HasPrefix(s, "+_") || strings.HasPrefix(s, "-_") {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	return n, err == nil
}

// singleQuoted writes s as Python's repr does, near enough for a message.
func singleQuoted(s string) string {
	quoted := strconv.Quote(s)
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		return quoted
	}
	inner := strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
	return "'" + strings.ReplaceAll(inner, "'", `\'`) + "'"
}
