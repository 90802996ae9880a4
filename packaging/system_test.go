package packaging_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// bootstrap makes a small Debian system of the release that this machine has,
// from where its apt gets packages, and returns its root.
func bootstrap(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "system")
	mirror := run(t, "sh", "-c", `. /etc/os-release && apt-get indextargets --format '$(SITE) $(RELEASE)' "Created-By: Packages" |
		awk -v release="$VERSION_CODENAME" '$2 == release { print release, $1; exit }'`)
	words := strings.Fields(mirror)
	if len(words) != 2 {
		t.Fatalf("apt does not say where it gets this release from: %q", mirror)
	}
	script := `eval "$(apt-config shell http_proxy Acquire::http::Proxy)"; export http_proxy
		exec debootstrap --variant=minbase --include=curl "$1" "$2" "$3"`
	begin := time.Now()
	run(t, "sh", "-c", script, "sh", words[0], root, words[1])
	t.Logf("debootstrap took %v", time.Since(begin).Round(time.Second))
	run(t, "sh", "-c", `apt-config dump Acquire::http::Proxy > "$1"`, "sh", filepath.Join(root, "etc/apt/apt.conf.d/01proxy"))
	// No package may start a service, as is usual in a chroot.
	write(t, filepath.Join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", 0o755)
	return root
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// patience is how long one command, or a wait, may take.
const patience = 2 * time.Minute

// system is a Debian system with a shell, which is the first process of a pid
// namespace of its own: all that runs in it ends with it.
type system struct {
	t    *testing.T
	root string
	in   io.Writer
	out  *bufio.Reader
	end  *time.Timer // kills the shell when a command takes too long
	mark int
}

// enter starts the shell. Without a network there is only lo, which is the
// system's own, so that any port is free.
func enter(t *testing.T, root string, network bool) *system {
	t.Helper()
	args := []string{"--pid", "--fork", "--kill-child", "--mount"}
	up := "true"
	if !network {
		args, up = append(args, "--net"), "ip link set lo up"
	}
	script := up + ` && mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/run" && exec chroot "$0" /bin/bash --norc --noprofile`
	c := exec.Command("unshare", append(args, "sh", "-c", script, root)...)
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive"}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	s := &system{t: t, root: root, in: in, out: bufio.NewReader(out)}
	s.end = time.AfterFunc(patience, func() { _ = c.Process.Kill() }) // it may have ended
	t.Cleanup(func() {
		s.end.Stop()
		_ = c.Process.Kill() // what was started in it ends, too
		_ = c.Wait()         // it was killed
	})
	return s
}

// does types a command, as a user would, and returns what it wrote and its code.
func (s *system) does(command string) (output string, code int) {
	s.t.Helper()
	s.mark++
	mark := fmt.Sprintf("---- %d ", s.mark)
	s.end.Reset(patience)
	quoted := "'" + strings.ReplaceAll(command, "'", `'\''`) + "'"
	if _, err := fmt.Fprintf(s.in, "eval %s </dev/null 2>&1; printf '\\n%s%%d\\n' $?\n", quoted, mark); err != nil {
		s.t.Fatalf("%s: %v", command, err)
	}
	var text strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			s.t.Fatalf("%s: %v\n%s", command, err, &text)
		}
		if rest, ok := strings.CutPrefix(line, mark); ok {
			code, err := strconv.Atoi(strings.TrimSpace(rest))
			if err != nil {
				s.t.Fatal(err)
			}
			return strings.TrimSuffix(text.String(), "\n"), code
		}
		text.WriteString(line)
	}
}

// expect types a command whose code and output must be as told.
func (s *system) expect(code int, pattern, command string) {
	s.t.Helper()
	output, got := s.does(command)
	if got != code || !regexp.MustCompile(pattern).MatchString(output) {
		s.t.Fatalf("%s: exit code %d, want %d, and output that matches %#q:\n%s", command, got, code, pattern, output)
	}
}

// until types a command again and again until its output matches.
func (s *system) until(pattern, command string) {
	s.t.Helper()
	want := regexp.MustCompile(pattern)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for begin := time.Now(); ; <-tick.C {
		output, _ := s.does(command)
		if want.MatchString(output) {
			return
		}
		if time.Since(begin) > patience {
			s.t.Fatalf("%s: no output that matches %#q:\n%s", command, pattern, output)
		}
	}
}

// file writes a file of the system.
func (s *system) file(path, text string, mode os.FileMode) {
	s.t.Helper()
	write(s.t, filepath.Join(s.root, path), text, mode)
}
