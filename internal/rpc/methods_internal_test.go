package rpc

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everything has all methods that there can be.
func everything() Options {
	return Options{Supervisor: true, Twiddlers: []Twiddler{{Name: "twiddler"}}}
}

// testdata/signatures.txt is what Debian's supervisord answers to
// system.listMethods, and for each method to system.methodSignature.
func TestMethodsAreThoseOfSupervisor(t *testing.T) {
	recorded, err := os.ReadFile("testdata/signatures.txt")
	if err != nil {
		t.Fatal(err)
	}
	r := newRegistry(nil, Options{Supervisor: true})
	var got strings.Builder
	for _, name := range r.names {
		fmt.Fprintln(&got, name, strings.Trim(fmt.Sprint(r.methods[name].signature()), "[]"))
	}
	if diff := cmp.Diff(string(recorded), got.String()); diff != "" {
		t.Errorf("methods and signatures (-want +got):\n%s", diff)
	}
}

func TestWithoutTheInterfaceOnlySystemAnswers(t *testing.T) {
	want := []string{"system.listMethods", "system.methodHelp", "system.methodSignature", "system.multicall"}
	if diff := cmp.Diff(want, newRegistry(nil, Options{}).names); diff != "" {
		t.Errorf("methods (-want +got):\n%s", diff)
	}
}

// TestRowsAreComplete: the table is the documentation.
func TestRowsAreComplete(t *testing.T) {
	for name, m := range newRegistry(nil, everything()).methods {
		switch m.role {
		case viewer, operator, admin:
		default:
			t.Errorf("%s has the role %v", name, m.role)
		}
		if m.help == "" || m.returns == "" || m.call == nil {
			t.Errorf("%s lacks help, returns or call", name)
		}
		optional := false
		for _, p := range m.params {
			if p.name == "" || p.help == "" {
				t.Errorf("%s has a parameter without name or help: %+v", name, p)
			}
			if optional && p.missing == nil {
				t.Errorf("%s: %s must be given, what stands before it need not", name, p.name)
			}
			optional = optional || p.missing != nil
		}
	}
}

func TestDocument(t *testing.T) {
	got := newRegistry(nil, everything()).methods["supervisor.startProcess"].document()
	want := `Starts a process.

@param string name  a process: name, or group:name; group:* is all of a group
@param boolean wait  whether to answer only when it is RUNNING or has failed to become so; if left out, it does
@return boolean result  true; what goes wrong is a fault
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("methodHelp (-want +got):\n%s", diff)
	}
}
