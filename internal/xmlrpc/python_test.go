package xmlrpc_test

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/dialoguetest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// python is a process that answers one question a line; see testdata/peer.py.
type python struct{ *dialoguetest.Dialogue }

func startPython(t *testing.T, module string) python {
	t.Helper()
	return python{dialoguetest.Start(t, exec.Command(servertest.Python(t, module), "testdata/peer.py"))}
}

// ask gives the answer as decoded JSON; refused is Python's exception.
func (p python) ask(t *testing.T, question map[string]any) (answer any, refused string) {
	t.Helper()
	var reply struct {
		OK    any    `json:"ok"`
		Error string `json:"error"`
	}
	if err := p.Ask(question, &reply); err != nil {
		t.Fatal(err)
	}
	return reply.OK, reply.Error
}

// tree is v in the form that peer.py understands.
func tree(v any) any {
	switch v := v.(type) {
	case nil:
		return []any{"nil", nil}
	case bool:
		return []any{"bool", v}
	case int:
		return []any{"int", strconv.Itoa(v)}
	case float64:
		return []any{"double", pythonRepr(v)}
	case string:
		return []any{"string", v}
	case []byte:
		return []any{"bytes", base64.StdEncoding.EncodeToString(v)}
	case time.Time:
		return []any{"time", v.Format("20060102T15:04:05")}
	case []any:
		list := []any{}
		for _, e := range v {
			list = append(list, tree(e))
		}
		return []any{"array", list}
	case xmlrpc.Struct:
		list := []any{}
		for _, m := range v {
			list = append(list, []any{m.Name, tree(m.Value)})
		}
		return []any{"struct", list}
	}
	panic(fmt.Sprintf("no tree for %T", v))
}

func pythonRepr(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if abs := math.Abs(f); abs != 0 && abs < 1e-4 || abs >= 1e16 {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	if f == math.Trunc(f) {
		s += ".0"
	}
	return s
}

// random makes a value that Python's writer can write and XML can carry.
func random(r *rand.Rand, depth int) any {
	kinds := 8
	if depth > 0 {
		kinds = 10
	}
	switch r.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return int(int32(r.Uint32()))
	case 3:
		return math.Ldexp(r.Float64()-0.5, r.IntN(140)-70)
	case 4:
		b := make([]byte, r.IntN(130))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	case 5:
		return time.Unix(r.Int64N(1<<33), 0).UTC()
	case 6, 7:
		return randomText(r)
	case 8:
		list := []any{}
		for range r.IntN(4) {
			list = append(list, random(r, depth-1))
		}
		return list
	default:
		s := xmlrpc.Struct{}
		for i := range r.IntN(4) {
			s = append(s, xmlrpc.Member{Name: fmt.Sprint(i, randomText(r)), Value: random(r, depth-1)})
		}
		return s
	}
}

// randomText holds no carriage return, which no XML parser keeps.
func randomText(r *rand.Rand) string {
	alphabet := []rune("abc <>&\"'\n\t]]>é日本\uFFFD😀\x7f")
	text := make([]rune, r.IntN(12))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}

func TestPythonWritesAndReadsTheSame(t *testing.T) {
	t.Parallel()
	py := startPython(t, "xmlrpc.client")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		value := random(r, 3)
		ours, err := xmlrpc.AppendResponse(nil, value)
		if err != nil {
			t.Fatal(err)
		}
		theirs, refused := py.ask(t, map[string]any{"op": "write", "value": tree(value)})
		if refused != "" {
			t.Fatalf("python does not write %#v: %s", value, refused)
		}
		if diff := cmp.Diff(theirs, string(ours)); diff != "" {
			t.Fatalf("document of %#v (-python +ours):\n%s", value, diff)
		}
		got, err := xmlrpc.DecodeResponse(ours)
		if err != nil {
			t.Fatalf("decode %s: %v", ours, err)
		}
		if diff := cmp.Diff(value, got); diff != "" {
			t.Fatalf("%s read again (-want +got):\n%s", ours, diff)
		}
		read, refused := py.ask(t, map[string]any{"op": "read", "body": string(ours)})
		if diff := cmp.Diff(read, tree(got)); refused != "" || diff != "" {
			t.Fatalf("%s as python reads it: %s (-python +ours):\n%s", ours, refused, diff)
		}
	}
}

