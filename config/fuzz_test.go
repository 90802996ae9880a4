package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// FuzzLoad looks for a file that panics, an error without its faults, and an
// understanding that cannot be written down.
func FuzzLoad(f *testing.F) {
	cases, err := filepath.Glob("testdata/corpus/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 1<<10 { // long ones take the fuzzer long to make shorter
			f.Add(text)
		}
	}
	path := filepath.Join(f.TempDir(), "main.conf")
	host := config.Portable()
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("[include]")) {
			return // a pattern may mean the whole disk
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, host, nil)
		var faults config.Errors
		switch {
		case errors.As(err, &faults):
			if len(faults) == 0 || faults.Error() == "" {
				t.Errorf("an error without faults: %q", err)
			}
		case err != nil:
			t.Errorf("the error is about the file: %v", err)
		default:
			if err := c.WriteJSON(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
		}
	})
}
