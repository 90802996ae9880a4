package pickle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// written is a line of testdata/write.py.
type written struct {
	Value    string
	Protocol int
	Pickle   string
	Opcodes  map[string]byte // of the last line
}

func python(t *testing.T) []written {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), servertest.Python(t), "testdata/write.py")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var all []written
	for line := range bytes.Lines(out) {
		var w written
		if err := json.Unmarshal(line, &w); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return all
}

// TestWhatPythonWrites: Python's values, in the notation of show, whatever
// protocol they were written with.
func TestWhatPythonWrites(t *testing.T) {
	want := map[string]string{
		`'line\nfeed \\ \'quote\''`: `"line\nfeed \\ 'quote'"`, `'\ud800'`: `"\xed\xa0\x80"`,
		"'ünï€😀'": `"ünï€😀"`, "''": `""`,
		"'x' * 300": `"` + strings.Repeat("x", 300) + `"`, "b'x' * 300": "bytes " + strings.Repeat("78", 300),
		"b''": "bytes ", `b'\x00\xff'`: "bytes 00ff", `bytearray(b'\x00\xff')`: "bytearray 00ff", "bytearray()": "bytearray ",
		"2**63 - 1": "9223372036854775807", "-2**63": "-9223372036854775808",
		"2**63": "big 9223372036854775808", "-2**63 - 1": "big -9223372036854775809",
		"12345678901234567890": "big 12345678901234567890", "-10**40": "big -1" + strings.Repeat("0", 40),
		"-0.0": "-0.0", "0.25": "0.25", "1e300": "1e+300", "float('inf')": "+Inf", "float('nan')": "NaN",
		"[1, [2, 'x']]": `[1 [2 "x"]]`, "{'a': 1}": `{"a":1}`, "{1: 'x', (2, 3): 'y'}": `{1:"x" (2 3):"y"}`,
		"{'a': {'b': [1, 2]}, 'c': None}": `{"a":{"b":[1 2]} "c":None}`, "(1,)": "(1)", "(1, 2)": "(1 2)", "(1, 2, 3)": "(1 2 3)", "(1, 2, 3, 4)": "(1 2 3 4)",
		"set()": "set[]", "{1}": "set[1]", "frozenset()": "frozenset[]", "frozenset([1])": "frozenset[1]", "[shared, shared]": `[["s"] ["s"]]`,
		"len": "builtins:len", "Plain": "__main__:Plain", "Plain(a=1)": `new __main__:Plain() {"a":1}`, "complex(1, 2)": "builtins:complex(1.0 2.0)",
		"collections.OrderedDict(a=1)": `collections:OrderedDict() "a":1`, "collections.deque([1, 2])": "collections:deque() +1 +2",
		"decimal.Decimal('1.5')": `decimal:Decimal("1.5")`, "datetime.date(2030, 1, 31)": "datetime:date(bytes 07ee011f)",
	}
	older := map[string]string{ // protocols 0 and 1 have these instead
		"collections.OrderedDict(a=1)": `collections:OrderedDict(([["a" 1]]))`,
	}
	for _, w := range python(t) {
		if w.Opcodes != nil {
			continue
		}
		data, err := hex.DecodeString(w.Pickle)
		if err != nil {
			t.Fatal(err)
		}
		wanted, ok := want[w.Value]
		if !ok {
			wanted = w.Value
		}
		got, err := pickle.Load(data, pickle.Limits{})
		if err != nil {
			t.Errorf("%s, protocol %d: %v", w.Value, w.Protocol, err)
			continue
		}
		if s := show(got); s != wanted && s != older[w.Value] {
			t.Errorf("%s, protocol %d:\n got %s\nwant %s", w.Value, w.Protocol, s, wanted)
		}
	}
}

// TestKnowsEveryOpcode: every opcode of Python's pickletools, under its name.
func TestKnowsEveryOpcode(t *testing.T) {
	lines := python(t)
	opcodes := lines[len(lines)-1].Opcodes
	if len(opcodes) < 68 {
		t.Fatalf("Python names %d opcodes", len(opcodes))
	}
	for name, code := range opcodes {
		_, err := pickle.Load([]byte{code}, pickle.Limits{})
		if err != nil && !strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "the pickle ends here") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// show writes a value: as Python would where that is short.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case *big.Int:
		return "big " + v.String()
	case float64:
		text := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(text, ".eNI") {
			text += ".0"
		}
		return text
	case string:
		return strconv.Quote(v)
	case pickle.Bytes:
		return "bytes " + hex.EncodeToString(v)
	case pickle.ByteArray:
		return "bytearray " + hex.EncodeToString(v)
	case pickle.Tuple:
		return "(" + showAll(v, " ") + ")"
	case *pickle.List:
		return "[" + showAll(v.Items, " ") + "]"
	case *pickle.Set:
		return map[bool]string{true: "frozenset[", false: "set["}[v.Frozen] + showAll(v.Items, " ") + "]"
	case *pickle.Dict:
		return "{" + showPairs(v.Pairs) + "}"
	case *pickle.Persistent:
		return "@" + show(v.ID)
	case *pickle.Object:
		return showObject(v)
	}
	return fmt.Sprint(v)
}

func showObject(o *pickle.Object) string {
	text := show(o.Class) + "(" + showAll(o.Args, " ") + ")"
	if o.New {
		text = "new " + text
	}
	if o.Kwargs != nil {
		text += " **" + show(o.Kwargs)
	}
	if o.State != nil {
		text += " " + show(o.State)
	}
	for _, item := range o.Items {
		text += " +" + show(item)
	}
	if len(o.Pairs) > 0 {
		text += " " + showPairs(o.Pairs)
	}
	return text
}

func showAll(values []any, between string) string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = show(v)
	}
	return strings.Join(all, between)
}

func showPairs(pairs []pickle.Pair) string {
	all := make([]string, len(pairs))
	for i, p := range pairs {
		all[i] = show(p.Key) + ":" + show(p.Value)
	}
	return strings.Join(all, " ")
}
