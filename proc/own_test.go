package proc_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestOwnDescriptorsAreCounted(t *testing.T) {
	before, limit, ok := proc.OwnDescriptors()
	if !ok || before < 3 || limit < before {
		t.Fatalf("%d of %d, %v", before, limit, ok)
	}
	var files []*os.File
	for range 10 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	defer func() {
		for _, f := range files {
			f.Close()
		}
	}()
	if after, _, _ := proc.OwnDescriptors(); after < before+10 { // other tests open some, too
		t.Errorf("%d with ten more, %d before", after, before)
	}
}

func TestDiskOf(t *testing.T) {
	disk, err := proc.DiskOf(t.TempDir())
	if err != nil || disk.Total == 0 || disk.Free > disk.Total {
		t.Errorf("%+v, %v", disk, err)
	}
	if _, err := proc.DiskOf(t.TempDir() + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a directory that is not there: %v", err)
	}
}
