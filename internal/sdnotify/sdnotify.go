// Package sdnotify tells the service manager how far the daemon is, by
// datagrams to the socket that it names: the protocol of sd_notify(3), which
// systemd and others speak. It decides nothing, and knows no environment.
package sdnotify

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The variables by which a service manager tells where it listens and what it
// expects. They are meant for one process; children must not see them.
const (
	VarSocket       = "NOTIFY_SOCKET"
	VarWatchdog     = "WATCHDOG_USEC"
	VarWatchdogFrom = "WATCHDOG_PID"
)

// patience is how long a service manager that reads nothing can hold us up.
const patience = time.Second

// Notifier tells one service manager. The zero Notifier tells nobody, without
// an error. It may be used by several goroutines.
type Notifier struct {
	socket   string
	watchdog time.Duration // it wants to hear of us as often; 0: never
}

// New makes a Notifier of the values of the three variables, "" for one that
// is not set; pid is our own. A watchdog that is meant for another process, or
// that is no number, is none.
func New(socket, watchdog, watchdogFrom string, pid int) Notifier {
	n := Notifier{socket: socket}
	if socket == "" || watchdogFrom != "" && watchdogFrom != strconv.Itoa(pid) {
		return n
	}
	if usec, err := strconv.ParseInt(watchdog, 10, 64); err == nil && usec > 0 && usec <= int64(24*time.Hour/time.Microsecond) {
		n.watchdog = time.Duration(usec) * time.Microsecond
	}
	return n
}

// Ready tells that all is up, after a start or a reload.
func (n Notifier) Ready(status string) error { return n.send("READY=1", "STATUS="+line(status)) }

// Stopping tells that the end has begun.
func (n Notifier) Stopping(status string) error { return n.send("STOPPING=1", "STATUS="+line(status)) }

// Reloading tells that a reload has begun; Ready is to follow. (The time is
// for Type=notify-reload of systemd 253, which orders messages by it.)
func (n Notifier) Reloading(status string) error {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	usec := now.Nano() / int64(time.Microsecond)
	return n.send("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(usec, 10), "STATUS="+line(status))
}

// Alive tells the watchdog that we live.
func (n Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Watch returns a channel that says when to tell that we live: twice in the
// time that the watchdog waits. It is nil, and so never ready, without a watchdog.
// stop is to be called at the end.
func (n Notifier) Watch() (due <-chan time.Time, stop func()) {
	if n.watchdog == 0 {
		return nil, func() {}
	}
	t := time.NewTicker(max(n.watchdog/2, time.Millisecond))
	return t.C, t.Stop
}

// line makes text one line, since each line is a variable of its own.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// send sends one datagram. Package net takes a leading @ as the abstract
// namespace, as the protocol does.
func (n Notifier) send(variables ...string) error {
	if n.socket == "" {
		return nil
	}
	to, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer to.Close()
	if err := to.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_, err = to.Write([]byte(strings.Join(variables, "\n")))
	return err
}
