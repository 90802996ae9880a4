package schedule

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// canWatchClock says whether this system tells of steps of its clock.
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
// ctx is over. Where the system refuses its timer, it looks each minute.
func watchClock(ctx context.Context, stepped func()) {
	alarm, err := newAlarm()
	if err == nil {
		err = awaitSteps(ctx, alarm, stepped)
	}
	if err != nil && ctx.Err() == nil {
		lookEachMinute(ctx, time.Now, stepped)
	}
}

// alarm is a timer for a time that never comes, and costs nothing until then. It
// is cancelled when the clock is set.
type alarm interface {
	// set sets the alarm. ECANCELED: the clock was set meanwhile.
	set() error
	// wait waits until the alarm goes off. ECANCELED: the clock was set; any
	// other error: Close was called, or there is no waiting.
	wait() error
	Close() error
}

// awaitSteps calls stepped whenever the alarm is cancelled. It closes the alarm
// and returns when ctx is over, or with what is wrong with the alarm.
func awaitSteps(ctx context.Context, a alarm, stepped func()) error {
	closed := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		defer close(closed)
		_ = a.Close() // it ends the wait, and nothing was written
	})
	defer func() {
		if unhook() {
			_ = a.Close() // nothing was written to it
			return
		}
		<-closed
	}()
	for {
		err := a.set()
		if err == nil {
			err = a.wait()
		}
		if err != nil && !errors.Is(err, unix.ECANCELED) {
			return err
		}
		stepped()
	}
}

// timerfd is an alarm on CLOCK_REALTIME with TFD_TIMER_CANCEL_ON_SET, which a
// change of the clock or the end of a sleep cancels (timerfd_create(2)).
type timerfd struct{ *os.File }

func newAlarm() (alarm, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("timerfd_create", err)
	}
	return timerfd{os.NewFile(uintptr(fd), "timerfd")}, nil
}

func (t timerfd) set() error {
	conn, err := t.SyscallConn()
	if err != nil {
		return err
	}
	far := &unix.ItimerSpec{Value: unix.Timespec{Sec: 1 << 40}}
	var armed error
	err = conn.Control(func(fd uintptr) {
		armed = unix.TimerfdSettime(int(fd), unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, far, nil)
	})
	return errors.Join(err, os.NewSyscallError("timerfd_settime", armed))
}

func (t timerfd) wait() error {
	var ticks [8]byte
	_, err := t.Read(ticks[:])
	return err
}
