package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const pidproxyHelp = `pidproxy: run a command that goes to the background, and pass signals on to
the process that its pid file names.

Usage: %s <pidfile> <command> [arguments]
`

// pidproxy runs a command and, until it ends, sends each signal it receives
// to the pid in the pid file; TERM, INT and QUIT end pidproxy too. The command
// counts from the current directory, PATH is not searched (as PidProxy).
//
// Two differences: it ends as soon as the command does, where the original
// looks every five seconds, and it says so when the command cannot be started.
func pidproxy(w world) int {
	if len(w.args) < 2 {
		fmt.Fprintf(w.stdout, pidproxyHelp, w.prog)
		return exitFailed
	}
	pidfile, words := w.args[0], w.args[1:]
	path, err := filepath.Abs(words[0])
	if err != nil {
		fmt.Fprintln(w.stderr, "pidproxy:", err)
		return exitFailed
	}

	received := make(chan os.Signal, 16)
	signal.Notify(received, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGQUIT)
	defer signal.Stop(received)

	command := &exec.Cmd{Path: path, Args: words, Stdin: w.stdin, Stdout: w.stdout, Stderr: w.stderr}
	if err := command.Start(); err != nil {
		fmt.Fprintln(w.stderr, "pidproxy:", err)
		return exitFailed
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// As the original: how the command ended is not told.
		_ = command.Wait()
	}()
	for {
		select {
		case <-ended:
			return exitOK
		case sig := <-received:
			if code, done := w.passOn(pidfile, sig.(syscall.Signal)); done {
				return code
			}
		}
	}
}

// passOn sends sig to the process that pidfile names; done tells that this
// was the last thing to do.
func (w world) passOn(pidfile string, sig syscall.Signal) (code int, done bool) {
	pid, err := readPid(pidfile)
	if err != nil {
		fmt.Fprintf(w.stdout, "Can't read child pidfile %s!\n", pidfile)
		return exitOK, false
	}
	last := sig == syscall.SIGTERM || sig == syscall.SIGINT || sig == syscall.SIGQUIT
	if err := syscall.Kill(pid, sig); err != nil {
		fmt.Fprintf(w.stderr, "pidproxy: send %v to pid %d: %v\n", sig, pid, err)
		return exitFailed, last
	}
	return exitOK, last
}

func readPid(path string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && pid <= 0 { // 0 and below name process groups
		err = errors.New("not a pid")
	}
	return pid, err
}
