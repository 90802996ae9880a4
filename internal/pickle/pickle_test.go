package pickle_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// TestExecutesNothing: what would be a call in Python is a value that says so.
func TestExecutesNothing(t *testing.T) {
	for data, want := range map[string]string{
		"cos\nsystem\n(S'rm -rf /'\ntR.":                          `os:system("rm -rf /")`,
		"(S'ls'\nios\nsystem\n.":                                  `os:system("ls")`,
		"(cos\nsystem\nS'ls'\no.":                                 `os:system("ls")`,
		"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85\x81.": `new os:system("ls")`,
		"\x80\x04cm\nC\n)}\x8c\x01kK\x01s\x92.":                   `new m:C() **{"k":1}`,
		"cbuiltins\ngetattr\n(cos\nsystem\ntR(S'ls'\ntR.":         `builtins:getattr(os:system)("ls")`,
		"cbuiltins\neval\n(S'1+1'\ntR.":                           `builtins:eval("1+1")`,
		"(im\nC\n.":                                               `new m:C()`,
		"cm\nC\n)R}S'x'\nI1\nsb.":                                 `m:C() {"x":1}`,
		"Pthe id\n.":                                              `@"the id"`,
		"S'the id'\nQ.":                                           `@"the id"`,
		"c_codecs\nencode\n(V\\u0142\nS'latin1'\ntR.":             `_codecs:encode("ł" "latin1")`, // it has no such bytes
	} {
		got, err := pickle.Load([]byte(data), pickle.Limits{})
		if err != nil {
			t.Errorf("%q: %v", data, err)
			continue
		}
		if s := show(got); s != want {
			t.Errorf("%q\n got %s\nwant %s", data, s, want)
		}
	}
}

func TestErrorsNameTheByte(t *testing.T) {
	for data, want := range map[string]string{
		"":                                       "pickle, byte 0: the pickle ends here",
		"I1\n":                                   "pickle, byte 3: the pickle ends here",
		"I1\n\xff.":                              "pickle, byte 3: there is no opcode 0xff",
		"NIx\n.":                                 `pickle, byte 1, INT: "x" is no whole number`,
		".":                                      "pickle, byte 0, STOP: the stack is empty",
		"(N.":                                    "pickle, byte 2, STOP: a mark is left on the stack",
		"N(a.":                                   "pickle, byte 2, APPEND: it needs 1 values, and the stack has 0",
		"t.":                                     "pickle, byte 0, TUPLE: there is no mark",
		"NNa.":                                   "pickle, byte 2, APPEND: a None takes no items",
		"}(Nu.":                                  "pickle, byte 3, SETITEMS: a key has no value",
		"cos\nsystem\nNR.":                       "pickle, byte 12, REDUCE: the arguments are a None, not a tuple",
		"h\x05.":                                 "pickle, byte 0, BINGET: nothing is kept at place 5",
		"X\xff\xff\xff\xffx.":                    "pickle, byte 0, BINUNICODE: 4294967295 bytes are to follow, and there are 2",
		"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.":  "pickle, byte 0, BINUNICODE8: 18446744073709551615 bytes are to follow, and there are 1",
		"\x95\xff\x00\x00\x00\x00\x00\x00\x00N.": "pickle, byte 0, FRAME: 255 bytes are to follow, and there are 2",
		"\x80\x06N.":                             "pickle, byte 0, PROTO: protocol 6, known are 0 to 5",
		"NNb.":                                   "pickle, byte 2, BUILD: a None takes no state",
		"\x82\x01.":                              "pickle, byte 0, EXT1: it names something that is kept outside of the pickle",
		"S'x\n.":                                 "pickle, byte 0, STRING: it is not in quotes",
		`V\ud8` + "\n.":                          "pickle, byte 0, UNICODE: it ends within an escape",
		"]q\x00h\x00a.":                          "pickle, byte 6, STOP: the value is more than 200 levels deep, or contains itself",
		"\x80\x05NN\x93.":                        "pickle, byte 4, STACK_GLOBAL: module and name are a None and a None, not texts",
	} {
		v, err := pickle.Load([]byte(data), pickle.Limits{})
		var e *pickle.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", data, v, err, want)
		}
	}
}

