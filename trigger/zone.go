package trigger

import (
	"errors"
	"fmt"
	"math"
	"os"
	"sort"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // every zone is known on machines without a zone database too
)

// Zone is a time zone: it turns instants into what clocks on the wall show
// and back. Loaded zones are shared and never change.
type Zone struct {
	name string
	loc  *time.Location
	// spans are the years from 1970 to zoneTableEnd, in order; outside of them
	// loc is asked, which is slower.
	spans []span
}

// wall is a local time: what a clock on the wall shows, as seconds since it
// showed 1970-01-01 00:00:00, as if its zone had no clock changes.
type wall int64

// span is a time in which the clocks are not changed.
type span struct {
	start, end int64 // Unix seconds, end excluded
	offset     int64 // wall = instant + offset
}

const (
	zoneTableEnd = 2101
	// maxOffset is more than any clock was ever apart from UTC.
	maxOffset = 16 * 60 * 60
	day       = 24 * 60 * 60
	// beginningOfTime is the start of a zone's first span.
	beginningOfTime = math.MinInt64
)

// zones keeps what LoadZone made, by name: a zone costs some hundred
// microseconds to build and some kilobytes to keep.
var zones sync.Map

// UTC is the zone whose clocks are never changed.
func UTC() *Zone { return mustZone("UTC") }

func mustZone(name string) *Zone {
	z, err := LoadZone(name)
	if err != nil {
		panic(err)
	}
	return z
}

// LoadZone finds a zone by its name in the zone database (the machine's own,
// or else the one built in), "UTC", "Local" or "" for the zone of this
// machine, or a fixed offset such as "+05:30" or "UTC-03:00". Errors are of
// type *SyntaxError and suggest the name that is most like an unknown one.
func LoadZone(name string) (*Zone, error) {
	z, bad := loadZone(name)
	if bad != nil {
		return nil, bad
	}
	return z, nil
}

func loadZone(name string) (*Zone, *SyntaxError) {
	z, ok := findZone(name)
	if !ok {
		return nil, problemAt(name, 0, "there is no such time zone; %s", zoneHint(name))
	}
	return z, nil
}

func findZone(name string) (*Zone, bool) {
	if z, ok := zones.Load(name); ok {
		return z.(*Zone), true
	}
	if name == "" || name == "Local" {
		return localZone(), true
	}
	loc, ok := location(name)
	if !ok {
		return nil, false
	}
	z, _ := zones.LoadOrStore(name, newZone(loc.String(), loc))
	return z.(*Zone), true
}

// ZoneOf is the zone of loc. A location that was not loaded by name (one of
// an RFC 3339 text, for example) is found by the name it carries or else
// taken for a fixed offset, that of instant t.
func ZoneOf(loc *time.Location, t time.Time) *Zone {
	if name := loc.String(); name != "" {
		if z, ok := findZone(name); ok {
			return z
		}
	}
	_, offset := t.In(loc).Zone()
	return mustZone(offsetName(offset))
}

