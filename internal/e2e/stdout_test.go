package e2e_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The children of a daemon whose logs lead to its own standard output.
const (
	talkers   = 8
	sentences = 1000
)

// talkerConf has talkers that write sentences of many lengths, some of them
// longer than any pipe takes at once, as fast as they can.
func talkerConf(dir string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `[unix_http_server]
file=%[1]s/s.sock
[supervisord]
nodaemon=true
logfile=/dev/stdout
logfile_maxbytes=0
pidfile=%[1]s/d.pid
childlogdir=%[1]s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%[1]s/s.sock
[program:talker]
process_name=%%(process_num)d
numprocs=%[2]d
command=awk -v n=%[3]d -v me=%%(process_num)d 'BEGIN { for (i = 0; i < n; i++) { l = "talker " me " says "; for (k = (i * 37 + me * 11) %% 900; k > 0; k--) l = l me "........."; print l " number " i " end" } }'
startsecs=0
autorestart=false
stdout_logfile=/dev/stdout
stdout_logfile_maxbytes=0
`, dir, talkers, sentences)
	return strings.ReplaceAll(b.String(), " % 900", " %% 900")
}

// sentence is a whole line of a talker, whose middle is its number and dots.
var sentence = regexp.MustCompile(`^talker (\d) says ((?:\d\.{9})*) number (\d+) end$`)

// heard checks the lines of a daemon with talkers: each sentence is there once,
// in its talker's order, and in one piece.
type heard struct {
	next  [talkers]int
	other []string // lines of the daemon
}

func (h *heard) line(text string) error {
	m := sentence.FindStringSubmatch(text)
	if m == nil {
		if strings.Contains(text, "talker") && !strings.Contains(text, "'talker'") {
			return fmt.Errorf("a mixed line: %.300q", text)
		}
		h.other = append(h.other, text)
		return nil
	}
	var me, number int
	fmt.Sscan(m[1], &me)
	fmt.Sscan(m[3], &number)
	if want := strings.Repeat(m[1]+".........", (number*37+me*11)%900); m[2] != want {
		return fmt.Errorf("sentence %d of talker %d was changed: %.300q", number, me, text)
	}
	if h.next[me] != number {
		return fmt.Errorf("talker %d: sentence %d, want %d", me, number, h.next[me])
	}
	h.next[me]++
	return nil
}

func (h *heard) everything() error {
	for me, n := range h.next {
		if n != sentences {
			return fmt.Errorf("talker %d: %d sentences, want %d", me, n, sentences)
		}
	}
	return nil
}

// listen reads lines until the end and checks them.
func (h *heard) listen(r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := h.line(lines.Text()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// talkingDaemon is a daemon over stdout; stop stops it and wants exit code 0.
type talkingDaemon struct {
	dir, conf string
	cmd       *exec.Cmd
}

func startTalking(t *testing.T, stdout, stderr *os.File) *talkingDaemon {
	t.Helper()
	d := &talkingDaemon{dir: t.TempDir()}
	d.conf = filepath.Join(d.dir, "supervisord.conf")
	if err := os.WriteFile(d.conf, []byte(talkerConf(d.dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.cmd = exec.Command("supervisord", "-c", d.conf)
	d.cmd.Stdout, d.cmd.Stderr = stdout, stderr
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if d.cmd.ProcessState == nil {
			_ = d.cmd.Process.Kill()
			_ = d.cmd.Wait()
		}
	})
	return d
}

// ctl runs a command of supervisorctl, for ten seconds at most.
func (d *talkingDaemon) ctl(args ...string) string {
	out, _ := exec.Command("timeout", append([]string{"10", "supervisorctl", "-c", d.conf}, args...)...).CombinedOutput()
	return string(out) // a code other than 0 is usual: not all programs run
}

func (d *talkingDaemon) stop(t *testing.T) {
	t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	defer time.AfterFunc(time.Minute, func() { _ = d.cmd.Process.Kill() }).Stop()
	if err := d.cmd.Wait(); err != nil {
		t.Errorf("the daemon ended with %v", err)
	}
}

// TestLinesThroughOneOutput has many children write to the daemon's standard
// output at once, whatever that is, together with the daemon's own log. No line
// is mixed with another, none is lost, and the log is there once, though it goes
// to standard output as a file and as the foreground's copy.
func TestLinesThroughOneOutput(t *testing.T) {
	t.Parallel()
	pipe := func(t *testing.T) (ours io.ReadCloser, theirs *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		return r, w
	}
	socket := func(t *testing.T) (ours io.ReadCloser, theirs *os.File) {
		syscall.ForkLock.RLock()
		pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err == nil {
			syscall.CloseOnExec(pair[0])
			syscall.CloseOnExec(pair[1])
		}
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
		near := os.NewFile(uintptr(pair[0]), "near")
		defer near.Close()
		conn, err := net.FileConn(near)
		if err != nil {
			t.Fatal(err)
		}
		return conn, os.NewFile(uintptr(pair[1]), "far")
	}
	for name, open := range map[string]func(*testing.T) (io.ReadCloser, *os.File){"pipe": pipe, "socket": socket} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := open(t)
			defer ours.Close()
			d := startTalking(t, theirs, os.Stderr)
			theirs.Close()
			var h heard
			all := make(chan error, 1)
			go func() { all <- h.listen(ours) }()
			untilTalkersEnd(t, d)
			d.stop(t)
			if err := <-all; err != nil {
				t.Fatal(err)
			}
			h.check(t)
		})
	}
	t.Run("file", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "out")
		file, err := os.Create(path) // as by "supervisord >out"
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		d := startTalking(t, file, os.Stderr)
		untilTalkersEnd(t, d)
		d.stop(t)
		written, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer written.Close()
		var h heard
		if err := h.listen(written); err != nil {
			t.Fatal(err)
		}
		h.check(t)
	})
}