// TestHostileInputIsBounded: what would fill memory or time in a small file.
func TestHostileInputIsBounded(t *testing.T) {
	laughs := "]q\x00" // a list of ten of a list of ten of …
	for i := range byte(12) {
		laughs += "](" + strings.Repeat("h"+string(i), 10) + "eq" + string(i+1)
	}
	nested := strings.Repeat("]", 100_000) + strings.Repeat("a", 99_999) + "."
	big := "(" + strings.Repeat("N", 100_000) + "lq\x000"
	for name, c := range map[string]struct{ data, want string }{
		"shared":         {laughs + ".", "the value is of more than 1048576 values"},
		"deep":           {nested, "the value is more than 200 levels deep, or contains itself"},
		"deep tuples":    {"N" + strings.Repeat("\x85", 100_000) + ".", "the value is more than 200 levels deep, or contains itself"},
		"many values":    {strings.Repeat("N", 2_000_000) + ".", "more than 1048576 values"},
		"many marks":     {strings.Repeat("(", 2_000_000) + ".", "more than 1048576 values"},
		"many places":    {"N" + strings.Repeat("\x94", 2_000_000) + ".", "more than 1048576 values"},
		"sets of a list": {big + strings.Repeat("cbuiltins\nset\nh\x00\x85R0", 10_000) + "N.", "more than 1048576 values"},
		"bytes of a text": {"X\x00\x00\x10\x00" + strings.Repeat("x", 1<<20) + "q\x000" +
			strings.Repeat("c_codecs\nencode\n(h\x00U\x06latin1tR0", 1000) + "N.", "more than 8388608 bytes in all"},
		"a text often":  {"X\x00\x00\x10\x00" + strings.Repeat("x", 1<<20) + "q\x000(" + strings.Repeat("h\x00", 1000) + "t.", "the texts of the value have more than 8388608 bytes"},
		"a long number": {"L" + strings.Repeat("9", 5000) + "\n.", "a number of 5000 digits; at most 4300 are read"},
		"a large file":  {strings.Repeat("N", 9<<20), "it has 9437184 bytes, at most 8388608 are read"},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := pickle.Load([]byte(c.data), pickle.Limits{})
			runtime.ReadMemStats(&after)
			if err == nil || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 400<<20 {
				t.Errorf("it took %d MiB", used>>20)
			}
		})
	}
}

func TestKeysComeOnce(t *testing.T) {
	v, err := pickle.Load([]byte("}S'a'\nI1\nsS'b'\nI2\nsS'a'\nI3\ns."), pickle.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := show(v); got != `{"a":3 "b":2}` {
		t.Error(got)
	}
	d := v.(*pickle.Dict)
	if a, ok := d.Get("a"); !ok || a != any(int64(3)) {
		t.Error(a, ok)
	}
	if c, ok := d.Get("c"); ok {
		t.Error(c)
	}
}

// FuzzLoad: no input makes it panic, an error names a byte of the input, and a
// value can be walked.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"cos\nsystem\n(S'ls'\ntR.", "\x80\x05\x95\x04\x00\x00\x00\x00\x00\x00\x00}\x94h\x00.", "(dp0\nVa\np1\nI1\nsg0\nR.",
		"\x80\x02]q\x00(K\x01M\x01\x02J\x01\x02\x03\x04\x8a\x02\x01\xffG@\x00\x00\x00\x00\x00\x00\x00e.",
		"\x80\x04\x8f(K\x01\x90(K\x02\x91\x86.", "cm\nC\n)\x81}b(lp0\n0g0\n.",
	} {
		f.Add([]byte(seed))
	}
	limits := pickle.Limits{Size: 1 << 16, Values: 1 << 12, Depth: 50}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := pickle.Load(data, limits)
		if err != nil {
			var e *pickle.Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) {
				t.Fatalf("%v in %d bytes", err, len(data))
			}
			return
		}
		if len(show(v)) > 40<<16 {
			t.Errorf("%d bytes became a value of %d", len(data), len(show(v)))
		}
	})
}
