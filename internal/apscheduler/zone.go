package apscheduler

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// zone is a tzinfo.
type zone struct {
	*trigger.Zone
	// offset is the one that pytz has chosen for the time that it belongs to, in
	// seconds, if chosen.
	offset int64
	chosen bool
}

// zoneOf reads a tzinfo of datetime, zoneinfo, pytz, dateutil, or of the shim that
// tzlocal puts around a zone of zoneinfo.
func zoneOf(v any) (zone, error) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return zone{}, fmt.Errorf("the time zone is of type %s", pickle.Kind(v))
	}
	if maker, ok := o.Class.(*pickle.Object); ok && isUnpickle(maker) {
		return named(o.Args)
	}
	class, _ := o.Class.(pickle.Global)
	switch class.String() {
	case "pytz:_UTC", "dateutil.tz.tz:tzutc":
		return zone{Zone: trigger.UTC()}, nil
	case "pytz:_p", "pytz:timezone", "zoneinfo:ZoneInfo", "backports.zoneinfo:ZoneInfo":
		return named(o.Args)
	case "pytz:FixedOffset", "pytz:_FixedOffset":
		minutes, err := numbers(o.Args, 1)
		if err != nil {
			return zone{}, fmt.Errorf("the time zone %s: %w", class, err)
		}
		return fixed(int64(minutes[0]) * 60)
	case "datetime:timezone":
		return ofDelta(o.Args, 0)
	case "dateutil.tz.tz:tzoffset":
		return ofDelta(o.Args, 1)
	case "dateutil.tz.tz:tzfile":
		return ofFile(o.Args)
	case "pytz_deprecation_shim._impl:wrap_zone":
		if len(o.Args) > 0 {
			return zoneOf(o.Args[0])
		}
	}
	return zone{}, fmt.Errorf("the time zone is of type %s, which is not known", pickle.Kind(o))
}

// isUnpickle: a ZoneInfo says of itself getattr(ZoneInfo, "_unpickle").
func isUnpickle(o *pickle.Object) bool {
	if !o.Is("builtins", "getattr") || len(o.Args) != 2 || o.Args[1] != any("_unpickle") {
		return false
	}
	class, ok := o.Args[0].(pickle.Global)
	return ok && class.Name == "ZoneInfo" && (class.Module == "zoneinfo" || class.Module == "backports.zoneinfo")
}

// named is a zone by its name. pytz adds the offset in seconds and more.
func named(args pickle.Tuple) (zone, error) {
	name := ""
	if len(args) > 0 {
		name, _ = args[0].(string)
	}
	if name == "" {
		return zone{}, fmt.Errorf("the time zone has no name")
	}
	known, err := trigger.LoadZone(name)
	if err != nil {
		return zone{}, fmt.Errorf("the time zone: %w", err)
	}
	z := zone{Zone: known}
	if len(args) == 4 {
		z.offset, z.chosen = args[1].(int64)
	}
	return z, nil
}

// ofDelta is a fixed offset, a timedelta or a number of seconds among args.
func ofDelta(args pickle.Tuple, at int) (zone, error) {
	if len(args) <= at {
		return zone{}, fmt.Errorf("the time zone has no offset")
	}
	if s, ok := args[at].(int64); ok {
		return fixed(s)
	}
	d, err := deltaOf(args[at])
	if err != nil {
		return zone{}, fmt.Errorf("the time zone: %w", err)
	}
	if d.micros != 0 {
		return zone{}, fmt.Errorf("the time zone: its offset is not of whole seconds")
	}
	return fixed(d.days*24*3600 + d.seconds)
}

func fixed(offset int64) (zone, error) {
	known, err := trigger.LoadZone(offsetText(offset))
	if err != nil {
		return zone{}, fmt.Errorf("the time zone: %w", err)
	}
	return zone{Zone: known}, nil
}

// ofFile is a zone of dateutil, which names a file of the zone database.
func ofFile(args pickle.Tuple) (zone, error) {
	for _, arg := range args {
		path, ok := arg.(string)
		if !ok {
			continue
		}
		if _, name, ok := strings.Cut(path, "zoneinfo/"); ok {
			path = name
		}
		return named(pickle.Tuple{path})
	}
	return zone{}, fmt.Errorf("the time zone has no name")
}

// instant is when the clocks of the zone show what wall shows in UTC. Of a time
// that they show twice it is the second one with fold, and a time that they skip
// is read by the offset before the change, or after it with fold (PEP 495).
func (z zone) instant(wall time.Time, fold bool) time.Time {
	at := func(offset int64) time.Time {
		return wall.Add(-time.Duration(offset) * time.Second).In(z.Location())
	}
	if z.chosen {
		return at(z.offset)
	}
	before, after := z.offsetAt(wall.Add(-24*time.Hour)), z.offsetAt(wall.Add(24*time.Hour))
	if fold {
		before, after = after, before
	}
	for _, offset := range []int64{before, after} {
		if t := at(offset); z.offsetAt(t) == offset {
			return t
		}
	}
	return at(before)
}

func (z zone) offsetAt(t time.Time) int64 {
	_, offset := t.In(z.Location()).Zone()
	return int64(offset)
}

// changes reports whether the clocks of the zone will be changed after t.
func changes(z *trigger.Zone, t time.Time) bool {
	_, end := t.In(z.Location()).ZoneBounds()
	return !end.IsZero()
}
