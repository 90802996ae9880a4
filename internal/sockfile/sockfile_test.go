package sockfile_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/sockfile"
)

func TestRemove(t *testing.T) {
	listen := func(path string) error {
		l, err := net.Listen("unix", path)
		if err == nil {
			t.Cleanup(func() { l.Close() })
		}
		return err
	}
	for name, c := range map[string]struct {
		put  func(path string) error
		want error
	}{
		"nothing":  {func(string) error { return nil }, nil},
		"a socket": {listen, nil},
		"a link to a socket": {func(path string) error {
			return errors.Join(listen(path+".target"), os.Symlink(path+".target", path))
		}, nil},
		"a file":      {func(path string) error { return os.WriteFile(path, nil, 0o600) }, sockfile.ErrNotSocket},
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, sockfile.ErrNotSocket},
		"a link to a file": {func(path string) error {
			return errors.Join(os.WriteFile(path+".target", nil, 0o600), os.Symlink(path+".target", path))
		}, sockfile.ErrNotSocket},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			if err := c.put(path); err != nil {
				t.Fatal(err)
			}
			if err := sockfile.Remove(path); !errors.Is(err, c.want) {
				t.Errorf("err = %v, want %v", err, c.want)
			}
			_, err := os.Lstat(path)
			if gone := errors.Is(err, fs.ErrNotExist); gone != (c.want == nil) {
				t.Errorf("it is gone: %v, want %v", gone, c.want == nil)
			}
			if _, err := os.Lstat(path + ".target"); strings.Contains(name, "link") && err != nil {
				t.Errorf("what the link led to: %v", err)
			}
		})
	}
}
