package output_test

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

func tenBytes(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadFile(t *testing.T) {
	path := tenBytes(t)
	for _, c := range []struct {
		offset, length int64
		want           string
		err            error
	}{
		{0, 0, "0123456789", nil},
		{4, 0, "456789", nil},
		{4, 3, "456", nil},
		{8, 100, "89", nil},
		{8, math.MaxInt64, "89", nil},
		{10, 0, "", nil},
		{11, 5, "", nil},
		{math.MaxInt64, 0, "", nil},
		{-4, 0, "6789", nil},
		{-100, 0, "0123456789", nil},
		{math.MinInt64, 0, "0123456789", nil},
		{-4, 1, "", output.ErrBadArguments},
		{-4, -1, "", output.ErrBadArguments},
		{0, -1, "", output.ErrBadArguments},
	} {
		got, err := output.ReadFile(path, c.offset, c.length)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("ReadFile(%d, %d) = %q, %v, want %q, %v", c.offset, c.length, got, err, c.want, c.err)
		}
	}
	if _, err := output.ReadFile(path+".none", -1, -1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if _, err := output.ReadFile("/dev/null", 0, 0); !errors.Is(err, output.ErrNotRegular) {
		t.Errorf("device: %v", err)
	}
}

func TestTailFile(t *testing.T) {
	path := tenBytes(t)
	for _, c := range []struct {
		offset, length int64
		want           string
		overflow       bool
	}{
		{0, 10, "0123456789", false}, // exact fit
		{5, 5, "56789", false},
		{0, 4, "6789", true}, // grown beyond: the last bytes
		{0, 1, "9", true},
		{0, 0, "", true},
		{8, 4, "6789", false}, // moved back
		{8, 100, "0123456789", false},
		{10, 4, "", false},
		{99, 4, "", false},
		{0, math.MaxInt64, "0123456789", false},
		{math.MaxInt64, math.MaxInt64, "", false},
		{-3, 5, "56789", true},
		{-20, 50, "0123456789", false},
		{3, -2, "", true},
		{math.MinInt64, -1, "", true},
	} {
		got, size, overflow, err := output.TailFile(path, c.offset, c.length)
		if string(got) != c.want || size != 10 || overflow != c.overflow || err != nil {
			t.Errorf("TailFile(%d, %d) = %q, %d, %v, %v, want %q, 10, %v", c.offset, c.length, got, size, overflow, err, c.want, c.overflow)
		}
	}
	for _, none := range []string{path + ".none", "/dev/null"} {
		if got, size, overflow, err := output.TailFile(none, 5, 5); len(got)+int(size) > 0 || overflow || err != nil {
			t.Errorf("%s: %q, %d, %v, %v", none, got, size, overflow, err)
		}
	}
}
