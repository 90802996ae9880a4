package config

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

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// formatNames are the names that testdata/pieces.py knows too.
func formatNames(name string) (any, bool) {
	value, ok := map[string]any{
		"num": 7, "zero": 0, "big": 123456789, "neg": -42, "text": "it's", "wide": "中é", "one": "x", "a(b)c": "nested",
	}[name]
	return value, ok
}

var formatPieces = []string{
	"%", "%", "%%", "%(num)", "%(zero)", "%(big)", "%(neg)", "%(text)", "%(wide)", "%(one)", "%(a(b)c)", "%(no)", "%(", "(", ")",
	"s", "d", "i", "u", "x", "X", "o", "e", "E", "f", "F", "g", "G", "c", "r", "a", "b", "q", "é",
	"0", "00", "2", "5", "12", ".", ".0", ".3", "*", "-", "+", "#", " ", "l", "h", "L", "text",
}

var environmentPieces = []string{
	"A", "B", "KEY", "=", "=", ",", ",", " ", "\n", "\t", "\r", `"`, `'`, `"x y"`, `'p,q'`, "1", "v/a.l+u-e():_", "#", "#c\n",
	"$", "@", "~", "?", "&", `\`, "中", "é", "A=1", `B="2"`, ",C=3", `""`, "\v", "\u00a0", "\x00",
}

// Whatever is written behind a "%", it means what it means to Python; and an
// environment is cut into pairs as Supervisor cuts it.
func TestPiecesAgreeWithPython(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	type pieces struct {
		Formats      []string `json:"formats"`
		Environments []string `json:"environments"`
	}
	var cases pieces
	for range 5000 {
		cases.Formats = append(cases.Formats, join(rng, formatPieces, 7))
		cases.Environments = append(cases.Environments, join(rng, environmentPieces, 10))
	}
	var want struct {
		Formats      [][2]any `json:"formats"`
		Environments [][2]any `json:"environments"`
	}
	askPython(t, cases, &want)
	for i, text := range cases.Formats {
		out, err := format(text, formatNames)
		got := [2]any{"ok", out}
		if err != nil {
			got = [2]any{"error", err.Error()}
		}
		if deliberate(err) {
			continue
		}
		if diff := cmp.Diff(want.Formats[i], got); diff != "" {
			t.Fatalf("format %q (-python +ours):\n%s", text, diff)
		}
	}
	for i, text := range cases.Environments {
		vars, err := parseEnvironment(text)
		pairs := []any{}
		for _, v := range vars {
			pairs = append(pairs, []any{v.Name, v.Value})
		}
		got := [2]any{"ok", pairs}
		if err != nil {
			got = [2]any{"error", err.Error()}
		}
		if diff := cmp.Diff(want.Environments[i], got); diff != "" {
			t.Fatalf("environment %q (-supervisor +ours):\n%s", text, diff)
		}
	}
}

// deliberate tells the two differences that are meant: Python goes on with the
// whole mapping for a bare "%s", and with widths beyond a million.
func deliberate(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "without a name in parentheses") || strings.HasSuffix(err.Error(), " too big"))
}

func join(rng *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	for range 1 + rng.IntN(most) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return b.String()
}

// askPython runs testdata/pieces.py.
func askPython(t *testing.T, cases, answers any) {
	t.Helper()
	python := servertest.Python(t, "supervisor.datatypes")
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "testdata/pieces.py")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, answers); err != nil {
		t.Fatal(err)
	}
}

// FuzzExpand looks for a format string that panics or grows without bound, and
// holds that doubling percent signs gives any text back.
func FuzzExpand(f *testing.F) {
	f.Add("%(process_num)02d")
	f.Add("%(program_name)-10.2s|%(numprocs)#x|%%")
	f.Add("%(a(b)c)s %(process_num)*d %.*s")
	f.Fuzz(func(t *testing.T, text string) {
		names := scope{allowed: processNames, program: "it's", process: &processPlace{num: 7, numprocs: -42}}
		if out, err := names.expand(text, "where"); err == nil && strings.IndexByte(text, '%') < 0 && out != text {
			t.Errorf("%q without a percent sign becomes %q", text, out)
		}
		doubled := strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "%", "%%")
		if out, err := names.expand(doubled, "where"); err != nil || out != strings.ToValidUTF8(text, "?") {
			t.Errorf("%q becomes %q (error %v)", doubled, out, err)
		}
	})
}

// FuzzEnvironment looks for text that panics, and holds that quoted values
// come through whole.
func FuzzEnvironment(f *testing.F) {
	f.Add(`A="1",B='2'`, "x y,z=#")
	f.Add("A=b#c\nd", "")
	f.Add(`A=foo"bar",`, "\n")
	f.Fuzz(func(t *testing.T, text, value string) {
		if vars, err := parseEnvironment(text); err == nil {
			plainPairs(text)
			if len(vars) > len(text) {
				t.Errorf("%q gives %d variables", text, len(vars))
			}
		}
		value = strings.Trim(strings.ToValidUTF8(value, "?"), `'"`)
		if strings.Contains(value, `"`) {
			return
		}
		vars, err := parseEnvironment(`FIRST="1",NAME="` + value + `",LAST=3`)
		if err != nil || len(vars) != 3 || vars[1].Value != value {
			t.Errorf("the value %q comes out in %v (error %v)", value, vars, err)
		}
	})
}
