package ctl_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
)

// terminal is the user's side of a pseudo terminal.
type terminal struct {
	t      *testing.T
	daemon *fake
	master *os.File
	shown  chan string // pieces of what the other side wrote
	seen   string      // and was not expected yet
}

// openTerminal gives both sides of a new pseudo terminal, 80 columns wide.
func openTerminal(t *testing.T) (*terminal, *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	term := &terminal{t: t, master: master, shown: make(chan string)}
	go term.watch(t.Context().Done())
	return term, slave
}

// watch ends when the terminal is closed.
func (term *terminal) watch(done <-chan struct{}) {
	buf := make([]byte, 4096)
	for {
		n, err := term.master.Read(buf)
		select {
		case term.shown <- string(buf[:n]):
		case <-done:
			return
		}
		if err != nil {
			return
		}
	}
}

// expect waits until text is shown and drops all up to it.
func (term *terminal) expect(text string) {
	term.t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if _, rest, ok := strings.Cut(term.seen, text); ok {
			term.seen = rest
			return
		}
		select {
		case piece := <-term.shown:
			term.seen += piece
		case <-deadline:
			term.t.Fatalf("%q is not shown, but %q", text, term.seen)
		}
	}
}

func (term *terminal) press(keys string) {
	term.t.Helper()
	if _, err := io.WriteString(term.master, keys); err != nil {
		term.t.Fatal(err)
	}
}

// ready waits until the daemon has been asked for all but left calls of the
// script and a line is being read: before that, Ctrl-C would be a signal.
func (term *terminal) ready(left int) {
	term.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		mode, err := unix.IoctlGetTermios(int(term.master.Fd()), unix.TCGETS)
		if err != nil {
			term.t.Fatal(err)
		}
		if term.daemon.left() == left && mode.Lflag&unix.ICANON == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			term.t.Fatalf("no line is read, it shows %q", term.seen)
		}
	}
}

// shellOn runs the interactive shell on a terminal; leave waits for its end.
func shellOn(t *testing.T, script, history string) (term *terminal, leave func() int) {
	t.Helper()
	f := &fake{t: t}
	url := f.start(script)
	term, slave := openTerminal(t)
	term.daemon = f
	code := make(chan int)
	go func() {
		code <- ctl.Run(t.Context(), ctl.Env{
			Stdin: slave, Stdout: slave, Stderr: slave, Interactive: true, Terminal: true,
			Client: config.Client{ServerURL: url, HistoryFile: history},
		}, nil)
	}()
	return term, func() int {
		t.Helper()
		select {
		case c := <-code:
			f.finish()
			return c
		case <-time.After(20 * time.Second):
			t.Fatalf("the shell does not end, it shows %q", term.seen)
			return 0
		}
	}
}

const prompt = "supervisor> "

func TestTerminalCompletes(t *testing.T) {
	t.Parallel()
	term, leave := shellOn(t, `
		getAllProcessInfo = @all
		# for TAB after the command, once only
		getAllProcessInfo = @all
		startProcess("multi:multi_01") = true
		getAllProcessInfo = @all
		stopProcessGroup("multi") = []
	`, "")
	term.expect("dog")
	term.expect(prompt)
	term.press("sta\t") // start and status: nothing to add, so both are listed
	term.expect("start  status")
	term.press("r\tmu\t\t") // multi:multi_00, multi:*, multi:multi_01
	term.expect("multi:*")
	term.press("m\t1\t\r")
	term.expect("multi:multi_01: started")
	term.expect(prompt)
	term.press("sto\tmulti:*\t\r")
	term.expect(prompt)
	term.press("\x04")
	if code := leave(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

func TestTerminalKeepsHistory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(file, []byte("pid\nversion\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	term, leave := shellOn(t, `
		getAllProcessInfo = []
		getPID = 42
		getSupervisorVersion = "4.3.0"
	`, file)
	term.expect(prompt)
	term.press("\x1b[A\x1b[A\r") // up, up: pid
	term.expect("42")
	term.expect(prompt)
	term.press("\x1b[A\x1b[A\r") // pid is the newest now, version the one before
	term.expect("4.3.0")
	term.expect(prompt)
	term.press("help nope\r")
	term.expect("*** No help on nope")
	term.expect(prompt)
	term.press("\x03")
	if code := leave(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := "pid\nversion\npid\nversion\nhelp nope\n"; string(got) != want {
		t.Errorf("history %q, want %q", got, want)
	}
}

func TestTerminalAsks(t *testing.T) {
	t.Parallel()
	term, leave := shellOn(t, "getAllProcessInfo = []\nshutdown = true", "")
	term.expect(prompt)
	term.press("shutdown\r")
	term.expect("Really shut the remote supervisord process down y/N? ")
	term.press("y\r")
	term.expect("Shut down")
	term.expect(prompt)
	term.press("quit\r")
	leave()
}

func TestTerminalForeground(t *testing.T) {
	t.Parallel()
	up := `getProcessInfo("a") = {"group":"a","name":"a","state":20}` + "\n"
	term, leave := shellOn(t, "getAllProcessInfo = []\n"+up+`
		GET /logtail/a/stdout stay "out of a\n"
		GET /logtail/a/stderr http 404
		sendProcessStdin("a","hello\n") = true`+"\n"+up+"getPID = 42", "")
	term.expect(prompt)
	term.press("fg a\r")
	term.expect("==> Press Ctrl-C to exit <==")
	term.expect("out of a\r")
	term.ready(3)
	term.press("hello\r")
	term.ready(1)
	term.press("half a line\x03")
	term.expect("Exiting foreground")
	term.expect(prompt)
	term.press("pid\r")
	term.expect("42")
	term.press("exit\r")
	leave()
}

// TestTerminalCtrlCAtQuestion: Ctrl-C anywhere but in tail -f and fg leaves.
func TestTerminalCtrlCAtQuestion(t *testing.T) {
	t.Parallel()
	term, leave := shellOn(t, "getAllProcessInfo = []", "")
	term.expect(prompt)
	term.press("reload\r")
	term.expect("y/N? ")
	term.press("\x03")
	if code := leave(); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}
