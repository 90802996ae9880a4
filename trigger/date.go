package trigger

import "time"

// date is due once.
type date struct{ at time.Time }

// At is due once, at t, also when t has gone by.
func At(t time.Time) Trigger { return date{at: micro(t)} }

func (d date) Next(prev, _ time.Time) time.Time {
	if prev.IsZero() || prev.Before(d.at) {
		return d.at
	}
	return time.Time{}
}

func (d date) String() string {
	return "date[" + d.at.Format(time.RFC3339Nano) + "]"
}
