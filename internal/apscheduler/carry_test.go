package apscheduler_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// carried is a job as it was stored, and its arguments as they are here.
type carried struct {
	Value    string          `json:"value"` // the expression of an argument, or the sample
	Protocol int             `json:"protocol"`
	State    string          `json:"state"` // hexadecimal
	Args     json.RawMessage `json:"args"`
}

// carry runs testdata/carry.py.
func carry(t *testing.T, stdin []byte, what string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), servertest.Python(t, "pytz"), "testdata/carry.py", what)
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stdin), &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	return out
}

// TestArgumentsAreCarried: what a pickle holds, a worker makes of what we have made
// of it, value for value and type for type: all samples, and each kind of value
// in each protocol.
func TestArgumentsAreCarried(t *testing.T) {
	var all []carried
	for _, s := range samples(t) {
		all = append(all, carried{Value: s.Set + " " + s.Label, State: s.State})
	}
	for line := range bytes.Lines(carry(t, nil, "write")) {
		var c carried
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	var lines bytes.Buffer
	for _, c := range all {
		state, err := hex.DecodeString(c.State)
		if err != nil {
			t.Fatal(err)
		}
		var reasons []string
		c.Args, reasons = apscheduler.ArgumentsOf(state)
		if len(reasons) > 0 {
			t.Errorf("%s, protocol %d: %q", c.Value, c.Protocol, reasons)
			continue
		}
		line, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	want := fmt.Sprintf("compared %d\n", len(all))
	if got := string(carry(t, lines.Bytes(), "compare")); got != want || len(all) < 300 {
		t.Errorf("%d jobs: %s", len(all), strings.TrimSuffix(got, want))
	}
}
