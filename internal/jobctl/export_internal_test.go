package jobctl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
)

// words of commands and values that a file has trouble with.
func awkward() *rapid.Generator[string] {
	return rapid.StringOfN(rapid.SampledFrom([]rune(`ab ;#%'"\$=[]`+"\n\t")), 0, 20, -1)
}

// What a line of export has is read as what was exported, if it is written at all.
func TestOptionLinesAreReadAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := awkward().Draw(t, "value")
		line, ok := optionLine("name", value)
		if !ok {
			return
		}
		var set ini.Set
		if err := set.Read("", []byte("[x]\n"+line+"\nlast = 1\n")); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		got, bad := unescaped(set.Section("x").Get("name").Text)
		if bad != "" || got != value || set.Section("x").Get("last") == nil {
			t.Errorf("%q is written as %q and read as %q", value, line, got)
		}
	})
}

// A command keeps its words, and a file can have it unless it has line ends that
// a file cannot have.
func TestCommandsKeepTheirWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		command := awkward().Draw(t, "command")
		want, err := shlex.Split(command)
		if err != nil {
			return
		}
		got, err := shlex.Split(commandWithoutComments(command))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q is split into %q, %v; it was %q", commandWithoutComments(command), got, err, want)
		}
		if _, ok := optionLine("command", command); !ok && command == strings.TrimSpace(command) && command != "" && !strings.ContainsAny(command, "\n\t") {
			t.Errorf("%q cannot be written", command)
		}
	})
}

// check accepts an exported command, and the daemon reads it as it was.
func TestExportedCommandsPassCheck(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		command := "x" + awkward().Draw(rt, "command")
		want, err := shlex.Split(command)
		line, ok := optionLine("command", command)
		if err != nil || !ok {
			return
		}
		path := filepath.Join(t.TempDir(), "jobs.conf")
		if err := os.WriteFile(path, []byte("[job:x]\ncrontab = @daily\n"+line+"\n"), 0o600); err != nil {
			rt.Fatal(err)
		}
		c, err := config.Load(path, config.Portable(), nil)
		if err != nil {
			rt.Fatalf("%s: %v", line, err)
		}
		got, err := shlex.Split(c.Scheduler.Jobs[0].Command.Command)
		if err != nil || !slices.Equal(got, want) {
			rt.Errorf("%s: the words are %q, %v; they were %q", line, got, err, want)
		}
	})
}
