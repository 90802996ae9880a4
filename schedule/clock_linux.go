package schedule

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// canWatchClock says whether this system reports steps of its clock.
const canWatchClock = true

// machineClock is CLOCK_BOOTTIME, which counts the time that the machine slept.
func machineClock() func() time.Duration {
	otherwise := monotonic()
	return func() time.Duration {
		var t unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
			return otherwise()
		}
		return time.Duration(t.Nano())
	}
}

// watchClock calls stepped when the clock was set or the machine slept, until
// ctx is over. A timer on CLOCK_REALTIME with TFD_TIMER_CANCEL_ON_SET is
// cancelled by either (timerfd_create(2)); it is armed for a time that never
// comes, so it costs nothing.
func watchClock(ctx context.Context, stepped func()) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		lookEachMinute(ctx, stepped)
		return
	}
	f := os.NewFile(uintptr(fd), "timerfd")
	unhook := context.AfterFunc(ctx, func() { f.Close() })
	defer unhook()
	defer f.Close()
	far := &unix.ItimerSpec{Value: unix.Timespec{Sec: 1 << 40}}
	var ticks [8]byte
	for {
		conn, err := f.SyscallConn()
		if err != nil {
			return
		}
		var armed error
		err = conn.Control(func(fd uintptr) {
			armed = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, far, nil)
		})
		if err != nil {
			return // closed: ctx is over
		}
		if armed != nil {
			lookEachMinute(ctx, stepped)
			return
		}
		if _, err := f.Read(ticks[:]); err != nil && !errors.Is(err, unix.ECANCELED) {
			return
		}
		stepped()
	}
}

// lookEachMinute is for a system that refuses the timer: it compares how far the
// wall clock and the machine's went.
func lookEachMinute(ctx context.Context, stepped func()) {
	const tolerance = 500 * time.Millisecond
	machine := machineClock()
	wall, since := time.Now().Round(0), machine()
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now, at := time.Now().Round(0), machine()
		if drift := now.Sub(wall) - (at - since); drift.Abs() > tolerance || now.Sub(wall) > 2*time.Minute {
			stepped()
		}
		wall, since = now, at
	}
}
