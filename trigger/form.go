package trigger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// wire is the JSON form.
type wire struct {
	Trigger string     `json:"trigger"`
	At      *time.Time `json:"at,omitempty"`
	Every   int64      `json:"every,omitempty"` // microseconds
	Start   *time.Time `json:"start,omitempty"`
}

// Parse reads the text form of a trigger, as String writes it.
func Parse(text string) (Trigger, error) {
	kind, rest, ok := strings.Cut(text, "[")
	inner, closed := strings.CutSuffix(rest, "]")
	if !ok || !closed {
		return nil, fmt.Errorf("trigger %q: want KIND[...]", text)
	}
	switch kind {
	case "date":
		at, err := time.Parse(time.RFC3339Nano, inner)
		if err != nil {
			return nil, err
		}
		return At(at), nil
	case "interval":
		d, err := time.ParseDuration(inner)
		if err != nil {
			return nil, err
		}
		if d < time.Microsecond {
			return nil, fmt.Errorf("interval of %v", d)
		}
		return Every(d), nil
	}
	return nil, fmt.Errorf("trigger %q: unknown kind %q", text, kind)
}

// Encode gives the JSON form of t.
func Encode(t Trigger) ([]byte, error) {
	switch t := t.(type) {
	case date:
		return json.Marshal(wire{Trigger: "date", At: &t.at})
	case interval:
		w := wire{Trigger: "interval", Every: t.every.Microseconds()}
		if !t.anchor.IsZero() {
			w.Start = &t.anchor
		}
		return json.Marshal(w)
	}
	return nil, fmt.Errorf("trigger of type %T has no form", t)
}

// Decode reads the JSON form.
func Decode(data []byte) (Trigger, error) {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("trigger: %w", err)
	}
	switch {
	case w.Trigger == "date" && w.At != nil:
		return At(*w.At), nil
	case w.Trigger == "interval" && w.Every > 0:
		every := time.Duration(w.Every) * time.Microsecond
		if w.Start != nil {
			return EveryFrom(*w.Start, every), nil
		}
		return Every(every), nil
	}
	return nil, fmt.Errorf("trigger: unknown or incomplete: %s", data)
}
