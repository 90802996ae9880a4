package xmlrpc_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

func TestAppendResponse(t *testing.T) {
	tests := []struct {
		name  string
		value any
		want  string // between <param> and </param>
	}{
		{"string", "a", "<value><string>a</string></value>\n"},
		{"escapes", `a&b<c>d"e'`, "<value><string>a&amp;b&lt;c&gt;d\"e'</string></value>\n"},
		{"empty string", "", "<value><string></string></value>\n"},
		{"bytes that are not UTF-8", "日\xe6\x97x\xff", "<value><string>日\uFFFD\uFFFDx\uFFFD</string></value>\n"},
		{"characters XML forbids", "\x1b[0m\x00\t\r\n\uFFFE\x7f", "<value><string>\uFFFD[0m\uFFFD\t\r\n\uFFFD\x7f</string></value>\n"},
		{"an encoded surrogate", "\xed\xa0\x80", "<value><string>\uFFFD\uFFFD\uFFFD</string></value>\n"},
		{"int", 7, "<value><int>7</int></value>\n"},
		{"largest int", math.MaxInt32, "<value><int>2147483647</int></value>\n"},
		{"larger int", int64(4 << 30), "<value><i8>4294967296</i8></value>\n"},
		{"negative int", math.MinInt32 - 1, "<value><i8>-2147483649</i8></value>\n"},
		{"true", true, "<value><boolean>1</boolean></value>\n"},
		{"false", false, "<value><boolean>0</boolean></value>\n"},
		{"nil", nil, "<value><nil/></value>"},
		{"double", 1.0, "<value><double>1.0</double></value>\n"},
		{"small double", 1e-5, "<value><double>1e-05</double></value>\n"},
		{"large double", 1e16, "<value><double>1e+16</double></value>\n"},
		{"time", time.Date(2026, 11, 25, 16, 1, 2, 0, time.UTC), "<value><dateTime.iso8601>20261125T16:01:02</dateTime.iso8601></value>\n"},
		{"base64", []byte("hi"), "<value><base64>\naGk=\n</base64></value>\n"},
		{"array", []any{"a", 1}, "<value><array><data>\n<value><string>a</string></value>\n<value><int>1</int></value>\n</data></array></value>\n"},
		{"strings", []string{"a"}, "<value><array><data>\n<value><string>a</string></value>\n</data></array></value>\n"},
		{"struct", xmlrpc.Struct{{"z", 1}, {"a<", true}},
			"<value><struct>\n<member>\n<name>z</name>\n<value><int>1</int></value>\n</member>\n" +
				"<member>\n<name>a&lt;</name>\n<value><boolean>1</boolean></value>\n</member>\n</struct></value>\n"},
		{"appender", pair{"k", "v"}, "<value><struct>\n<member>\n<name>k</name>\n<value><string>v</string></value>\n</member>\n</struct></value>\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := xmlrpc.AppendResponse(nil, tt.value)
			if err != nil {
				t.Fatal(err)
			}
			want := "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n" + tt.want +
				"</param>\n</params>\n</methodResponse>\n"
			if diff := cmp.Diff(want, string(got)); diff != "" {
				t.Errorf("document (-want +got):\n%s", diff)
			}
		})
	}
}

type pair struct{ name, value string }

func (p pair) AppendXMLRPC(dst []byte) []byte {
	return xmlrpc.CloseStruct(xmlrpc.AppendStringMember(xmlrpc.OpenStruct(dst), p.name, p.value))
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	got, err := xmlrpc.AppendResponse([]byte("head"), true)
	if err != nil || !strings.HasPrefix(string(got), "head<?xml") {
		t.Errorf("got %q, %v, want the document after the head", got, err)
	}
}

func TestAppendRefusesWhatHasNoForm(t *testing.T) {
	type other struct{}
	for _, v := range []any{other{}, []any{other{}}, xmlrpc.Struct{{"a", other{}}}} {
		if _, err := xmlrpc.AppendResponse(nil, v); err == nil || !strings.Contains(err.Error(), "other") {
			t.Errorf("response of %#v: got error %v, want one that names the type", v, err)
		}
		if _, err := xmlrpc.AppendCall(nil, "m", v); err == nil || !strings.Contains(err.Error(), "call m: ") {
			t.Errorf("call with %#v: got error %v, want one that names the method", v, err)
		}
	}
}

func TestCallRoundTrip(t *testing.T) {
	want := xmlrpc.Call{Method: "supervisor.a", Params: []any{
		"x\n<", 5, int(1 << 40), true, 2.5, nil, []byte("\x00\xff"), []any{}, []any{[]any{"y"}},
		xmlrpc.Struct{{"b", "1"}, {"a", xmlrpc.Struct{}}},
		time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC),
	}}
	body, err := xmlrpc.AppendCall(nil, want.Method, want.Params...)
	if err != nil {
		t.Fatal(err)
	}
	got, err := xmlrpc.DecodeCall(body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("call (-want +got):\n%s", diff)
	}
}

func TestFaultRoundTrip(t *testing.T) {
	body := xmlrpc.AppendFault(nil, &xmlrpc.Fault{Code: 10, String: "BAD_NAME: <x>"})
	want := "<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n" +
		"<member>\n<name>faultCode</name>\n<value><int>10</int></value>\n</member>\n" +
		"<member>\n<name>faultString</name>\n<value><string>BAD_NAME: &lt;x&gt;</string></value>\n</member>\n" +
		"</struct></value>\n</fault>\n</methodResponse>\n"
	if string(body) != want {
		t.Errorf("got %s, want %s", body, want)
	}
	_, err := xmlrpc.DecodeResponse(body)
	var fault *xmlrpc.Fault
	if !errors.As(err, &fault) || *fault != (xmlrpc.Fault{Code: 10, String: "BAD_NAME: <x>"}) {
		t.Errorf("decoded %v, want the fault", err)
	}
}

func TestStructGet(t *testing.T) {
	s := xmlrpc.Struct{{"a", 1}, {"b", nil}, {"a", 2}}
	if v, ok := s.Get("a"); v != 2 || !ok {
		t.Errorf("a: got %v, %v, want the last one, 2", v, ok)
	}
	if v, ok := s.Get("b"); v != nil || !ok {
		t.Errorf("b: got %v, %v, want nil, true", v, ok)
	}
	if _, ok := s.Get("c"); ok {
		t.Error("c is there, want it missing")
	}
}
