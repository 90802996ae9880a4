package packaging_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// release names the directory with the packages that the tests look at. TestMain
// has them built where it is not set.
const release = "WATCHKEEPER_TEST_RELEASE"

func TestMain(m *testing.M) {
	if os.Getenv(release) != "" {
		os.Exit(m.Run())
	}
	if _, err := os.Stat("../.tools/nfpm"); err != nil && os.Getenv("CI") != "true" {
		fmt.Println("no packages to look at: make packages has the tool that writes them")
		return
	}
	dir, err := os.MkdirTemp("", "watchkeeper-release")
	if err == nil {
		err = errors.Join(os.Setenv(release, dir), build(dir, "linux/amd64 linux/arm64"))
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	if err := os.RemoveAll(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func build(dir, platforms string) error {
	c := exec.Command("./build", dir)
	c.Env = append(os.Environ(), "PLATFORMS="+platforms)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	return nil
}

// built is the one file of the release that matches pattern.
func built(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(os.Getenv(release), pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: found %v, %v, want one file", pattern, found, err)
	}
	return found[0]
}

// run runs a command and returns what it wrote; it has to succeed.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestASecondBuildGivesTheSameBytes(t *testing.T) {
	dir := t.TempDir()
	if err := build(dir, "linux/"+runtime.GOARCH); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, f := range files {
		if f.Name() == "SHA256SUMS" { // the first build has more platforms
			continue
		}
		if got, want := sum(t, filepath.Join(dir, f.Name())), sum(t, built(t, f.Name())); got != want {
			t.Errorf("%s differs", f.Name())
		}
		compared++
	}
	if compared != 3 {
		t.Errorf("%d files, want a tar.gz, a deb and an rpm: %v", compared, files)
	}
}

func sum(t *testing.T, path string) [sha256.Size]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

func TestTheSumsAreThoseOfTheFiles(t *testing.T) {
	c := exec.Command("sha256sum", "-c", "--strict", "SHA256SUMS")
	c.Dir = os.Getenv(release)
	out, err := c.CombinedOutput()
	if err != nil || strings.Count(string(out), ": OK\n") != 6 {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestArchive(t *testing.T) {
	path := built(t, "watchkeeper-*-linux-arm64.tar.gz")
	top := strings.TrimSuffix(filepath.Base(path), ".tar.gz") + "/"
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	modes := map[string]string{}
	for r := tar.NewReader(unpacked); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || !strings.HasPrefix(h.Name, top) {
			t.Errorf("%s belongs to %d:%d (%s)", h.Name, h.Uid, h.Gid, h.Uname)
		}
		modes[strings.TrimPrefix(h.Name, top)] = fmt.Sprintf("%o", h.Mode)
	}
	for name, want := range map[string]string{
		"watchkeeper": "755", "LICENSE": "644", "docs/configuration.md": "644",
		"man/man1/watchkeeper-check.1": "644", "man/man5/watchkeeper.conf.5": "644",
		"watchkeeper.service": "644", "supervisord.conf": "644",
	} {
		if modes[name] != want {
			t.Errorf("%s has mode %q, want %s", name, modes[name], want)
		}
	}
}

// TestUnit has systemd read the unit; it tells what it does not understand.
func TestUnit(t *testing.T) {
	servertest.Program(t, "systemd", "systemd-analyze", "--version")
	root := t.TempDir()
	const units = "usr/lib/systemd/system"
	for _, dir := range []string{units, "usr/bin", "bin"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "sh", "-c", `cp /usr/lib/systemd/system/*.target watchkeeper.service "$1"`, "sh", filepath.Join(root, units))
	for _, program := range []string{"usr/bin/watchkeeper", "bin/kill"} {
		write(t, filepath.Join(root, program), "", 0o755)
	}
	if out := run(t, "systemd-analyze", "verify", "--man=no", "--root="+root, "watchkeeper.service"); out != "" {
		t.Error(out)
	}
}

// rpmFiles is what an rpm puts where, but for manual and documents. (The modes of
// links, which nobody looks at, are left empty by nfpm.)
const rpmFiles = `
drwxr-xr-x root:root /etc/supervisor
drwxr-xr-x root:root /etc/supervisor/conf.d
-rw-r--r-- root:root /etc/supervisor/supervisord.conf cn
drwxr-xr-x root:root /etc/supervisor/supervisord.d
-rwxr-xr-x root:root /usr/bin/watchkeeper
-rw-r--r-- root:root /usr/lib/systemd/system/watchkeeper.service
drwxr-xr-x root:root /usr/lib/watchkeeper
drwxr-xr-x root:root /usr/lib/watchkeeper/bin
l--------- root:root /usr/lib/watchkeeper/bin/echo_supervisord_conf -> /usr/bin/watchkeeper
l--------- root:root /usr/lib/watchkeeper/bin/pidproxy -> /usr/bin/watchkeeper
l--------- root:root /usr/lib/watchkeeper/bin/supervisorctl -> /usr/bin/watchkeeper
l--------- root:root /usr/lib/watchkeeper/bin/supervisord -> /usr/bin/watchkeeper
-rw-r--r-- root:root /usr/share/bash-completion/completions/watchkeeper
drwxr-xr-x root:root /usr/share/watchkeeper
-rw-r--r-- root:root /usr/share/watchkeeper/supervisord.conf
drwxr-xr-x root:root /var/log/supervisor
`

func TestRPM(t *testing.T) {
	servertest.Program(t, "rpm", "rpm", "--version")
	for _, arch := range []string{"x86_64", "aarch64"} {
		t.Run(arch, func(t *testing.T) {
			path := built(t, "watchkeeper-*."+arch+".rpm")
			query := func(format string) string { return run(t, "rpm", "-qp", "--qf", format, path) }
			if got, want := query("%{NAME} %{ARCH} %{LICENSE} %{BUILDHOST}"), "watchkeeper "+arch+" Apache-2.0 localhost"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			var files, pages bytes.Buffer
			for line := range strings.Lines(query(`[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES} -> %{FILELINKTOS} %{FILEFLAGS:fflags}\n]`)) {
				line = strings.TrimSpace(strings.ReplaceAll(line, " ->  ", " ")) + "\n"
				switch {
				case strings.Contains(line, "/usr/share/man/"):
					pages.WriteString(line)
				case !strings.Contains(line, "/usr/share/doc/"):
					files.WriteString(line)
				}
			}
			if diff := cmp.Diff(strings.TrimPrefix(rpmFiles, "\n"), files.String()); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
			for _, page := range []string{"man1/watchkeeper.1.gz", "man5/watchkeeper.conf.5.gz"} {
				if !strings.Contains(pages.String(), "-rw-r--r-- root:root /usr/share/man/"+page+"\n") {
					t.Errorf("no page %s in\n%s", page, &pages)
				}
			}
			for tag, script := range map[string]string{"POSTIN": "post", "PREUN": "preun", "POSTUN": "postun"} {
				want, err := os.ReadFile(filepath.Join("rpm", script))
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.TrimSpace(string(want)), strings.TrimSpace(query("%{"+tag+"}"))); diff != "" {
					t.Errorf("script %s (-want +got):\n%s", script, diff)
				}
				if got := query("%{" + tag + "PROG}"); got != "/bin/sh" {
					t.Errorf("script %s is for %q, want /bin/sh", script, got)
				}
			}
			if got := query("%{PREIN}"); got != "(none)" {
				t.Errorf("a script before the installation: %q", got)
			}
		})
	}
}
