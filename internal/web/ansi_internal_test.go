package web

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestColoursOfTerminals(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []span
	}{
		"none":                {"a\nb", []span{{"", "a\nb"}}},
		"a colour":            {"a\x1b[31mb\x1b[0mc", []span{{"", "a"}, {"a-f1", "b"}, {"", "c"}}},
		"it goes on":          {"\x1b[1;32ma\nb\x1b[mc", []span{{"a-f2 a-bold", "a\nb"}, {"", "c"}}},
		"bright":              {"\x1b[91;104ma", []span{{"a-f9 a-b12", "a"}}},
		"256":                 {"\x1b[38;5;196ma\x1b[48;5;4mb", []span{{"a-f9", "a"}, {"a-f9 a-b4", "b"}}},
		"all colours":         {"\x1b[38;2;0;200;0ma", []span{{"a-f2", "a"}}},
		"default":             {"\x1b[31;41ma\x1b[39;49mb", []span{{"a-f1 a-b1", "a"}, {"", "b"}}},
		"reversed":            {"\x1b[7;31ma\x1b[27mb", []span{{"a-inverse a-b1", "a"}, {"a-f1", "b"}}},
		"weights":             {"\x1b[2;3;4ma\x1b[22;23;24mb", []span{{"a-faint a-italic a-under", "a"}, {"", "b"}}},
		"written over":        {"10 %\r20 %\r100 %\r\nend", []span{{"", "100 %\nend"}}},
		"other sequences":     {"a\x1b[2K\x1b[10;20Hb\x1b]0;title\ac\x1b]8;;http://x\x1b\\d\x1bMe", []span{{"", "abcde"}}},
		"sgr0 of xterm":       {"\x1b[31ma\x1b(B\x1b[mb", []span{{"a-f1", "a"}, {"", "b"}}},
		"one within another":  {"\x1b]0;x\x1b[31ma\x1b\x1b[mb", []span{{"a-f1", "a"}, {"", "b"}}},
		"of a wide character": {"a\x1b中b", []span{{"", "ab"}}},
		"bells and nul":       {"a\a\x00b\x7f", []span{{"", "ab"}}},
		"it is cut":           {"a\x1b[3", []span{{"", "a"}}},
		"it is cut at once":   {"a\x1b", []span{{"", "a"}}},
		"no number":           {"\x1b[3x1m\x1b[?25la", []span{{"", "1ma"}}},
		"a title without end": {"a\x1b]0;b", []span{{"", "a"}}},
		"no text at all":      {"\x1b[31m", nil},
		"bad UTF-8":           {"a\xff", []span{{"", "a\uFFFD"}}},
		"tabs stay":           {"a\tb", []span{{"", "a\tb"}}},
	} {
		if diff := cmp.Diff(c.want, ansi(c.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// BenchmarkANSI has a log without colours, of short lines. Twice as much has to
// take twice as long.
func BenchmarkANSI(b *testing.B) {
	for _, size := range []int{128 << 10, 256 << 10} {
		text := strings.Repeat("a line\n", size/7)
		b.Run(strconv.Itoa(size>>10)+" KiB", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				ansi(text)
			}
		})
	}
}

// FuzzANSI: no text of the program is invented, and nothing that steers is left.
func FuzzANSI(f *testing.F) {
	f.Add("a\x1b[31mb\x1b[0m\r\n\x1b]0;x\ac")
	f.Add("\x1b[38;5;300;48;2;1m\x1b")
	f.Fuzz(func(t *testing.T, text string) {
		got := plain(text)
		if at := strings.IndexFunc(strings.ReplaceAll(got, "\n", ""), isControl); at >= 0 {
			t.Errorf("%q has a control in %q", text, got)
		}
		if len(got) > 3*len(text) {
			t.Errorf("%q grew to %q", text, got)
		}
	})
}
