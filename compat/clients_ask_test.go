package compat_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/dialoguetest"
)

// asker makes a call.
type asker func(method string, params ...any) reply

// reply is what a client made of an answer: as text to compare, and the value,
// nil when it failed.
type reply struct {
	text  string
	value any
}

// own asks with our own client.
func (i *instance) own(method string, params ...any) reply {
	v, err := i.call(method, params...)
	if fault, ok := errors.AsType[*client.Fault](err); ok {
		return reply{text: i.mask(fmt.Sprintf("fault %d: %s", fault.Code, fault.String))}
	}
	return reply{i.text(v, err), v}
}

// startClient runs a client on a server, and returns how to ask with it.
func (i *instance) startClient(t *testing.T, c foreignClient, url string) asker {
	t.Helper()
	cmd := exec.Command(c.command[0], append(c.command[1:len(c.command):len(c.command)], url)...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", markVariable+"="+i.dir)
	client := dialoguetest.Start(t, cmd)
	return func(method string, params ...any) reply {
		t.Helper()
		var got struct {
			Value any
			Fault []any
			Error *string
		}
		if err := client.Ask(toJSON(append([]any{method}, params...)), &got); err != nil {
			t.Fatal(err)
		}
		switch {
		case got.Error != nil:
			return reply{text: "error: " + i.mask(strings.TrimSpace(*got.Error))}
		case len(got.Fault) == 2:
			return reply{text: i.mask(fmt.Sprintf("fault %v: %v", got.Fault...))}
		}
		value := fromJSON(got.Value)
		return reply{i.text(value, nil), value}
	}
}

// toJSON is a value for a foreign client.
func toJSON(v any) any {
	switch v := v.(type) {
	case []any:
		list := make([]any, len(v))
		for n := range v {
			list[n] = toJSON(v[n])
		}
		return list
	case client.Struct:
		members := map[string]any{}
		for _, m := range v {
			members[m.Name] = toJSON(m.Value)
		}
		return members
	}
	return v
}

// fromJSON is a value as our own client gives it.
func fromJSON(v any) any {
	switch v := v.(type) {
	case float64:
		return int(v)
	case []any:
		for n := range v {
			v[n] = fromJSON(v[n])
		}
	case map[string]any:
		var s client.Struct
		for name, value := range v {
			s = append(s, client.Member{Name: name, Value: fromJSON(value)})
		}
		return s
	}
	return v
}
