package apscheduler

import (
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// moment is a datetime: an instant, in the zone whose clocks show it.
type moment struct {
	time.Time
	zone zone
}

// momentOf reads a datetime with a time zone. Its bytes are year (two), month,
// day, hour, minute, second and microsecond (three); the first bit of the month
// is the fold.
func momentOf(v any) (moment, error) {
	o, ok := v.(*pickle.Object)
	if !ok || !o.Is("datetime", "datetime") {
		return moment{}, fmt.Errorf("a value of type %s, want a datetime", pickle.Kind(v))
	}
	if len(o.Args) < 2 {
		return moment{}, fmt.Errorf("a datetime without a time zone")
	}
	b, err := packed(o, 10)
	if err != nil {
		return moment{}, err
	}
	z, err := zoneOf(o.Args[1])
	if err != nil {
		return moment{}, err
	}
	fold := b[2]&0x80 != 0
	wall := time.Date(int(b[0])<<8|int(b[1]), time.Month(b[2]&0x7f), int(b[3]), int(b[4]), int(b[5]), int(b[6]),
		(int(b[7])<<16|int(b[8])<<8|int(b[9]))*1000, time.UTC)
	return moment{z.instant(wall, fold), z}, nil
}

// dateOf reads a date: year (two bytes), month and day.
func dateOf(v any) (time.Time, error) {
	o, ok := v.(*pickle.Object)
	if !ok || !o.Is("datetime", "date") {
		return time.Time{}, fmt.Errorf("a value of type %s, want a date", pickle.Kind(v))
	}
	b, err := packed(o, 4)
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(int(b[0])<<8|int(b[1]), time.Month(b[2]), int(b[3]), 0, 0, 0, 0, time.UTC), nil
}

// packed is the n bytes of which an object of module datetime is made. Python 2
// has written them as a text.
func packed(o *pickle.Object, n int) ([]byte, error) {
	if len(o.Args) == 0 {
		return nil, fmt.Errorf("a %s of nothing", pickle.Kind(o))
	}
	var b []byte
	switch v := o.Args[0].(type) {
	case pickle.Bytes:
		b = v
	case string:
		b = []byte(v)
	default:
		return nil, fmt.Errorf("a %s made of a value of type %s", pickle.Kind(o), pickle.Kind(v))
	}
	if len(b) != n {
		return nil, fmt.Errorf("a %s of %d bytes, want %d", pickle.Kind(o), len(b), n)
	}
	return b, nil
}

// delta is a timedelta: all but the days are never negative.
type delta struct{ days, seconds, micros int64 }

func deltaOf(v any) (delta, error) {
	o, ok := v.(*pickle.Object)
	if !ok || !o.Is("datetime", "timedelta") {
		return delta{}, fmt.Errorf("a value of type %s, want a timedelta", pickle.Kind(v))
	}
	n, err := numbers(o.Args, 3)
	if err != nil {
		return delta{}, fmt.Errorf("a timedelta: %w", err)
	}
	return delta{int64(n[0]), int64(n[1]), int64(n[2])}, nil
}

// optionalMoment reads an entry that is a datetime, if it is there.
func optionalMoment(d *pickle.Dict, key string) (m moment, ok bool, err error) {
	v, ok, err := optional[any](d, key)
	if err != nil || !ok {
		return m, false, err
	}
	if m, err = momentOf(v); err != nil {
		return m, false, fmt.Errorf("%s: %w", key, err)
	}
	return m, true, nil
}
