package cli

import (
	"os"
	"strings"
	"testing"
)

func TestColoursOnTerminalsOnly(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("no terminal can be made here: %v", err)
	}
	defer terminal.Close()
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if !showsColours(terminal) {
		t.Error("a terminal shows no colours")
	}
	if showsColours(&strings.Builder{}) {
		t.Error("what is no terminal shows colours")
	}
	t.Setenv("TERM", "dumb")
	if showsColours(terminal) {
		t.Error("a dumb terminal shows colours")
	}
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "1")
	if showsColours(terminal) {
		t.Error("NO_COLOR is not respected")
	}
}
