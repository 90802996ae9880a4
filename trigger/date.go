package trigger

import "time"

// date is due once.
type date struct {
	at   int64
	zone *Zone
	// legacy is APScheduler 3: any previous time ends it.
	legacy bool
}

// At is due once, at t, also when t has gone by.
func At(t time.Time) Trigger { return date{at: micros(t), zone: zoneOf(t)} }

func (d date) Next(prev, _ time.Time) time.Time {
	if prev.IsZero() || !d.legacy && prev.UnixMicro() < d.at {
		return microTime(d.at, d.zone)
	}
	return time.Time{}
}

func (d date) String() string { return textOf(d) }

func (d date) kind() string   { return "date" }
func (d date) dayZone() *Zone { return d.zone }

func (d date) write(w *writer) {
	w.bareTime("run_date", d.at, d.zone)
	w.zone(d.zone)
	if d.legacy {
		w.field("compat", apscheduler3)
	}
}
