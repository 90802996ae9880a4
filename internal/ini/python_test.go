package ini_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// pieces are what generated files are made of: mostly the few characters that
// mean something, in unlikely company.
var pieces = []string{
	"[a]", "[b]", "[DEFAULT]", "[a] x", "[]", "[", "]", "[x] ]", "[ c ]", "[A]",
	"key", "KEY", "other", "É", "key=1", "key = 2", "key:3", "=", ":", " = ", "= =",
	";", " ;", "\t;", "#", " #", "a;b", "a ;b;c #d", "x#y #z", ";c", "#c", `";"`, `' #'`,
	" ", "  ", "\t", "\u3000", "\u00a0", "\x1c", "\x1f", "\x85", "\u2028", "\v", "\f", "\x00", "\u200b",
	"\n", "\n", "\n", "\n", "\n ", "\n  ", "\n\t", "\n\n", "\r\n", "\r", "\n;", "\n #",
	"value", "é", "中文", "：", "'", `"`, `\`, "%", "%(x)s", "\x7f", "\U0001f600",
}

// broken are pieces that are no UTF-8.
var broken = []string{"\xff", "\xc3", "\xe4\xb8", "\xed\xa0\x80", "\x80", "\xc0\xaf", "\xf4\x90\x80\x80", "\xb2\xe2"}

// Whatever a file holds, it is understood as Python understands it, and
// refused in Python's words.
func TestReadAgreesWithPython(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	cases := make([][][]byte, 2000)
	for i := range cases {
		for range 1 + rng.IntN(2) {
			cases[i] = append(cases[i], generate(rng))
		}
	}
	for i, want := range askPython(t, cases) {
		got := parse(cases[i])
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("case %d of seed %d, files %q (-python +ours):\n%s", i, seed, cases[i], diff)
		}
	}
}

func generate(rng *rand.Rand) []byte {
	var b strings.Builder
	if rng.IntN(8) > 0 {
		b.WriteString("[a]\n")
	}
	for range rng.IntN(25) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	if rng.IntN(20) == 0 {
		b.WriteString(broken[rng.IntN(len(broken))])
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return []byte(b.String())
}

// answer is what a parser made of a case.
type answer struct {
	Error    string    `json:"error"`
	Sections []section `json:"sections"`
}

// section is a name and a map of values.
type section [2]any

func parse(files [][]byte) answer {
	var set ini.Set
	for i, src := range files {
		if err := set.Read("file"+string(rune('0'+i)), src); err != nil {
			return answer{Error: err.Error()}
		}
	}
	a := answer{Sections: []section{}}
	for _, s := range set.Sections() {
		values := make(map[string]any)
		for _, v := range s.Values() {
			values[v.Key] = v.Text
		}
		a.Sections = append(a.Sections, section{s.Name, values})
	}
	return a
}

// askPython runs the original parser over all cases.
func askPython(t *testing.T, cases [][][]byte) []answer {
	t.Helper()
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(servertest.Python(t), "testdata/oracle.py")
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []answer
	if err := json.Unmarshal(output, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}
