// Package dialoguetest has a test ask a program of another language, which
// answers each line of JSON on its standard input with one on its standard output.
// Starting such a program takes longer than most of what it is asked.
package dialoguetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Dialogue is a running program. Its methods may be called at any time from
// several goroutines: one question is answered before the next is asked.
type Dialogue struct {
	name string

	mu  sync.Mutex
	in  *json.Encoder
	out *json.Decoder
}

// Start starts a program. With the test its input ends, upon which it must end,
// too, with success; what it wrote to standard error is shown if the test failed.
func Start(tb testing.TB, cmd *exec.Cmd) *Dialogue {
	tb.Helper()
	name := strings.Join(cmd.Args, " ")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = in.Close() // it fails if the program has ended, which Wait tells
		if err := cmd.Wait(); err != nil {
			tb.Errorf("%s: %v", name, err)
		}
		if tb.Failed() && stderr.Len() > 0 {
			tb.Logf("%s says:\n%s", name, stderr.Bytes())
		}
	})
	return &Dialogue{name: name, in: json.NewEncoder(in), out: json.NewDecoder(out)}
}

// Ask asks a question, and decodes the answer into answer.
func (d *Dialogue) Ask(question, answer any) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.in.Encode(question); err != nil {
		return fmt.Errorf("ask %s: %w", d.name, err)
	}
	if err := d.out.Decode(answer); err != nil {
		return fmt.Errorf("answer of %s to %v: %w", d.name, question, err)
	}
	return nil
}