func (h *heard) check(t *testing.T) {
	t.Helper()
	if err := h.everything(); err != nil {
		t.Error(err)
	}
	log := strings.Join(h.other, "\n")
	if n := strings.Count(log, "supervisord started with pid"); n != 1 {
		t.Errorf("the start stands %d times in the log:\n%s", n, log)
	}
	if n := strings.Count(log, "exit status 0; expected"); n != talkers {
		t.Errorf("%d ends stand in the log, want %d:\n%s", n, talkers, log)
	}
}

func untilTalkersEnd(t *testing.T, d *talkingDaemon) {
	t.Helper()
	wait(t, "the talkers to end", func() bool { return strings.Count(d.ctl("status"), "EXITED") == talkers })
}

// TestOutputThatNobodyReads has nobody read the daemon's standard output for a
// while: it goes on, answers, starts and stops, in little memory, and tells how
// much was dropped when somebody reads again.
func TestOutputThatNobodyReads(t *testing.T) {
	t.Parallel()
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	d := startTalking(t, theirs, os.Stderr)
	theirs.Close()
	untilTalkersEnd(t, d) // their output is dropped, or they could not
	for range 3 {
		if out := d.ctl("start", "talker:0"); !strings.Contains(out, "talker:0: started") {
			t.Fatalf("start says %q", out)
		}
		untilTalkersEnd(t, d)
	}
	if rss := residentMiB(t, d.cmd.Process.Pid); rss > 100 {
		t.Errorf("the daemon has grown to %d MiB", rss)
	}
	var mu sync.Mutex
	var text strings.Builder
	all := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(ours)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			mu.Lock()
			fmt.Fprintf(&text, "%s\n", lines.Text())
			mu.Unlock()
		}
		all <- lines.Err()
	}()
	dropped := regexp.MustCompile(`WARN '0' stdout log /dev/stdout: closed; \d+ bytes were dropped|/dev/stdout: written to again; \d+ bytes were dropped`)
	wait(t, "the daemon to tell how much it dropped", func() bool {
		d.ctl("start", "talker:1")
		mu.Lock()
		defer mu.Unlock()
		return dropped.MatchString(text.String())
	})
	untilTalkersEnd(t, d) // one that is killed in the middle of a line leaves half of it
	d.stop(t)
	if err := <-all; err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text.String()) {
		line = strings.TrimSuffix(line, "\n")
		if !sentence.MatchString(line) && strings.HasPrefix(line, "talker") {
			t.Errorf("a mixed line: %.300q", line)
		}
	}
}

// TestStopWhileNobodyReads: a daemon whose output is blocked ends all the same,
// also when what it has to say of that would go the same way.
func TestStopWhileNobodyReads(t *testing.T) {
	for name, stderr := range map[string]func(stdout *os.File) *os.File{
		"standard output": func(*os.File) *os.File { return os.Stderr },
		"both":            func(stdout *os.File) *os.File { return stdout }, // as by "2>&1 |"
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours, theirs, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer ours.Close()
			d := startTalking(t, theirs, stderr(theirs))
			defer theirs.Close()
			untilTalkersEnd(t, d)
			fill(t, theirs)     // what is too short for another line of a talker would hold a complaint
			begun := time.Now() // what is left in the queue is given up after a second
			d.stop(t)
			if took := time.Since(begun); took > 8*time.Second {
				t.Errorf("the end took %v", took)
			}
		})
	}
}

// fill writes to a pipe until not one byte more goes into it.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	again, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", pipe.Fd()), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	fd := int(again.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = syscall.Write(fd, []byte{'\n'})
	}
	if !errors.Is(err, syscall.EAGAIN) {
		t.Fatal(err)
	}
}

func residentMiB(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	var kib int
	if _, err := fmt.Sscan(after, &kib); err != nil {
		t.Fatal(err)
	}
	return kib >> 10
}
