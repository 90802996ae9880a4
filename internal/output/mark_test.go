package output_test

import (
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func TestAMarkIsGoodUntilTheFileIsAnother(t *testing.T) {
	for name, c := range map[string]struct {
		config output.Config
		then   func(t *testing.T, log *output.Log)
		want   bool
	}{
		"more is written": {output.Config{}, func(_ *testing.T, log *output.Log) { log.Write([]byte("more")) }, true},
		"it is closed": {output.Config{}, func(t *testing.T, log *output.Log) {
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
		}, true},
		"it is cleared": {output.Config{}, func(t *testing.T, log *output.Log) {
			if err := log.Clear(); err != nil {
				t.Fatal(err)
			}
		}, false},
		"it is rotated":   {output.Config{MaxBytes: 8, Backups: 1}, func(_ *testing.T, log *output.Log) { log.Write([]byte("more")) }, false},
		"it is truncated": {output.Config{MaxBytes: 8}, func(_ *testing.T, log *output.Log) { log.Write([]byte("more")) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			c.config.Path = filepath.Join(t.TempDir(), "log")
			log := openLog(t, c.config)
			log.Write([]byte("12345"))
			mark := log.Mark()
			if mark.Offset != 5 || !log.Has(mark) {
				t.Fatalf("the mark is %+v, and good: %v", mark, log.Has(mark))
			}
			c.then(t, log)
			if got := log.Has(mark); got != c.want {
				t.Errorf("the mark is good: %v, want %v", got, c.want)
			}
		})
	}
	none := output.NewLog(output.Config{})
	if mark := none.Mark(); mark != (output.Mark{}) || none.Has(mark) {
		t.Errorf("without a file there is the mark %+v, and good: %v", mark, none.Has(mark))
	}
}
