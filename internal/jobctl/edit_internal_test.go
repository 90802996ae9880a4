package jobctl

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// A text that the user leaves as it is changes nothing.
func TestEditedTextsAreReadAsTheyWere(t *testing.T) {
	key := rapid.SampledFrom([]string{"command", "hour", "args", "environment", "unheard_of"})
	rapid.Check(t, func(t *rapid.T) {
		options := rapid.MapOf(key, awkward()).Draw(t, "options")
		text := editorText("x", options)
		got, err := parseEdited(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if changes := difference(options, got); len(changes) > 0 {
			t.Errorf("%q is edited as\n%s\nand gives %v", options, text, changes)
		}
	})
}

func TestParseEdited(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"# only\n\n   \n":               "",
		"Hour = 3 \n":                   "hour=3",
		"command=a=b # no comment":      "command=a=b # no comment",
		"command = a\n\tb\n\t\n  c\r\n": "command=a\nb\n\n  c",
		" x":                            `" x" goes on with a value, and there is none above it`,
		"hour 3":                        `"hour 3" is not KEY = VALUE`,
		"=3":                            `"=3" is not KEY = VALUE`,
		"hour=3\nHOUR=4":                "hour is given twice",
	} {
		options, err := parseEdited([]byte(text))
		var got []string
		for _, key := range orderedKeys(options) {
			got = append(got, key+"="+options[key])
		}
		if err != nil {
			got = []string{err.Error()}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestDifference(t *testing.T) {
	old := map[string]string{"hour": "3", "timeout": "1h", "jobstore": "redis", "command": " x "}
	got := difference(old, map[string]string{"hour": "4", "minute": "5", "empty": "", "command": "x"})
	if diff := cmp.Diff(api.JobSpec{"hour": "4", "minute": "5", "timeout": nil}, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := difference(old, map[string]string{"hour": "", "timeout": "1h", "command": "x"}); len(got) != 1 || got["hour"] != nil {
		t.Errorf("an emptied option gives %v, want that it is taken away", got)
	}
}
