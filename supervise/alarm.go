package supervise

import "time"

// alarm is a timer that exists only while it is set, so that a process with
// nothing to wait for has none. The zero alarm is not set.
type alarm struct{ timer *time.Timer }

// set makes the alarm go off after d, instead of any other moment.
func (a *alarm) set(d time.Duration) {
	a.clear()
	a.timer = time.NewTimer(d)
}

// clear makes the alarm not go off; a moment that has passed unnoticed is
// forgotten as well.
func (a *alarm) clear() {
	if a.timer != nil {
		a.timer.Stop()
		a.timer = nil
	}
}

// isSet reports whether the alarm is still to go off, or to be noticed.
func (a *alarm) isSet() bool { return a.timer != nil }

// C gives the moment once; it is nil, and so never ready, while the alarm is
// not set.
func (a *alarm) C() <-chan time.Time {
	if a.timer == nil {
		return nil
	}
	return a.timer.C
}
