package apscheduler

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

// moment writes a datetime, a date or a time. Of a datetime and a time all
// fields are known, so nothing is asked of a database of zones: it stays what its
// clock showed, beside its zone.
func (w *argumentWriter) moment(path string, o *pickle.Object, kind string) error {
	size := map[string]int{"datetime": 10, "date": 4, "time": 6}[kind]
	b, err := packed(o, size)
	if err != nil {
		return err
	}
	if kind == "date" {
		w.tagged(kind, dateText(b))
		return nil
	}
	text := ""
	fold := b[0]&0x80 != 0 // of a time
	if kind == "datetime" {
		text, fold = dateText(b)+"T", b[2]&0x80 != 0
		b = b[4:]
	}
	text += fmt.Sprintf("%02d:%02d:%02d", b[0]&0x7f, b[1], b[2])
	if micros := int(b[3])<<16 | int(b[4])<<8 | int(b[5]); micros != 0 {
		text += fmt.Sprintf(".%06d", micros)
	}
	zone := ""
	if len(o.Args) > 1 {
		z, err := w.pythonZone(path, o.Args[1])
		if err != nil {
			return err
		}
		if !z.plain {
			zone = z.text
		}
		if kind == "datetime" || z.plain { // a time alone has no offset in a zone that has several
			text += z.offset
		}
	}
	w.begin(kind)
	w.buf.Write(jsonText(text))
	if zone != "" {
		w.buf.WriteString(`,"zone":` + zone)
	}
	if fold {
		w.buf.WriteString(`,"fold":1`)
	}
	w.buf.WriteByte('}')
	return nil
}

// dateText reads year (two bytes), month and day. The first bit of the month can
// be the fold.
func dateText(b []byte) string {
	return fmt.Sprintf("%04d-%02d-%02d", int(b[0])<<8|int(b[1]), b[2]&0x7f, b[3])
}

// timedelta writes seconds where they are exact.
func (w *argumentWriter) timedelta(o *pickle.Object) error {
	d, err := deltaOf(o)
	if err != nil {
		return err
	}
	w.begin("timedelta")
	if d.micros == 0 && d.days > -1e9 && d.days < 1e9 {
		fmt.Fprintf(&w.buf, "%d}", d.days*86400+d.seconds)
		return nil
	}
	fmt.Fprintf(&w.buf, "[%d,%d,%d]}", d.days, d.seconds, d.micros)
	return nil
}

// pythonZone is a time zone as an argument.
type pythonZone struct {
	text   string // the value in JSON
	offset string // what a datetime has behind its time; "": the zone alone tells
	plain  bool   // the offset alone means this zone
}

// pythonZone reads a time zone. Its classes outside of the standard library and
// pytz become those of the standard library.
func (w *argumentWriter) pythonZone(path string, v any) (pythonZone, error) {
	z, err := zoneOf(v)
	if err != nil {
		return pythonZone{}, err
	}
	o := v.(*pickle.Object) // zoneOf knows no others
	maker, isNested := o.Class.(*pickle.Object)
	class, _ := o.Class.(pickle.Global)
	switch {
	case class == pickle.Global{Module: "pytz", Name: "_UTC"}:
		return pythonZone{text: taggedText("pytz", "UTC"), offset: "+00:00"}, nil
	case class.Module == "pytz" && strings.HasSuffix(class.Name, "FixedOffset"):
		offset := z.fixedOffset()
		return pythonZone{text: fmt.Sprintf(`{"%s":"pytz","%s":%d}`, pyvalue.Tag, pyvalue.Value, offset/60), offset: offsetText(offset)}, nil
	case class.Module == "pytz":
		p := pythonZone{text: taggedText("pytz", z.Location().String())}
		if z.chosen {
			p.offset = offsetText(z.offset)
		}
		return p, nil
	case class == pickle.Global{Module: "datetime", Name: "timezone"}:
		return timezoneOf(o, z), nil
	case isNested && isUnpickle(maker), class.Name == "ZoneInfo":
		return pythonZone{text: taggedText("ZoneInfo", z.Location().String())}, nil
	}
	w.note("%s has a time zone of type %s, which is one of datetime or zoneinfo from now on", path, pickle.Kind(o))
	if strings.HasPrefix(class.Module, "dateutil") && class.Name != "tzfile" {
		return timezoneOf(&pickle.Object{}, z), nil
	}
	return pythonZone{text: taggedText("ZoneInfo", z.Location().String())}, nil
}

// timezoneOf is a datetime.timezone, whose second argument is a name.
func timezoneOf(o *pickle.Object, z zone) pythonZone {
	offset := offsetText(z.fixedOffset())
	p := pythonZone{text: taggedText("timezone", offset), offset: offset, plain: true}
	if len(o.Args) > 1 {
		if name, ok := o.Args[1].(string); ok {
			p.plain = false
			p.text = fmt.Sprintf(`%s,"name":%s}`, strings.TrimSuffix(p.text, "}"), jsonText(name))
		}
	}
	return p
}

// fixedOffset is that of a zone which never has another one.
func (z zone) fixedOffset() int64 { return z.offsetAt(time.Unix(0, 0)) }

// offsetText is an offset in seconds as Python has it behind a time.
func offsetText(offset int64) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	text := fmt.Sprintf("%c%02d:%02d", sign, offset/3600, offset/60%60)
	if offset%60 != 0 {
		text += fmt.Sprintf(":%02d", offset%60)
	}
	return text
}
