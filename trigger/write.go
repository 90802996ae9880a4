package trigger

import (
	"encoding/json"
	"fmt"
	"time"
)

// apscheduler3 is the value of the option compat.
const apscheduler3 = "apscheduler3"

// formed is what the triggers of this package can do beyond Trigger, so that
// they have a text and a JSON form.
type formed interface {
	Trigger
	// kind is its name in both forms.
	kind() string
	// write writes its fields, those first that identify it.
	write(w *writer)
	// dayZone is the zone in which its days begin; nil: UTC.
	dayZone() *Zone
	// words says in English when it is due.
	words() string
}

// writer writes a trigger, as text or as JSON, both made of the same fields.
type writer struct {
	buf     []byte
	json    bool
	started bool // something stands between the brackets already
	err     error
}

// textOf is the text form of t.
func textOf(t Trigger) string {
	w := writer{buf: make([]byte, 0, 96)}
	w.trigger(t)
	return string(w.buf)
}

// Encode gives the JSON form of t: an object with "trigger", the kind, and
// one string an option, under the names that FromOptions takes. Triggers that
// were not made by this package have none.
func Encode(t Trigger) ([]byte, error) {
	w := writer{json: true, buf: make([]byte, 0, 128)}
	w.trigger(t)
	if w.err != nil {
		return nil, w.err
	}
	return w.buf, nil
}

func (w *writer) trigger(t Trigger) {
	around, _ := t.(*bounded)
	if around != nil {
		t = around.inner
	}
	f, ok := t.(formed)
	if !ok {
		w.err = fmt.Errorf("a trigger of type %T has no form that can be kept", t)
		if t != nil {
			w.buf = append(w.buf, t.String()...)
		}
		return
	}
	w.open(f.kind())
	f.write(w)
	if around != nil {
		around.bounds.write(w)
	}
	w.close()
}

func (w *writer) open(kind string) {
	if w.json {
		w.buf = append(w.buf, `{"trigger":"`...)
		w.buf = append(w.buf, kind...)
		w.buf = append(w.buf, '"')
		w.started = true
		return
	}
	w.buf = append(w.buf, kind...)
	w.buf = append(w.buf, '[')
	w.started = false
}

func (w *writer) close() {
	if w.json {
		w.buf = append(w.buf, '}')
	} else {
		w.buf = append(w.buf, ']')
	}
	w.started = true
}

func (w *writer) comma() {
	if w.started {
		w.buf = append(w.buf, ',')
		if !w.json {
			w.buf = append(w.buf, ' ')
		}
	}
	w.started = true
}

func (w *writer) key(key string) {
	w.comma()
	if w.json {
		w.buf = append(w.buf, '"')
		w.buf = append(w.buf, key...)
		w.buf = append(w.buf, '"', ':')
		return
	}
	w.buf = append(w.buf, key...)
	w.buf = append(w.buf, '=')
}

// field writes an option.
func (w *writer) field(key, value string) {
	w.key(key)
	w.quote(value)
}

// number writes an option that is a whole number, unless it is zero.
func (w *writer) number(key string, n int) {
	if n != 0 {
		w.field(key, fmt.Sprint(n))
	}
}

// bare writes the option that stands first in the text form, without a name.
func (w *writer) bare(key, value string) {
	if w.json {
		w.field(key, value)
		return
	}
	w.comma()
	w.buf = append(w.buf, value...)
}

// bareQuoted is bare with marks around the value.
func (w *writer) bareQuoted(key, value string) {
	if w.json {
		w.field(key, value)
		return
	}
	w.comma()
	w.quote(value)
}

func (w *writer) bareTime(key string, us int64, z *Zone) {
	if w.json {
		w.time(key, us, z)
		return
	}
	w.comma()
	w.buf = appendTime(w.buf, us, z)
}

func (w *writer) time(key string, us int64, z *Zone) {
	w.key(key)
	w.mark()
	w.buf = appendTime(w.buf, us, z)
	w.mark()
}

// zone writes the option timezone. UTC is what a form without it means.
func (w *writer) zone(z *Zone) {
	if z != nil && z.name != "UTC" {
		w.field("timezone", z.name)
	}
}

func (w *writer) duration(key string, d time.Duration) {
	if d != 0 {
		w.field(key, d.String())
	}
}

func (w *writer) children(all []Trigger) {
	if w.json {
		w.key("triggers")
		w.buf = append(w.buf, '[')
		w.started = false
	}
	for _, t := range all {
		w.comma()
		w.trigger(t)
	}
	if w.json {
		w.buf = append(w.buf, ']')
		w.started = true
	}
}

func (w *writer) mark() {
	if w.json {
		w.buf = append(w.buf, '"')
	} else {
		w.buf = append(w.buf, '\'')
	}
}

// quote writes a value between marks.
func (w *writer) quote(value string) {
	if w.json && !plain(value) {
		quoted, err := json.Marshal(value)
		if err != nil {
			w.err = err
		}
		w.buf = append(w.buf, quoted...)
		return
	}
	w.mark()
	for i := range len(value) {
		if !w.json && (value[i] == '\'' || value[i] == '\\') {
			w.buf = append(w.buf, '\\')
		}
		w.buf = append(w.buf, value[i])
	}
	w.mark()
}

// plain: value is the same within the quotes of JSON.
func plain(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}
