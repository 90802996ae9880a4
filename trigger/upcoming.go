package trigger

import "time"

// Upcoming are the next times of a trigger, at most n: the first one at or after
// from, and each after the one before. ended: there are no more than these.
func Upcoming(t Trigger, from time.Time, n int) (times []time.Time, ended bool) {
	last := time.Time{}
	for range n {
		next := t.Next(last, from)
		if next.IsZero() {
			return times, true
		}
		times, last = append(times, next), next
	}
	return times, false
}
