package output

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestTailKeepsTheLastWholeCharacters compares with keeping everything.
func TestTailKeepsTheLastWholeCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keep := rapid.IntRange(4, 40).Draw(t, "keep")
		limit := rapid.IntRange(0, 60).Draw(t, "limit")
		pieces := rapid.SliceOf(rapid.OneOf(
			rapid.StringN(0, 30, -1),
			rapid.SampledFrom([]string{"é", "世界", "\n", `"`, "<&>", "𝄞𝄞", "\u2028"}),
		)).Draw(t, "pieces")
		cuts := rapid.IntRange(1, 7).Draw(t, "bytes a write")

		out := Tail{Keep: keep}
		all := strings.Join(pieces, "")
		for rest := []byte(all); len(rest) > 0; {
			n := min(cuts, len(rest))
			chunk := append([]byte(nil), rest[:n]...)
			out.Write(chunk)
			clear(chunk) // it is the writer's again
			rest = rest[n:]
		}
		text, dropped := out.Text(limit)
		if want := all[dropped:]; text != want {
			t.Fatalf("the text is %q, want %q", text, want)
		}
		if !utf8.ValidString(text) || len(text) > keep || jsonLen(t, text) > limit {
			t.Fatalf("the text %q takes %d bytes of %d, %d of %d as JSON", text, len(text), keep, jsonLen(t, text), limit)
		}
		if dropped == 0 {
			return
		}
		_, n := utf8.DecodeLastRuneInString(all[:dropped])
		longer := all[int(dropped)-n:]
		if len(longer) <= keep && jsonLen(t, longer) <= limit {
			t.Fatalf("the text is %q, though %q would fit", text, longer)
		}
	})
}

// TestPrefixIsTheLongestThatFits does the same for the beginning.
func TestPrefixIsTheLongestThatFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.String().Draw(t, "text")
		limit := rapid.IntRange(-3, 60).Draw(t, "limit")
		n := JSONPrefix([]byte(all), limit)
		if text := all[:n]; n > 0 && (!utf8.ValidString(text) || jsonLen(t, text) > limit) {
			t.Fatalf("the beginning %q takes %d bytes as JSON, more than %d", text, jsonLen(t, text), limit)
		}
		if n == len(all) {
			return
		}
		_, size := utf8.DecodeRuneInString(all[n:])
		if longer := all[:n+size]; jsonLen(t, longer) <= limit {
			t.Fatalf("the beginning is %q, though %q would fit", all[:n], longer)
		}
	})
}

// TestJSONSizeIsThatOfEncodingJSON holds the table against the encoder.
func TestJSONSizeIsThatOfEncodingJSON(t *testing.T) {
	for r := rune(0); r < 0x3000; r++ {
		if got, want := jsonSize(r, utf8.RuneLen(r)), jsonLen(t, string(r)); got != want {
			t.Errorf("%U takes %d bytes, want %d", r, got, want)
		}
	}
	if got, want := jsonSize(utf8.RuneError, 1), jsonLen(t, "\xff"); got != want {
		t.Errorf("a byte that is no text takes %d bytes, want %d", got, want)
	}
}

// jsonLen is how long text is within a JSON string.
func jsonLen(t interface{ Fatal(...any) }, text string) int {
	data, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return len(data) - len(`""`)
}
