package service

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// Every range of a text in UTF-8 is readable, and of what it covers nothing
// is missing but the characters that it cuts.
func TestWholeCharactersOfEveryRange(t *testing.T) {
	log := []byte("2026年 日志：进程已启动 ✓ naïve 𝄞 end\n第二行\n")
	for start := range len(log) + 1 {
		for end := start; end <= len(log); end++ {
			got := wholeCharacters(bytes.Clone(log[start:end]), start > 0)
			if !utf8.Valid(got) {
				t.Fatalf("[%d:%d] is %q, which is no UTF-8", start, end, got)
			}
			if want := charactersWithin(log, start, end); string(got) != want {
				t.Fatalf("[%d:%d] is %q, want %q", start, end, got, want)
			}
		}
	}
}

// charactersWithin is the characters that lie in [start, end) as a whole.
func charactersWithin(log []byte, start, end int) string {
	var b strings.Builder
	for at, r := range string(log) {
		if at >= start && at+utf8.RuneLen(r) <= end {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// What is not UTF-8 loses at most what could be the rest or the beginning of
// a character.
func TestWholeCharactersOfOtherBytes(t *testing.T) {
	for _, c := range []struct {
		name, data  string
		startMayCut bool
		want        string
	}{
		{"GBK", "\xc8\xd5\xd6\xbe\xa3\xba\xbd\xf8\xb3\xcc\n", false, "\xc8\xd5\xd6\xbe\xa3\xba\xbd\xf8\xb3\xcc\n"},
		{"GBK from the middle", "\xa3\xba\xbd\xf8\xb3\xcc\n", true, "\xf8\xb3\xcc\n"},
		{"all continuation bytes", "\x80\x81\x82\x83\x84", true, "\x80\x81\x82\x83\x84"},
		{"binary", "\x00\xff\xfe\x01", true, "\x00\xff\xfe\x01"},
		{"overlong", "a\xc0\x80", false, "a\xc0\x80"},
		{"nothing", "", true, ""},
	} {
		if got := wholeCharacters([]byte(c.data), c.startMayCut); string(got) != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
