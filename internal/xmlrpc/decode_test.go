package xmlrpc_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// call wraps one parameter in a document.
func call(param string) string {
	return "<methodCall><methodName>m</methodName><params><param>" + param + "</param></params></methodCall>"
}

func TestDecodeValue(t *testing.T) {
	tests := []struct {
		name, xml string
		want      any
	}{
		{"untyped is a string", "<value> x </value>", " x "},
		{"empty", "<value/>", ""},
		{"empty string", "<value><string/></value>", ""},
		{"i4", "<value><i4> -7 </i4></value>", -7},
		{"i8", "<value><i8>8589934592</i8></value>", 8589934592},
		{"boolean", "<value><boolean>1</boolean></value>", true},
		{"any other boolean is false", "<value><boolean>true</boolean></value>", false},
		{"double", "<value><double>-1.5e3</double></value>", -1500.0},
		{"dateTime", "<value><dateTime.iso8601>20261125T16:01:02</dateTime.iso8601></value>", time.Date(2026, 11, 25, 16, 1, 2, 0, time.UTC)},
		{"base64 in lines", "<value><base64>\n aG\n k=\n</base64></value>", []byte("hi")},
		{"nil", "<value><nil/></value>", nil},
		{"nil of the Apache extension", "<value><ex:nil/></value>", nil},
		{"unknown type is a string", "<value><uuid>1-2</uuid></value>", "1-2"},
		{"blanks around the type", "<value>\n <int>1</int>\n</value>", 1},
		{"named references", "<value>&lt;&gt;&amp;&quot;&apos;</value>", `<>&"'`},
		{"numeric references", "<value>&#8364;&#x20AC;&#00009;</value>", "€€\t"},
		{"CDATA", "<value>a<![CDATA[<b>&amp;]]>c</value>", "a<b>&amp;c"},
		{"comment and instruction", "<value>a<!-- > -->b<?x > ?>c</value>", "abc"},
		{"line ends", "<value>a\r\nb\rc<![CDATA[\r\n]]></value>", "a\nb\nc\n"},
		{"raw escape character", "<value>\x1b[0m</value>", "\x1b[0m"},
		{"attributes", `<value  a="1>2" b = '/' ><string c=""/></value >`, ""},
		{"text after a child", "<value><int>1</int>x<int>2</int></value>", 1},
		{"text around a stray child", "<value><string>a<b>c</b>d</string></value>", "a"},
		{"array", "<value><array><data><value>a</value><value><int>1</int></value></data></array></value>", []any{"a", 1}},
		{"empty array", "<value><array><data/></array></value>", []any{}},
		{"struct", "<value><struct><member><name>a</name><value>1</value></member><member> <n>b</n> <value><int>2</int></value> </member></struct></value>",
			xmlrpc.Struct{{"a", "1"}, {"b", 2}}},
		{"empty struct", "<value><struct/></value>", xmlrpc.Struct{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := xmlrpc.DecodeCall([]byte(call(tt.xml)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tt.want}, got.Params); diff != "" {
				t.Errorf("params (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeCallIsLenientAboutTheFrame(t *testing.T) {
	tests := map[string]string{
		"no declaration":        "<methodCall><methodName>m</methodName><params/></methodCall>",
		"no params":             "<methodCall><methodName>m</methodName></methodCall>",
		"another root":          "<x><y><methodName>m</methodName></y></x>",
		"only the name":         "<methodName>m</methodName>",
		"blanks and comments":   " <?xml version='1.0'?> <!-- - --> <methodCall>\n<methodName>m</methodName></methodCall>\n<!-- end -->\n",
		"byte order mark":       "\uFEFF<methodName>m</methodName>",
		"declared Latin-1":      "<?xml version='1.0' encoding='iso-8859-1'?><methodName>m</methodName>",
		"a document type":       "<!DOCTYPE a SYSTEM \">\" [ <!ENTITY x '>'> <!-- ' --> <?p '?> ] ><methodName>m</methodName>",
		"the last name counts":  "<x><methodName>n</methodName><methodName>m</methodName></x>",
		"a name with a comment": "<methodName><!-- -->m</methodName>",
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := xmlrpc.DecodeCall([]byte(doc))
			if err != nil || got.Method != "m" || len(got.Params) != 0 {
				t.Errorf("got %+v, %v, want a call of m without params", got, err)
			}
		})
	}
}

// TestDecodeBoundsDepthAlike: how members are written does not change how deep
// they may nest.
func TestDecodeBoundsDepthAlike(t *testing.T) {
	deepest := func(member string) int {
		for depth := 1; ; depth++ {
			doc := strings.Repeat("<value><array><data>", depth) +
				"<value><struct>\n" + member + "\n<name>a</name>\n<value><string>b</string></value>\n</member>\n</struct></value>" +
				strings.Repeat("</data></array></value>", depth)
			if _, err := xmlrpc.DecodeCall([]byte(call(doc))); err != nil {
				return depth
			}
		}
	}
	if quick, slow := deepest("<member>"), deepest("<member >"); quick != slow {
		t.Errorf("refused from depth %d, written otherwise from %d", quick, slow)
	}
}

func TestDecodeCallWithoutAMethod(t *testing.T) {
	for _, doc := range []string{"<methodCall><params/></methodCall>", "<methodCall><methodName/></methodCall>"} {
		if got, err := xmlrpc.DecodeCall([]byte(doc)); !errors.Is(err, xmlrpc.ErrNoMethod) {
			t.Errorf("%s: got %+v and error %v, want ErrNoMethod", doc, got, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	deep := strings.Repeat("<value><array><data>", 200) + strings.Repeat("</data></array></value>", 200)
	tests := map[string]string{
		"nothing":                    "",
		"blanks":                     " \n",
		"text":                       "hello",
		"text before":                "x<methodName>m</methodName>",
		"text after":                 "<methodName>m</methodName>x",
		"two roots":                  "<methodName>m</methodName><a/>",
		"open at the end":            "<methodCall><methodName>m</methodName>",
		"open tag":                   "<methodCall><methodName>m</methodName",
		"open bracket":               "<methodName>m</methodName><",
		"crossed tags":               "<a><methodName>m</a></methodName>",
		"end tag first":              "</a>",
		"a tag without a name":       "<a>< ></a>",
		"open comment":               "<a><!-- </a>",
		"open CDATA":                 "<a><![CDATA[</a>",
		"open document type":         "<!DOCTYPE a [<methodName>m</methodName>",
		"late document type":         "<a><!DOCTYPE a></a>",
		"unknown markup":             "<a><!ELEMENT a></a>",
		"attribute without value":    "<methodName a>m</methodName>",
		"attribute without a quote":  "<methodName a=1>m</methodName>",
		"attribute with a tag in it": "<methodName a='<'>m</methodName>",
		"attribute that goes on":     "<methodName a='1>m</methodName>",
		"end tag with attribute":     "<methodName>m</methodName a='1'>",
		"declared entity":            "<!DOCTYPE a [<!ENTITY e 'x'>]><a><methodName>&e;</methodName></a>",
		"bare ampersand":             call("<value>a & b</value>"),
		"reference to nothing":       call("<value>&#0;</value>"),
		"reference to a surrogate":   call("<value>&#xD800;</value>"),
		"reference out of range":     call("<value>&#x110000;</value>"),
		"reference without digits":   call("<value>&#;</value>"),
		"signed reference":           call("<value>&#+65;</value>"),
		"not UTF-8":                  call("<value>\xff</value>"),
		"not an int":                 call("<value><int>x</int></value>"),
		"empty int":                  call("<value><int/></value>"),
		"not a double":               call("<value><double>x</double></value>"),
		"not a time":                 call("<value><dateTime.iso8601>today</dateTime.iso8601></value>"),
		"not base64":                 call("<value><base64>!</base64></value>"),
		"empty array element":        call("<value><array/></value>"),
		"empty param":                call(""),
		"member without a name":      call("<value><struct><member/></struct></value>"),
		"member without a value":     call("<value><struct><member><name>a</name></member></struct></value>"),
		"too deep":                   call(deep),
		"too deep where skipped":     call("<value>" + strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300) + "</value>"),
		"too deep where unknown":     strings.Repeat("<a>", 300) + "<methodName>m</methodName>" + strings.Repeat("</a>", 300),
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := xmlrpc.DecodeCall([]byte(doc))
			var syntax *xmlrpc.SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("got %+v and error %v, want a SyntaxError", got, err)
			}
		})
	}
}

func TestDecodeResponseRefuses(t *testing.T) {
	tests := map[string]string{
		"no value":              "<methodResponse><params/></methodResponse>",
		"two values":            "<methodResponse><params><param><value/></param><param><value/></param></params></methodResponse>",
		"a page":                "<html><body>404</body></html>",
		"a fault of no struct":  "<methodResponse><fault><value>x</value></fault></methodResponse>",
		"a fault without code":  "<methodResponse><fault><value><struct/></value></fault></methodResponse>",
		"a fault with nothing":  "<methodResponse><fault/></methodResponse>",
		"a call, not an answer": "<methodCall><methodName>m</methodName></methodCall>",
	}
	for name, doc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := xmlrpc.DecodeResponse([]byte(doc))
			var syntax *xmlrpc.SyntaxError
			if !errors.As(err, &syntax) {
				t.Errorf("got %+v and error %v, want a SyntaxError", got, err)
			}
		})
	}
}
