package compat_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
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
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("%s: %v\n%s", c.name, err, stderr.String())
		}
	})
	calls, answers := json.NewEncoder(in), json.NewDecoder(bufio.NewReader(out))
	return func(method string, params ...any) reply {
		t.Helper()
		if err := calls.Encode(toJSON(append([]any{method}, params...))); err != nil {
			t.Fatal(err)
		}
		var got struct {
			Value any
			Fault []any
			Error *string
		}
		if err := answers.Decode(&got); err != nil {
			t.Fatalf("%s after %s%v: %v", c.name, method, params, err)
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
