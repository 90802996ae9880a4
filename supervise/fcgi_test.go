package supervise_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// socket gives a program the unix socket of that name in the directory of the
// test.
func socket(path string) edit {
	return func(p *supervise.Program) {
		p.Socket = &supervise.SocketSpec{URL: "unix://" + path, Mode: 0o700, UID: -1, GID: -1}
	}
}

// withSockets is inBubble in a directory of the test's own, without events.
func withSockets(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	t.Chdir(t.TempDir())
	inBubble(t, func(t *testing.T, w *world) {
		w.unsubscribe()
		f(t, w)
	})
}

// wantOpen checks whether somebody listens at path.
func wantOpen(t *testing.T, path string, want bool) {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err == nil {
		conn.Close()
	}
	if err != nil && !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if got := err == nil; got != want {
		t.Errorf("%s accepts connections: %v, want %v", path, got, want)
	}
}

// process finds a process that a test has added.
func (w *world) process(group, name string) *supervise.Process {
	w.t.Helper()
	p, err := w.sup.Process(group, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) start(p *supervise.Process) {
	w.t.Helper()
	if err := p.Start(w.t.Context(), true); err != nil {
		w.t.Error(err)
	}
}

func (w *world) stop(p *supervise.Process) {
	w.t.Helper()
	if err := p.Stop(w.t.Context(), true); err != nil {
		w.t.Error(err)
	}
}

func TestASocketIsOpenFromTheFirstStartToTheLastStop(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("a"), socket("s")), program(named("b"), socket("s")), program(named("c"))))
		time.Sleep(2 * time.Second)
		a, b := w.process("g", "a"), w.process("g", "b")
		wantOpen(t, "s", true)
		w.stop(a)
		wantOpen(t, "s", true)
		w.start(a)
		w.stop(b)
		w.stop(a)
		wantOpen(t, "s", false) // as soon as the stop is answered
		w.only("ocket")
		w.want(`
			0s INFO Creating socket unix://s
			3s+ INFO Closing socket unix://s`)
		for n, child := range w.starter.Children() {
			if has := child.Command().Stdin != nil; has != (n != 2) {
				t.Errorf("child %d has a socket: %v", n, has)
			}
		}
		w.start(a)
		wantOpen(t, "s", true)
	})
}

// The line about the socket stands before that about the first child.
func TestASocketIsToldOfInOrder(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("a")), program(named("b"), socket("s")), program(named("c"), socket("s"))))
		synctest.Wait()
		w.want(`
			0s INFO spawned: 'a' with pid 100
			0s INFO Creating socket unix://s
			0s INFO spawned: 'b' with pid 101
			0s INFO spawned: 'c' with pid 102`)
	})
}

func TestNobodyUsesASocketInPlaceOfStandardInput(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		p := w.run(program(socket("s")))
		if err := p.WriteStdin(t.Context(), []byte("x")); !errors.Is(err, supervise.ErrStdinClosed) {
			t.Errorf("WriteStdin: %v, want ErrStdinClosed", err)
		}
	})
}

// Connections that wait at a socket are not lost because the only process has
// ended and is about to be restarted, or to be tried again.
func TestASocketStaysOpenOverAnAutomaticRestart(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		w.plays(
			script{Lives: 5 * time.Second, Code: 1},        // EXITED, restarted
			script{Lives: 100 * time.Millisecond, Code: 1}, // BACKOFF, tried again
		)
		w.run(program(socket("s"), restartpause(time.Second)))
		for range 9 {
			time.Sleep(time.Second)
			synctest.Wait()
			wantOpen(t, "s", true)
		}
		w.only("ocket")
		w.want(`0s INFO Creating socket unix://s`)
	})
}

func TestASocketIsClosed(t *testing.T) {
	for name, c := range map[string]struct {
		program supervise.Program
		plays   script
		then    func(w *world, p *supervise.Process)
		state   supervise.State
	}{
		"when its process has ended for good": {program(noAutorestart), script{Lives: 2 * time.Second}, nil, supervise.Exited},
		"when it has ended as expected":       {program(), script{Lives: 2 * time.Second}, nil, supervise.Exited},
		"when it is FATAL":                    {program(startretries(1)), script{Lives: time.Millisecond}, nil, supervise.Fatal},
		"when it was stopped in BACKOFF": {program(startretries(9)), script{Lives: time.Millisecond},
			func(w *world, p *supervise.Process) { w.stop(p) }, supervise.Stopped},
		"when it was stopped before its restart": {program(autorestart, restartpause(time.Hour)), script{Lives: 2 * time.Second},
			func(w *world, p *supervise.Process) { w.stop(p) }, supervise.Stopped},
		"when its program is not there": {program(command("/no/such"), startretries(0)), script{}, nil, supervise.Fatal},
	} {
		t.Run(name, func(t *testing.T) {
			withSockets(t, func(t *testing.T, w *world) {
				w.starter.Queue("", c.plays)
				socket("s")(&c.program)
				p := w.run(c.program)
				time.Sleep(10 * time.Second)
				if c.then != nil {
					wantOpen(t, "s", true)
					c.then(w, p)
				}
				synctest.Wait()
				wantState(t, p, c.state)
				wantOpen(t, "s", false)
				w.only("ocket")
				w.mu.Lock()
				lines := len(w.transcript)
				w.mu.Unlock()
				if lines != 2 {
					t.Errorf("the log has %d lines about the socket, want one that it was made and one that it was closed", lines)
				}
			})
		})
	}
}

