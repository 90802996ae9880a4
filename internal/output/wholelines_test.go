package output_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// batches are what WholeLines hands on.
type batches struct {
	t    interface{ Errorf(string, ...any) }
	text bytes.Buffer
}

func (b *batches) take(p []byte) {
	if !bytes.HasSuffix(p, []byte{'\n'}) {
		b.t.Errorf("handed on %q, which does not end with a line", p)
	}
	b.text.Write(p)
}

// cut is what becomes of a text, line by line.
func cut(prefix, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		for len(line) > output.LongestLine {
			b.WriteString(prefix + line[:output.LongestLine] + "\n")
			line = line[output.LongestLine:]
		}
		b.WriteString(prefix + line + "\n")
	}
	return b.String()
}

// However a stream is cut into chunks, its lines come out the same.
func TestWholeLines(t *testing.T) {
	piece := rapid.OneOf(
		rapid.StringMatching(`[a-z\n]{0,30}`),
		rapid.Map(rapid.IntRange(output.LongestLine-2, 2*output.LongestLine+2), func(n int) string { return strings.Repeat("x", n) }),
		rapid.SampledFrom([]string{"", "\n", "\n\n", "a\r\n", "\x00"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.SampledFrom([]string{"", "web | ", "\x1b[1mx\x1b[0m "}).Draw(t, "prefix")
		chunks := rapid.SliceOf(piece).Draw(t, "chunks")
		got := &batches{t: t}
		w := output.NewWholeLines(prefix, got.take)
		for _, c := range chunks {
			w.Write([]byte(c))
		}
		w.End()
		if want := cut(prefix, strings.Join(chunks, "")); got.text.String() != want {
			t.Fatalf("got %.200q (%d bytes)\nwant %.200q (%d bytes)", got.text.String(), got.text.Len(), want, len(want))
		}
	})
}

// What is whole is handed on as it is, in one call, and costs nothing.
func TestWholeLinesCopiesOnlyWhatItMust(t *testing.T) {
	text := []byte("one\ntwo\nthree\n")
	calls := 0
	w := output.NewWholeLines("", func(p []byte) {
		calls++
		if &p[0] != &text[0] || len(p) != len(text) {
			t.Error("the chunk was copied")
		}
	})
	if n := testing.AllocsPerRun(100, func() { w.Write(text) }); n > 0 {
		t.Errorf("%v allocations for a chunk", n)
	}
	if calls != 101 { // AllocsPerRun warms up
		t.Errorf("%d calls for 101 chunks", calls)
	}
	prefixed := output.NewWholeLines("web | ", func([]byte) {})
	if n := testing.AllocsPerRun(100, func() { prefixed.Write(text) }); n > 0 {
		t.Errorf("%v allocations for a chunk with a prefix", n)
	}
}
