package xmlrpc_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// FuzzDecodeCall: whatever the bytes, the answer is a call or a SyntaxError;
// a call survives being written and read again; and it does not matter which
// of the two readers of members it met.
func FuzzDecodeCall(f *testing.F) {
	for _, param := range []string{
		"<value>a&#10;<![CDATA[b]]><!-- c --></value>",
		"<value><struct><member><name>n</name><value><i4>1</i4></value></member></struct></value>",
		"<value><array><data><value><boolean>1</boolean></value><value><nil/></value></data></array></value>",
		"<value><base64>aGk=</base64></value>",
		"<value><double>1e400</double></value>",
		"<value><dateTime.iso8601>20261125T16:01:02</dateTime.iso8601></value>",
	} {
		f.Add([]byte(call(param)))
	}
	f.Add([]byte("<!DOCTYPE a [<!ENTITY b '>'>]><?p?><methodName>m</methodName>"))
	f.Fuzz(func(t *testing.T, body []byte) {
		first, err := xmlrpc.DecodeCall(body)
		if err != nil {
			var syntax *xmlrpc.SyntaxError
			if !errors.As(err, &syntax) && !errors.Is(err, xmlrpc.ErrNoMethod) {
				t.Fatalf("error %v of type %T, want a SyntaxError or ErrNoMethod", err, err)
			}
			return
		}
		again, err := xmlrpc.AppendCall(nil, first.Method, first.Params...)
		if err != nil {
			t.Fatalf("cannot write what was read: %v", err)
		}
		second, err := xmlrpc.DecodeCall(again)
		if err != nil {
			t.Fatalf("cannot read %s: %v", again, err)
		}
		slowly, err := xmlrpc.DecodeCall(bytes.ReplaceAll(again, []byte("<member>"), []byte("<member >")))
		if err != nil {
			t.Fatalf("cannot read %s slowly: %v", again, err)
		}
		if diff := cmp.Diff(second, slowly, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-quickly +slowly):\n%s", again, diff)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateNaNs(), cmpopts.EquateEmpty(), cmp.Comparer(sameText)); diff != "" {
			t.Errorf("written and read again (-first +second):\n%s", diff)
		}
	})
}

// sameText compares what XML can carry of two strings.
func sameText(a, b string) bool { return carried(a) == carried(b) }

func carried(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, s)
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// TestDecodeTakesLinearTime feeds documents that are easy to read in
// quadratic time. Four times the size must not take sixteen times as long.
func TestDecodeTakesLinearTime(t *testing.T) {
	shapes := map[string]func(n int) string{
		"open comments":   func(n int) string { return strings.Repeat("<a><!--", n) },
		"comments":        func(n int) string { return "<a>" + strings.Repeat("x<!---->", n) },
		"CDATA":           func(n int) string { return "<a>" + strings.Repeat("x<![CDATA[y]]>", n) },
		"open references": func(n int) string { return "<a>" + strings.Repeat("&lt;&", n) },
		"references":      func(n int) string { return call("<value>" + strings.Repeat("&#x00000041;", n) + "</value>") },
		"siblings":        func(n int) string { return call("<value>" + strings.Repeat("<b/>", n) + "</value>") },
		"open attributes": func(n int) string { return "<a " + strings.Repeat("b='c' ", n) },
		"document type":   func(n int) string { return "<!DOCTYPE a [" + strings.Repeat("<!---->'' [", n) },
		"one struct of many": func(n int) string {
			return call("<value><array><data>" + strings.Repeat("<struct/>", n) + "<struct>" + strings.Repeat("<m><n/><v/></m>", n) + "</struct>" + strings.Repeat("<struct/>", n) + "</data></array></value>")
		},
	}
	const small, factor = 20_000, 4
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			few, many := shape(small), shape(small*factor)
			short, long := time.Hour, time.Hour
			for range 50 { // a busy machine needs some before it shows the shortest
				short, long = min(short, reading(few)), min(long, reading(many))
				if long <= short*factor*3 {
					return
				}
			}
			t.Errorf("%v for %d, %v for %d times as many", short, small, long, factor)
		})
	}
}

// reading is how long it takes to read doc.
func reading(doc string) time.Duration {
	start := time.Now()
	_, _ = xmlrpc.DecodeCall([]byte(doc)) // most of them are not well-formed: only time counts
	return time.Since(start)
}
