package listener

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hear feeds a reader and follows the states as a pool does that always has an
// event at hand.
func hearAll(chunks ...[]byte) (heard []string) {
	var (
		r reader
		s = acknowledged
	)
	for _, chunk := range chunks {
		r.pending = append(r.pending, chunk...)
		for {
			what, text := r.next(s)
			if what == nothing {
				break
			}
			heard = append(heard, fmt.Sprintf("%d %q", what, text))
			switch what {
			case readiness:
				s = ready
			case result:
				s = acknowledged
			default:
				s = unknown
			}
		}
		if s == ready && len(r.pending) == 0 {
			s = busy
		}
	}
	return heard
}

func TestResultLength(t *testing.T) {
	for line, want := range map[string]int{
		"RESULT 2": 2, "RESULT 0": 0, "RESULT  12 \r": 12, "XXXXXXX7": 7, "RESULT +3": 3, // as Python's int
		"": -1, "RESULT": -1, "RESULT ": -1, "RESULT x": -1, "RESULT -1": -1, "RESULT 2 3": -1, "2": -1,
	} {
		got, err := resultLength([]byte(line))
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("resultLength(%q) = %d, %v, want %d", line, got, err, want)
		}
	}
}

func TestAListenerThatSaysTooMuchIsNotHeard(t *testing.T) {
	long := strings.Repeat("x", mostLine+1)
	for name, says := range map[string]string{
		"a line without end": long,
		"a huge result":      fmt.Sprintf("RESULT %d\n", mostResult+1),
	} {
		heard := hearAll([]byte("READY\n"), []byte(says))
		if len(heard) != 2 || !strings.HasPrefix(heard[1], fmt.Sprintf("%d ", tooMuch)) {
			t.Errorf("%s is heard as %.200v", name, heard)
		}
	}
}

// A listener that gets an event only when it is quiet says the same however
// its words are cut.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"READY\n", "REA", "READY\nx", "HELLO\n", "\nREADY\n"} {
		f.Add([]byte(seed), []byte("RESULT 2\nOK"), uint8(3))
	}
	f.Add([]byte("READY\n"), []byte("RESULT 0\nREADY\n"), uint8(8))
	f.Add([]byte("READY\n"), []byte("RESULT two\n"), uint8(1))
	f.Fuzz(func(t *testing.T, first, answer []byte, cut uint8) {
		want := hearAll(first, answer)
		at := int(cut) % (len(answer) + 1)
		got := hearAll(first, answer[:at], answer[at:])
		if len(want) > 0 && len(got) > 0 && slices.Equal(kinds(want), kinds(got)) {
			return
		}
		if len(want) == 0 && len(got) == 0 {
			return
		}
		// READY that comes in one piece with more is out of turn; cut in two it
		// may be the answer to the next event.
		if strings.Contains(string(answer[:at]), readyToken) {
			return
		}
		t.Errorf("%q then %q is heard as %v, cut at %d as %v", first, answer, want, at, got)
	})
}

func kinds(heard []string) (all []string) {
	for _, h := range heard {
		kind, _, _ := strings.Cut(h, " ")
		all = append(all, kind)
	}
	return all
}
