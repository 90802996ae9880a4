package memory

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

type word string

func (w word) key() string { return string(w) }

// TestIndex puts, removes and looks for keys at random, and compares with a map.
func TestIndex(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, want := newIndex[word](), map[word]bool{}
		check := func(w word) {
			if got := x.get(string(w)) == w; got != want[w] {
				t.Fatalf("%q is there: %v, want %v", w, got, want[w])
			}
		}
		for range rapid.IntRange(1, 400).Draw(t, "steps") {
			w := word(fmt.Sprint("key-", rapid.IntRange(0, 99).Draw(t, "key")))
			switch {
			case want[w] && rapid.Bool().Draw(t, "remove"):
				x.remove(string(w))
				delete(want, w)
			case !want[w]:
				check(w)
				x.put(w)
				want[w] = true
			}
			check(w)
		}
		for n := range 100 {
			check(word(fmt.Sprint("key-", n)))
		}
		if len(x.items) != len(want) {
			t.Fatalf("%d items, want %d", len(x.items), len(want))
		}
	})
}