func TestASocketThatCannotBeMadeIsTriedAgain(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		p := w.run(program(socket("dir/s"), startretries(1)))
		time.Sleep(10 * time.Second)
		w.want(`
			0s INFO Creating socket unix://dir/s
			0s INFO spawnerr: Could not create FastCGI socket unix://dir/s: bind: no such file or directory
			1s INFO Creating socket unix://dir/s
			1s INFO spawnerr: Could not create FastCGI socket unix://dir/s: bind: no such file or directory
			1s INFO gave up: p entered FATAL state, too many start retries too quickly`)
		if err := p.Start(t.Context(), true); !errors.Is(err, supervise.ErrSpawn) {
			t.Errorf("a start is answered with %v, want ErrSpawn", err)
		}
		time.Sleep(500 * time.Millisecond)
		if err := os.Mkdir("dir", 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		wantState(t, p, supervise.Running)
		wantOpen(t, "dir/s", true)
	})
}

// A program that two groups list has one socket, and so have two programs that
// name the same one.
func TestOneURLIsOneSocket(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		w.add(group("g", 1, program(named("a"), socket("s"))))
		w.add(group("h", 1, program(named("a"), socket("s"))))
		time.Sleep(2 * time.Second)
		w.stop(w.process("g", "a"))
		wantOpen(t, "s", true)
		if err := w.sup.TrySockets(group("i", 1, program(socket("s")))); err != nil {
			t.Error(err)
		}
		wantOpen(t, "s", true)
		w.stop(w.process("h", "a"))
		w.only("ocket")
		w.want(`
			0s INFO Creating socket unix://s
			2s INFO Closing socket unix://s`)
	})
}

// A group is tried with all sockets that it needs, which are then closed.
func TestTrySockets(t *testing.T) {
	withSockets(t, func(t *testing.T, w *world) {
		g := group("g", 1, program(named("a"), socket("s")), program(named("b"), socket("s")), program(named("c"), socket("t")))
		g.Socket = &supervise.SocketSpec{URL: "unix://u", Mode: 0o700, UID: -1, GID: -1}
		if err := w.sup.TrySockets(g); err != nil {
			t.Error(err)
		}
		for _, path := range []string{"s", "t", "u"} {
			wantOpen(t, path, false)
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%v: the file is to stay, as in the original", err)
			}
		}
		socket("no/t")(&g.Programs[2])
		if err := w.sup.TrySockets(g); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("TrySockets: %v, want that there is no such directory", err)
		}
		w.want(`
			0s INFO Creating socket unix://u
			0s INFO Closing socket unix://u
			0s INFO Creating socket unix://s
			0s INFO Closing socket unix://s
			0s INFO Creating socket unix://t
			0s INFO Closing socket unix://t
			0s INFO Creating socket unix://u
			0s INFO Closing socket unix://u
			0s INFO Creating socket unix://s
			0s INFO Closing socket unix://s
			0s INFO Creating socket unix://no/t`)
	})
}

// What a worker has left behind serves nobody when the socket is closed, and is
// not in the way of the next.
func TestAClosedSocketIsClosedForThoseLeftBehind(t *testing.T) {
	r := newReal(t)
	dir := t.TempDir()
	left := program(named("f"), socket(dir+"/s"), command("/bin/sh -c 'sleep 1000 & exec sleep 1000'"))
	p, _ := r.run(t, left)
	r.await(t, supervise.Running)
	leader := p.Status().PID
	defer syscall.Kill(-leader, syscall.SIGKILL)
	wantOpen(t, dir+"/s", true)
	if err := p.Stop(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(-leader, 0); err != nil {
		t.Fatalf("nothing is left behind: %v", err)
	}
	wantOpen(t, dir+"/s", false)
}

// A socket is nobody's but its program's: children started while it is open do
// not inherit it.
func TestASocketIsNotInherited(t *testing.T) {
	r := newReal(t)
	dir := t.TempDir()
	_, log := r.run(t, program(named("f"), socket(dir+"/s"), command("/bin/sh -c 'ls -l /dev/fd/; exec sleep 1000'")))
	r.await(t, supervise.Running)
	_, other := r.run(t, program(named("p"), command("/bin/sh -c 'ls -l /dev/fd/; exec sleep 1000'")))
	r.await(t, supervise.Running)
	for file, want := range map[string]int{log: 1, other: 0} {
		if got := sockets(t, file); got != want {
			t.Errorf("a child has %d sockets, want %d:\n%s", got, want, read(t, file))
		}
	}
}

// sockets counts those that ls has listed in file.
func sockets(t *testing.T, file string) int {
	t.Helper()
	return strings.Count(read(t, file), "-> socket:")
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
