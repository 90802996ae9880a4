package api

import (
	"encoding/json"
	"testing"
)

// FuzzJobSpec: any JSON object is options or a problem; what was taken is not
// empty, and null is nothing.
func FuzzJobSpec(f *testing.F) {
	for _, text := range []string{
		`{"id": "a", "hour": 3, "args": [1e400], "kwargs": {}, "environment": {"A": "b"}}`, `{"day_of_week": ["mon", 1, true]}`, `{"x": null}`, `{"": ""}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var spec jobSpec
		if json.Unmarshal([]byte(text), &spec) != nil {
			return
		}
		if _, err := spec.id(""); err != nil {
			return
		}
		options, err := spec.options()
		if err != nil {
			return
		}
		changes, err := spec.changes()
		if err != nil {
			t.Fatalf("%s has options, but no changes: %v", text, err)
		}
		for _, o := range options {
			if value := changes[o.Key]; value == nil || *value != o.Value {
				t.Errorf("%s: %s is %q, and to be changed to %v", text, o.Key, o.Value, value)
			}
			delete(changes, o.Key)
		}
		for key, value := range changes {
			if value != nil {
				t.Errorf("%s: %s is no option, and to be changed to %q", text, key, *value)
			}
		}
	})
}

// FuzzRunCursor: what is read is written as it was understood.
func FuzzRunCursor(f *testing.F) {
	f.Add("1767225600000000.3")
	f.Add("-1.0")
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseRunCursor(text)
		if err != nil || text == "" {
			return
		}
		again, err := parseRunCursor(c.String())
		if err != nil || again != c {
			t.Errorf("%q is %v, and read again %v, %v", text, c, again, err)
		}
	})
}

// FuzzEventID: an id that is known is one that was given out.
func FuzzEventID(f *testing.F) {
	f.Add("-7")
	f.Add("x-1-2")
	f.Fuzz(func(t *testing.T, tail string) {
		h := newHub(nil)
		h.serial = 5
		if serial, known := h.parse(h.epoch + tail); known && (serial < 0 || serial > 5) {
			t.Errorf("%q is %d of 5", tail, serial)
		}
	})
}
