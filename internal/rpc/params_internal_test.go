package rpc

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

func TestConvert(t *testing.T) {
	for _, c := range []struct {
		kind  kind
		value any
		want  any // nil: refused
	}{
		{text, "a", "a"},
		{text, []byte("a"), "a"},
		{text, 5, nil},
		{text, nil, nil},
		{text, xmlrpc.Struct{}, nil},
		{number, 5, int64(5)},
		{number, true, int64(1)},
		{number, false, int64(0)},
		{number, -1.9, int64(-1)},
		{number, 1e300, nil},
		{number, " -16 ", int64(-16)},
		{number, []byte("7"), int64(7)},
		{number, "a", nil},
		{number, nil, nil},
		{truth, true, true},
		{truth, 0, false},
		{truth, 2, true},
		{truth, 0.0, false},
		{truth, "", false},
		{truth, "false", true},
		{truth, []byte{}, false},
		{truth, []any{}, false},
		{truth, []any{1}, true},
		{truth, xmlrpc.Struct{}, false},
		{truth, nil, false},
		{signalName, "HUP", "HUP"},
		{signalName, 1, "1"},
		{signalName, 1.5, nil},
		{array, []any{1}, []any{1}},
		{array, "a", nil},
	} {
		m := method{params: []param{{kind: c.kind}}}
		got, err := m.convert([]any{c.value})
		if c.want == nil {
			if !errors.Is(err, errIncorrectParameters) {
				t.Errorf("%#v as %s is %v, %v, want it refused", c.value, c.kind, got, err)
			}
			continue
		}
		if diff := cmp.Diff(args{c.want}, got); diff != "" || err != nil {
			t.Errorf("%#v as %s (-want +got), %v:\n%s", c.value, c.kind, err, diff)
		}
	}
}

func TestRefusedValueIsNamed(t *testing.T) {
	m := method{params: []param{{kind: text}}}
	_, err := m.convert([]any{5})
	if got, want := faultOf(err).String, "INCORRECT_PARAMETERS: 5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
