// Package trigger says when something is due: pure functions of time.
//
// A Trigger yields slots, the scheduled times. What is added to a slot so that
// not everything starts in the same second (jitter, splay) is a Delay, which
// depends on the slot and on whose trigger it is, and on nothing else: every
// scheduler that looks at a job finds the same times.
//
// The kinds are those of APScheduler and crontab: At (once), Every and
// EveryFrom (an interval on a grid), Cron (eight fields), Crontab (a line),
// CalendarInterval (months, weeks and days as people count them), And and Or.
// Around any of them can stand Between, Exclude and Only (holidays), Jitter
// and Splay. docs/triggers.md explains each with its options.
//
// A trigger has three forms of the same options: KEY=VALUE for command lines
// and files (FromOptions), a text (Parse and String) and JSON (Decode and
// Encode). Describe says in words when a trigger is due, and Warnings what in
// it may not be meant; show both to whoever wrote it.
//
// Times of day are those of a Zone, whose database is built in. What happens
// where its clocks are changed is the DST of a cron trigger; intervals count
// seconds and do not care.
package trigger

import "time"

// Trigger says when, after a given time, something is due next. It is a value
// that never changes and may be used concurrently.
type Trigger interface {
	// Next returns the first slot after prev or, when prev is the zero Time
	// (nothing was due yet), the first at or after now. The zero Time says
	// that there is none: the trigger has ended. Slots have whole
	// microseconds.
	Next(prev, now time.Time) time.Time
	// String is the text form; Parse reads it.
	String() string
}

// Delayer is a Trigger that wants its slots to be due later than they are.
type Delayer interface {
	Trigger
	// Delay is what is to be added to slot for the job that key names. The
	// same arguments give the same delay, which is never negative.
	Delay(slot time.Time, key string) time.Duration
}

// Delay is what t adds to slot for key: nothing, unless t is a Delayer.
func Delay(t Trigger, slot time.Time, key string) time.Duration {
	if d, ok := t.(Delayer); ok {
		return d.Delay(slot, key)
	}
	return 0
}
