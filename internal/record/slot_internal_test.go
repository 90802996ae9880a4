package record

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzSlot(f *testing.F) {
	f.Add("web", "web_1")
	f.Add("a b \"c\"\n", "\x00\xff\xfe")
	f.Add(strings.Repeat("\xff", 100), strings.Repeat("\U0010ffff", 100))
	f.Fuzz(func(t *testing.T, group, name string) {
		want := Child{PID: 4194304, Started: 1 << 63, Group: group, Name: name}
		slot := want.slot()
		if len(slot) != slotSize || strings.Count(string(slot), "\n") != 1 {
			t.Fatalf("slot of %d bytes: %q", len(slot), slot)
		}
		got, ok := parseChild(slot)
		if !ok || got.PID != want.PID || got.Started != want.Started || got.Hash != NameHash(group, name) {
			t.Fatalf("parseChild = %+v, %v, want %+v", got, ok, want)
		}
		if got.Name != cut(name) || got.Group != cut(group) {
			t.Errorf("names are %q, %q, want %q, %q", got.Group, got.Name, cut(group), cut(name))
		}
		if utf8.ValidString(name) && !utf8.ValidString(got.Name) {
			t.Errorf("%q was cut inside a character: %q", name, got.Name)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("12 34 00000000000000ff \"g\" \"n\""))
	f.Add([]byte(magic + " boot pid:[1] 1 1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, ok := parseChild(data); ok && (c.PID <= 1 || c.Started == 0) {
			t.Errorf("parseChild(%q) = %+v", data, c)
		}
		parseHeader(data)
	})
}

func TestEmptySlotIsNoChild(t *testing.T) {
	if c, ok := parseChild(emptySlot()); ok {
		t.Errorf("parseChild of an empty slot = %+v", c)
	}
}