func location(name string) (*time.Location, bool) {
	if name == "UTC" || name == "Z" {
		return time.UTC, true
	}
	if offset, ok := fixedOffset(name); ok {
		if offset == 0 {
			return time.UTC, true
		}
		return time.FixedZone(offsetName(offset), offset), true
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

// localZone is the zone of this machine, under the name that other machines
// know it by if that can be found out. It is looked for once, as package time
// does.
func localZone() *Zone {
	if z, known := zones.Load("Local"); known {
		return z.(*Zone)
	}
	z, _ := zones.LoadOrStore("Local", findLocalZone())
	return z.(*Zone)
}

func findLocalZone() *Zone {
	if name, err := localName(); err == nil {
		if z, ok := findZone(name); ok {
			return z
		}
	}
	return newZone("Local", time.Local)
}

// localName finds the name as package time finds the zone: the variable TZ,
// then what /etc/localtime points at.
func localName() (string, error) {
	if tz, ok := os.LookupEnv("TZ"); ok {
		tz = strings.TrimPrefix(tz, ":")
		if tz == "" {
			return "UTC", nil
		}
		return afterZoneinfo(tz), nil
	}
	target, err := os.Readlink("/etc/localtime")
	if errors.Is(err, os.ErrNotExist) {
		return "UTC", nil
	}
	if err != nil {
		return "", err
	}
	return afterZoneinfo(target), nil
}

func afterZoneinfo(path string) string {
	if _, name, ok := strings.Cut(path, "zoneinfo/"); ok {
		return name
	}
	return path
}

// fixedOffset reads ±HH, ±HHMM, ±HH:MM and ±HH:MM:SS, with or without UTC
// before it, as seconds east of UTC.
func fixedOffset(name string) (seconds int, ok bool) {
	text := strings.TrimPrefix(name, "UTC")
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	sign := 1
	if text[0] == '-' {
		sign = -1
	}
	digits := strings.ReplaceAll(text[1:], ":", "")
	if len(digits) > 6 || len(digits)%2 != 0 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	colons := strings.Count(text, ":")
	if colons != 0 && (colons != len(digits)/2-1 || text[3] != ':' || colons == 2 && text[6] != ':') {
		return 0, false
	}
	unit := 60 * 60
	for i := 0; i < len(digits); i += 2 {
		n := int(digits[i]-'0')*10 + int(digits[i+1]-'0')
		if i == 0 && n > 15 || n > 59 {
			return 0, false
		}
		seconds += n * unit
		unit /= 60
	}
	return sign * seconds, true
}

// offsetName is the name of a fixed offset, ±HH:MM with seconds if it has any.
func offsetName(offset int) string {
	if offset == 0 {
		return "UTC"
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	name := fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		name += fmt.Sprintf(":%02d", offset%60)
	}
	return name
}

func newZone(name string, loc *time.Location) *Zone {
	z := &Zone{name: name, loc: loc}
	first := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	last := time.Date(zoneTableEnd, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for at := first; at < last; {
		s := z.lookup(at)
		z.spans = append(z.spans, s)
		at = s.end
	}
	return z
}

// String is the name, as LoadZone reads it.
func (z *Zone) String() string { return z.name }

// Location is the zone as package time knows it.
func (z *Zone) Location() *time.Location { return z.loc }

// lookup is span without the table. Beyond the changes that the zone database
// lists, ZoneBounds takes the turn of a year for a bound (in leap years one
// that has gone by), so what it says is looked at from both sides.
func (z *Zone) lookup(at int64) span {
	s := z.bounds(at)
	for s.end != math.MaxInt64 && (s.end <= at || z.offset(s.end) == s.offset) {
		if end := z.bounds(s.end).end; end > s.end {
			s.end = end
		} else {
			s.end += day
		}
	}
	for s.start != beginningOfTime && (s.start > at || z.offset(s.start-1) == s.offset) {
		if start := z.bounds(s.start - 1).start; start < s.start {
			s.start = start
		} else {
			s.start -= day
		}
	}
	return s
}

// offset is how far the clocks are ahead of UTC, in seconds.
func (z *Zone) offset(at int64) int64 {
	_, offset := time.Unix(at, 0).In(z.loc).Zone()
	return int64(offset)
}

func (z *Zone) bounds(at int64) span {
	start, end := time.Unix(at, 0).In(z.loc).ZoneBounds()
	s := span{start: beginningOfTime, end: math.MaxInt64, offset: z.offset(at)}
	if !start.IsZero() {
		s.start = start.Unix()
	}
	if !end.IsZero() {
		s.end = end.Unix()
	}
	return s
}

// span is the time without clock change around an instant.
func (z *Zone) span(at int64) span {
	i := sort.Search(len(z.spans), func(i int) bool { return z.spans[i].end > at })
	if i == len(z.spans) || at < z.spans[i].start {
		return z.lookup(at)
	}
	return z.spans[i]
}

// wallAt is what the clocks show at an instant, in Unix seconds.
func (z *Zone) wallAt(at int64) wall { return wall(at + z.span(at).offset) }

// time is the instant as a Time in this zone.
func (z *Zone) time(at int64) time.Time { return time.Unix(at, 0).In(z.loc) }

// instants gives the times (Unix seconds) at which the clocks show w, in
// order: none when a clock change skips w, two when one repeats it.
func (z *Zone) instants(w wall) (at [2]int64, n int) {
	s := z.span(int64(w) - maxOffset)
	for {
		if t := int64(w) - s.offset; s.start <= t && t < s.end && n < 2 {
			at[n] = t
			n++
		}
		if s.end > int64(w)+maxOffset {
			return at, n
		}
		s = z.span(s.end)
	}
}

// gap finds the clock change that skips w: the span that it ends and the one
// that it begins. ok is false when the clocks show w.
func (z *Zone) gap(w wall) (before, after span, ok bool) {
	before = z.span(int64(w) - maxOffset)
	for before.end <= int64(w)+maxOffset {
		after = z.span(before.end)
		if int64(w) >= before.end+before.offset && int64(w) < before.end+after.offset {
			return before, after, true
		}
		before = after
	}
	return span{}, span{}, false
}

// instant is the one time that w means where one is asked for: the first when
// w is repeated, and when it is skipped the time that w would have been had
// the clocks not been changed (02:30 becomes 03:30).
func (z *Zone) instant(w wall) int64 {
	if at, n := z.instants(w); n > 0 {
		return at[0]
	}
	if before, _, ok := z.gap(w); ok {
		return int64(w) - before.offset
	}
	return int64(w) - z.span(int64(w)).offset
}

// wallOf is the wall clock's reading of a date and a second of that day.
// Months and days may be out of their range, as those of time.Date.
func wallOf(year int, month time.Month, dayOfMonth, second int) wall {
	return wall(time.Date(year, month, dayOfMonth, 0, 0, second, 0, time.UTC).Unix())
}

// split gives the whole days since 1970-01-01 and the second of the day.
func (w wall) split() (days, second int64) {
	days, second = int64(w)/day, int64(w)%day
	if second < 0 {
		days, second = days-1, second+day
	}
	return days, second
}
