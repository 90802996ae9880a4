package service_test

import (
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/service"
)

func TestParseNamespec(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  service.Namespec
		print string
	}{
		{"web", service.Namespec{Group: "web", Process: "web"}, "web"},
		{"g:web", service.Namespec{Group: "g", Process: "web"}, "g:web"},
		{"g:g", service.Namespec{Group: "g", Process: "g"}, "g"},
		{"g:*", service.Namespec{Group: "g", Whole: true}, "g:*"},
		{"g:", service.Namespec{Group: "g", Whole: true}, "g:*"},
		{"g:**", service.Namespec{Group: "g", Process: "**"}, "g:**"},
		{"g:a:b", service.Namespec{Group: "g", Process: "a:b"}, "g:a:b"},
		{"*", service.Namespec{Group: "*", Process: "*"}, "*"},
		{":p", service.Namespec{Process: "p"}, ":p"},
		{":", service.Namespec{Whole: true}, ":*"},
		{"", service.Namespec{}, ""},
		{" g : p ", service.Namespec{Group: " g ", Process: " p "}, " g : p "},
	} {
		got := service.ParseNamespec(c.text)
		if got != c.want {
			t.Errorf("ParseNamespec(%q) = %+v, want %+v", c.text, got, c.want)
		}
		if s := got.String(); s != c.print {
			t.Errorf("ParseNamespec(%q) prints as %q, want %q", c.text, s, c.print)
		}
	}
}

// FuzzParseNamespec: what is printed means the same as what was read, and
// nothing is lost on the way.
func FuzzParseNamespec(f *testing.F) {
	for _, s := range []string{"", "web", "g:web", "g:*", "g:", ":", "a:b:c", "*", "é:\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := service.ParseNamespec(s)
		if again := service.ParseNamespec(n.String()); again != n {
			t.Errorf("%q is %+v, which prints as %q, which is %+v", s, n, n, again)
		}
		if n.Whole && n.Process != "" {
			t.Errorf("%q is a whole group with a process: %+v", s, n)
		}
		if !strings.HasPrefix(s, n.Group) || !strings.HasSuffix(s, n.Process) {
			t.Errorf("%q is %+v, which is not what it says", s, n)
		}
	})
}
