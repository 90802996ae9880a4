package jobctl

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func TestRelative(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "now"},
		{400 * time.Millisecond, "now"},
		{-400 * time.Millisecond, "now"},
		{500 * time.Millisecond, "in 1s"},
		{-59 * time.Second, "59s ago"},
		{59*time.Second + 600*time.Millisecond, "in 1m"},
		{89 * time.Second, "in 1m"},
		{90 * time.Second, "in 2m"},
		{3*time.Hour - time.Second, "in 3h"},
		{59*time.Minute + 30*time.Second, "in 1h"},
		{-47 * time.Hour, "47h ago"},
		{47*time.Hour + 30*time.Minute, "in 2d"},
		{-400 * 24 * time.Hour, "400d ago"},
	} {
		if got := relative(tt.d); got != tt.want {
			t.Errorf("relative(%v): got %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestLasting(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0s", 0.0004: "0s", 0.04: "40ms", 0.9996: "1s", 3.25: "3.3s", 12.34: "12s", 3725: "1h2m5s"} {
		if got := lasting(seconds); got != want {
			t.Errorf("lasting(%v): got %q, want %q", seconds, got, want)
		}
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "夜间备份": 8, "ｆｕｌｌ": 8, "ﾊﾝｶｸ": 4, "한글": 4, "e\u0301": 1, "a\u200db": 2, "naïve": 5, "🎉": 2, "→": 1,
	} {
		if got := columns(text); got != want {
			t.Errorf("columns(%q): got %d, want %d", text, got, want)
		}
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{"a b": "a b", "夜": "夜", "\x1b[31m": `"\x1b[31m"`, "a\nb": `"a\nb"`, "\u202e": `"\u202e"`} {
		if got := printable(text); got != want {
			t.Errorf("printable(%q): got %s, want %s", text, got, want)
		}
	}
}

func TestWhatToDoAboutAFailureOnTheWay(t *testing.T) {
	unknown := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	for _, c := range []struct {
		err  error
		want string
	}{
		{&client.Problem{Title: "Unauthorized", Status: 401}, "-u and -p"},
		{&client.Problem{Title: "Unauthorized", Status: 401}, "WATCHKEEPER_TOKEN"},
		{&client.HTTPError{Code: 401}, "WATCHKEEPER_TOKEN"},
		{fmt.Errorf("%w: %w", client.ErrWantsTLS, &client.HTTPError{Code: 400}), "https://; tls_ca in [supervisorctl]"},
		{unknown, "not trusted: it is signed by somebody unknown here (tls_ca in [supervisorctl]"},
	} {
		got := (&Failure{Err: c.err, Server: "http://h:1"}).Error()
		if !strings.HasPrefix(got, "http://h:1") || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%v: %q, want one line with %q", c.err, got, c.want)
		}
	}
}
