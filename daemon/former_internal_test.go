package daemon

import (
	"log/slog"
	"testing"
)

// A run that may still live must not be given to others before its lease is over.
func TestTheFormerSchedulerIsBuriedOnlyWhenNothingOfItLives(t *testing.T) {
	directory, err := openStateDirectory(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	if err := directory.note("box-1"); err != nil {
		t.Fatal(err)
	}
	for title, tt := range map[string]struct {
		strays bool
		want   string
	}{
		"all is stopped": {false, "box-1"},
		"a child lives":  {true, ""},
	} {
		j := &jobs{instance: &instance{daemon: &daemon{strays: tt.strays}}, directory: directory}
		if got, err := j.former(); got != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", title, got, err, tt.want)
		}
	}
}
