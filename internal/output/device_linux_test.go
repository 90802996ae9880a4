package output_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
)

// As "supervisord > file" with a log at /dev/stdout: what the descriptor
// leads to is a regular file, but neither it nor the path is ours to rename.
func TestRegularFileBehindADescriptor(t *testing.T) {
	t.Chdir(t.TempDir()) // deeper than the links are
	for name, up := range map[string]string{"absolute": "/", "relative": "../../", "unclean": "/dev/..//"} {
		t.Run(name, func(t *testing.T) {
			dir := inLinkedFolder(t)
			path := filepath.Join(dir, "file")
			file, err := os.Create(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			link := path + ".link"
			if err := os.Symlink(fmt.Sprintf("%sproc/self/fd/%d", up, file.Fd()), link); err != nil {
				t.Fatal(err)
			}
			log := openLog(t, output.Config{Path: link, MaxBytes: 2, Backups: 1})
			log.Write([]byte("abc\n"))
			if err := log.Clear(); err != nil {
				t.Error(err)
			}
			log.Write([]byte("def\n"))
			wantFile(t, path, "abc\ndef\n")
			wantNoFile(t, link+".1")
		})
	}
}

// inLinkedFolder returns a folder that is reached by a link from one that is
// deeper.
func inLinkedFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "output-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// A socket cannot be opened by its path; as /dev/stdout it can be written to
// all the same.
func TestStdoutThatIsASocket(t *testing.T) {
	const asked = "OUTPUT_TEST_WRITE_STDOUT"
	if os.Getenv(asked) != "" {
		var devices output.Devices
		log := output.NewLog(output.Config{Devices: &devices, Path: "/dev/stdout", MaxBytes: 1, Backups: 1})
		err := log.Open()
		if err == nil {
			log.Write([]byte("hello\n"))
			err = devices.Flush()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
	defer ours.Close()
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	child.Env = append(os.Environ(), asked+"=1")
	child.Stdout, child.Stderr = theirs, os.Stderr
	err = child.Run()
	theirs.Close()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(ours); string(got) != "hello\n" || err != nil {
		t.Errorf("the socket got %q, %v", got, err)
	}
}