// TestPythonReadsWhatItsOwnWriterRefuses covers the promises of the package
// comment that go beyond Python's writer.
func TestPythonReadsWhatItsOwnWriterRefuses(t *testing.T) {
	t.Parallel()
	py := startPython(t, "xmlrpc.client")
	for value, want := range map[any]any{
		4 << 30:                  4 << 30,
		"\x1b[31mred\x1b[0m\x00": "\uFFFD[31mred\uFFFD[0m\uFFFD",
		"GBK \xc4\xe3":           "GBK \uFFFD\uFFFD",
		"\uFFFE\uFFFF":           "\uFFFD\uFFFD",
		"a\r\nb":                 "a\nb",
	} {
		body, err := xmlrpc.AppendResponse(nil, value)
		if err != nil {
			t.Fatal(err)
		}
		got, refused := py.ask(t, map[string]any{"op": "read", "body": string(body)})
		if diff := cmp.Diff(tree(want), got); refused != "" || diff != "" {
			t.Errorf("%q as python reads it: %s (-want +got):\n%s", value, refused, diff)
		}
	}
}

// TestSupervisorReadsTheSame gives odd documents to the reader of Supervisor's
// own server.
func TestSupervisorReadsTheSame(t *testing.T) {
	t.Parallel()
	py := startPython(t, "supervisor.xmlrpc")
	values := []string{
		"<value>x</value>", "<value> x </value>", "<value/>", "<value><string/></value>",
		"<value>\n<int>1</int>\n</value>", "<value><i4> -7 </i4></value>", "<value><int>+7</int></value>",
		"<value><int/></value>", "<value><int>x</int></value>", "<value><int>1.0</int></value>",
		"<value><boolean>1</boolean></value>", "<value><boolean>0</boolean></value>",
		"<value><boolean>true</boolean></value>", "<value><boolean/></value>",
		"<value><double>1.5</double></value>", "<value><double>x</double></value>",
		"<value><dateTime.iso8601>20260102T03:04:05</dateTime.iso8601></value>",
		"<value><dateTime.iso8601>2026-01-02</dateTime.iso8601></value>",
		"<value><int>1</int>x<int>2</int></value>", "<value>a<string>b</string>c</value>",
		"<value><string>a<b>c</b>d</string></value>", "<value><uuid>1-2</uuid></value>",
		"<value>a&lt;&#8364;&#x41;<![CDATA[<&]]><!-- c --><?p?>b</value>", "<value>a&nbsp;</value>", "<value>&#0;</value>",
		"<value>a\r\nb\rc</value>", "<value a='<'>x</value>", "<value a=\"1>2\" b=''>x</value>",
		"<value><array><data><value>a</value><value><int>1</int></value></data></array></value>",
		"<value><array><data/></array></value>", "<value><array/></value>", "<value><array><value>a</value></array></value>",
		"<value><struct><member><name>a</name><value>1</value></member></struct></value>",
		"<value><struct><member><value>a</value><name>1</name></member></struct></value>",
		"<value><struct><member><name/><value/></member></struct></value>",
		"<value><struct><member><name>a</name></member></struct></value>",
		"<value><struct/></value>", "<int>3</int>", "", "x",
	}
	docs := []string{
		"", " ", "x", "<a>", "<a/>", "<a></b>", "<methodName/>", "<methodName>m</methodName>", "<methodName>m</methodName>x",
		"<methodCall><methodName>m</methodName></methodCall>", "<a><b><methodName>m</methodName></b></a>",
		"<!DOCTYPE a [<!ENTITY e 'x>'>]><methodCall><methodName>m</methodName></methodCall>",
		"<methodCall><methodName>m</methodName><params/></methodCall>",
		"<methodCall><methodName>m</methodName><params><value>bare</value></params></methodCall>",
		"<methodCall><methodName>m</methodName><params><param/></params></methodCall>",
		"<a><methodName>n</methodName><methodName>m</methodName></a>",
		"<methodCall><methodName>m<!-- c -->n</methodName></methodCall>",
	}
	for _, v := range values {
		docs = append(docs, call(v))
	}
	for _, doc := range docs {
		theirs, refused := py.ask(t, map[string]any{"op": "serve", "body": doc})
		if list, ok := theirs.([]any); ok && nameless(list) {
			refused = "no method name" // told by the caller of the reader
		}
		got, err := xmlrpc.DecodeCall([]byte(doc))
		switch {
		case refused == "" && err != nil:
			t.Errorf("%q: refused (%v), Supervisor reads %v", doc, err, theirs)
		case refused != "" && err == nil:
			t.Errorf("%q: read as %v, Supervisor refuses it (%s)", doc, got, refused)
		case refused == "":
			params := append([]any{}, got.Params...)
			if diff := cmp.Diff(theirs, tree([]any{got.Method, params})); diff != "" {
				t.Errorf("%q (-supervisor +ours):\n%s", doc, diff)
			}
		}
	}
}

// nameless tells whether the method of a TREE [method, params] is missing or empty.
func nameless(list []any) bool {
	method := list[1].([]any)[0].([]any)
	return method[0] == "nil" || method[1] == ""
}
