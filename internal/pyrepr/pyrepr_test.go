package pyrepr_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pyrepr"
)

// The results are those of Python 3.11.
func TestRepr(t *testing.T) {
	for value, want := range map[string]struct{ text, bytes string }{
		"":             {`''`, `b''`},
		"abc\xff\n":    {`'abc\udcff\n'`, `b'abc\xff\n'`},
		"it's":         {`"it's"`, `b"it's"`},
		"héllo 名":      {`'héllo 名'`, `b'h\xc3\xa9llo \xe5\x90\x8d'`},
		"\u00a0":       {`'\xa0'`, `b'\xc2\xa0'`},
		`"it's"`:       {`'"it\'s"'`, `b'"it\'s"'`},
		"a\\b\t\r\x00": {`'a\\b\t\r\x00'`, `b'a\\b\t\r\x00'`},
		"é\u200b\x7f":  {`'é\u200b\x7f'`, `b'\xc3\xa9\xe2\x80\x8b\x7f'`},
		"\U000e0001":   {`'\U000e0001'`, `b'\xf3\xa0\x80\x81'`},
	} {
		if got := pyrepr.String(value); got != want.text {
			t.Errorf("String(%q) = %s, want %s", value, got, want.text)
		}
		if got := pyrepr.Bytes([]byte(value)); got != want.bytes {
			t.Errorf("Bytes(%q) = %s, want %s", value, got, want.bytes)
		}
	}
}
