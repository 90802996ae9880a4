package job

import (
	"fmt"
	"slices"
	"strings"
)

// named gives the values of an enumeration their names, for people and in
// stored text: the position in names is the value.
type named []string

func coalesces() named { return named{"latest", "earliest", "all"} }
func overlaps() named  { return named{"skip", "queue_one", "queue", "replace", "allow"} }
func onLosts() named   { return named{"fail", "rerun"} }
func phases() named    { return named{"waiting", "running", "done"} }
func outcomes() named {
	return named{"none", "succeeded", "failed", "cancelled", "lost", "missed"}
}
func reasons() named { return named{"none", "too_late", "coalesced", "limit_full", "overdue"} }

// of names v, or gives its number if it has no name.
func (n named) of(v uint8) string {
	if int(v) < len(n) {
		return n[v]
	}
	return fmt.Sprintf("unknown %d", v)
}

// text is of for what is to be stored.
func (n named) text(v uint8) ([]byte, error) {
	if int(v) >= len(n) {
		return nil, fmt.Errorf("%d has no name; there are %s", v, strings.Join(n, ", "))
	}
	return []byte(n[v]), nil
}

// value finds the value that text names.
func (n named) value(text []byte) (uint8, error) {
	at := slices.Index(n, string(text))
	if at < 0 {
		return 0, fmt.Errorf("%q is none of %s", text, strings.Join(n, ", "))
	}
	return uint8(at), nil
}

// String is the name, such as "latest".
func (c Coalesce) String() string { return coalesces().of(uint8(c)) }

// MarshalText implements encoding.TextMarshaler.
func (c Coalesce) MarshalText() ([]byte, error) { return coalesces().text(uint8(c)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Coalesce) UnmarshalText(text []byte) error {
	v, err := coalesces().value(text)
	*c = Coalesce(v)
	return err
}

// String is the name, such as "queue_one".
func (o Overlap) String() string { return overlaps().of(uint8(o)) }

// MarshalText implements encoding.TextMarshaler.
func (o Overlap) MarshalText() ([]byte, error) { return overlaps().text(uint8(o)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *Overlap) UnmarshalText(text []byte) error {
	v, err := overlaps().value(text)
	*o = Overlap(v)
	return err
}

// String is the name, such as "rerun".
func (o OnLost) String() string { return onLosts().of(uint8(o)) }

// MarshalText implements encoding.TextMarshaler.
func (o OnLost) MarshalText() ([]byte, error) { return onLosts().text(uint8(o)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (o *OnLost) UnmarshalText(text []byte) error {
	v, err := onLosts().value(text)
	*o = OnLost(v)
	return err
}

// String is the name, such as "running".
func (p Phase) String() string { return phases().of(uint8(p)) }

// MarshalText implements encoding.TextMarshaler.
func (p Phase) MarshalText() ([]byte, error) { return phases().text(uint8(p)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Phase) UnmarshalText(text []byte) error {
	v, err := phases().value(text)
	*p = Phase(v)
	return err
}

// String is the name, such as "succeeded".
func (k OutcomeKind) String() string { return outcomes().of(uint8(k)) }

// MarshalText implements encoding.TextMarshaler.
func (k OutcomeKind) MarshalText() ([]byte, error) { return outcomes().text(uint8(k)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *OutcomeKind) UnmarshalText(text []byte) error {
	v, err := outcomes().value(text)
	*k = OutcomeKind(v)
	return err
}

// String is the name, such as "too_late".
func (r Reason) String() string { return reasons().of(uint8(r)) }

// MarshalText implements encoding.TextMarshaler.
func (r Reason) MarshalText() ([]byte, error) { return reasons().text(uint8(r)) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Reason) UnmarshalText(text []byte) error {
	v, err := reasons().value(text)
	*r = Reason(v)
	return err
}
