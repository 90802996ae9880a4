package ini_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

func read(t *testing.T, files ...string) *ini.Set {
	t.Helper()
	var set ini.Set
	for i, text := range files {
		if err := set.Read(name(i), []byte(text)); err != nil {
			t.Fatalf("read %s: %v", name(i), err)
		}
	}
	return &set
}

func name(i int) string { return string(rune('a'+i)) + ".conf" }

func TestValuesKeepTheirPlace(t *testing.T) {
	t.Parallel()
	set := read(t,
		"[DEFAULT]\nuser = root\n\n[program:web]\ncommand = a\n  b\n; c\nuser = www\n",
		"[program:web]\nCommand: z\n[program:new]\n")
	web := set.Section("program:web")
	got := []ini.Value{*web.Get("command"), *web.Get("user"), *set.Section("program:new").Get("user")}
	want := []ini.Value{
		{Key: "command", Text: "z", File: "b.conf", Line: 2},
		{Key: "user", Text: "www", File: "a.conf", Line: 8},
		{Key: "user", Text: "root", File: "a.conf", Line: 2},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(ini.Value{})); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if web.File != "a.conf" || web.Line != 4 || web.Get("nothing") != nil {
		t.Errorf("section at %s:%d, absent key gives %v; want a.conf:4 and nil", web.File, web.Line, web.Get("nothing"))
	}
}

// A comment that was cut off may have been meant as text.
func TestValuesTellWhatWasCut(t *testing.T) {
	t.Parallel()
	a := read(t, "[a]\nplain = x;y\n; comment\nnext = z\ncut = x ;y\nlater = x\n  y #z\n  w\nalone = x\n  # y\n").Section("a")
	for key, want := range map[string]bool{"plain": false, "next": false, "cut": true, "later": true, "alone": false} {
		if got := a.Get(key).Commented; got != want {
			t.Errorf("%s: commented is %v, want %v", key, got, want)
		}
	}
}

func TestAllFaultsAreCollected(t *testing.T) {
	t.Parallel()
	var set ini.Set
	err := set.Read("x.conf", []byte("stray\n[a]\nno delimiter\n= no key\ngood = 1\n"))
	var syntax *ini.SyntaxError
	if !errors.As(err, &syntax) {
		t.Fatalf("error is %v, want a SyntaxError", err)
	}
	want := []ini.Fault{
		{File: "x.conf", Line: 1, Source: "stray", Problem: ini.NoHeader},
		{File: "x.conf", Line: 3, Section: "a", Source: "no delimiter", Problem: ini.NoDelimiter},
		{File: "x.conf", Line: 4, Section: "a", Source: "= no key", Problem: ini.NoKey},
	}
	if diff := cmp.Diff(want, syntax.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if text := "File contains no section headers.\nfile: 'x.conf', line: 1\n'stray\\n'"; err.Error() != text {
		t.Errorf("text is %q, want %q", err, text)
	}
	if v := set.Section("a").Get("good"); v == nil || v.Text != "1" {
		t.Errorf("the good line gives %v, want 1", v)
	}
}

func TestBytesThatAreNotUTF8(t *testing.T) {
	t.Parallel()
	var set ini.Set
	err := set.Read("gbk.conf", []byte("[a]\nkey = \xd6\xd0\r\n"))
	var syntax *ini.SyntaxError
	if !errors.As(err, &syntax) {
		t.Fatalf("error is %v, want a SyntaxError", err)
	}
	want := ini.Fault{File: "gbk.conf", Line: 2, Source: "key = \xd6\xd0", Problem: ini.NotUTF8}
	if diff := cmp.Diff([]ini.Fault{want}, syntax.Faults); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
}

func TestRemarks(t *testing.T) {
	t.Parallel()
	set := read(t, "\ufeff[a] tail ; comment\nk = v\n")
	want := []ini.Remark{
		{File: "a.conf", Line: 1, Oddity: ini.ByteOrderMark},
		{File: "a.conf", Line: 1, Section: "a", Oddity: ini.TextAfterHeader, Text: "tail"},
	}
	if diff := cmp.Diff(want, set.Remarks()); diff != "" {
		t.Errorf("remarks (-want +got):\n%s", diff)
	}
}

// As in the original, a value of [DEFAULT] becomes the section's own when the
// text is found in it, and a section that comes later has the old text.
func TestReplaceAll(t *testing.T) {
	t.Parallel()
	set := read(t, "[DEFAULT]\nd = HERE\n[a]\nk = HERE/x HERE\n")
	set.ReplaceAll("HERE", "/etc")
	if err := set.Read("b.conf", []byte("[b]\n")); err != nil {
		t.Fatal(err)
	}
	got := []string{set.Section("a").Get("k").Text, set.Section("a").Get("d").Text, set.Section("b").Get("d").Text}
	if diff := cmp.Diff([]string{"/etc/x /etc", "/etc", "HERE"}, got); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}

func TestRepr(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       `''`,
		"a":                      `'a'`,
		"it's":                   `"it's"`,
		`it's "so"`:              `'it\'s "so"'`,
		"tab\tline\n\r\\":        `'tab\tline\n\r\\'`,
		"\x00\x7f\u00a0é中":       `'\x00\x7f\xa0é中'`,
		"\u200b\u2028\U000e0001": `'\u200b\u2028\U000e0001'`,
	} {
		if got := ini.Repr(text); got != want {
			t.Errorf("Repr(%q) is %s, want %s", text, got, want)
		}
	}
}

// FuzzRead looks for a file that panics, or whose places are not in it.
func FuzzRead(f *testing.F) {
	f.Add([]byte("[a]\nk = v ; c\n  more\n\n[b]\n= x\nstray\n"))
	f.Add([]byte("\ufeff[DEFAULT]\r\nx:1\r[a]] #y"))
	f.Add([]byte("[a]\n\xff"))
	f.Fuzz(func(t *testing.T, src []byte) {
		var set ini.Set
		err := set.Read("f", src)
		lines := 1 + strings.Count(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n") + strings.Count(string(src), "\r")
		var syntax *ini.SyntaxError
		if errors.As(err, &syntax) {
			for i, fault := range syntax.Faults {
				if fault.Line < 1 || fault.Line > lines || i > 0 && fault.Line <= syntax.Faults[i-1].Line {
					t.Errorf("fault %d is at line %d of %d", i, fault.Line, lines)
				}
			}
		}
		for _, s := range set.Sections() {
			for _, v := range s.Values() {
				if v.Line < 1 || v.Line > lines || strings.HasSuffix(v.Text, "\n") || v.Key != strings.ToLower(v.Key) {
					t.Errorf("section %q has %+v in %d lines", s.Name, v, lines)
				}
			}
		}
	})
}
