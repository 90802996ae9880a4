package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// attack attacks until ctx is done, several at a time, and says how often.
func (s *siege) attack(ctx context.Context) (attacks int) {
	ways := []func(context.Context){
		s.slowHeader, s.endlessHeader, s.deepXML, s.hugeJSON, s.strangeNames, s.crowd, s.goneReaders, s.brokenConfig, s.logsMoved,
	}
	const atATime = 4
	var all sync.WaitGroup
	defer all.Wait()
	turns := make(chan struct{}, atATime)
	for {
		select {
		case turns <- struct{}{}:
		case <-ctx.Done():
			return attacks
		}
		way := ways[s.random.IntN(len(ways))]
		attacks++
		all.Go(func() {
			defer func() { <-turns }()
			way(ctx)
		})
	}
}

// send writes to a connection of its own, and reads some of the answer. An error is
// what an attacker may well get.
func (s *siege) send(ctx context.Context, parts ...string) (answer string) {
	conn, err := s.dial(ctx)
	if err != nil {
		return ""
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(deadline)); err != nil {
		s.t.Error(err)
	}
	for _, part := range parts {
		if _, err := io.WriteString(conn, part); err != nil {
			break // it was refused half-way
		}
	}
	some := make([]byte, 4096)
	n, _ := io.ReadFull(conn, some)
	return string(some[:n])
}

func (s *siege) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, "tcp", strings.TrimPrefix(s.origin, "http://"))
}

// slowHeader sends headers byte by byte over many connections.
func (s *siege) slowHeader(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for range 50 {
		all.Go(func() {
			conn, err := s.dial(ctx)
			if err != nil {
				return
			}
			defer conn.Close()
			for _, c := range "GET / HTTP/1.1\r\nX-Slow: " + strings.Repeat("x", 20) {
				if _, err := conn.Write([]byte{byte(c)}); err != nil || ctx.Err() != nil {
					return
				}
				pause(ctx, 20*time.Millisecond)
			}
		})
	}
}

func (s *siege) endlessHeader(ctx context.Context) {
	answer := s.send(ctx, "GET / HTTP/1.1\r\nHost: x\r\n", strings.Repeat("X-More: "+strings.Repeat("x", 1000)+"\r\n", 1000))
	if strings.HasPrefix(answer, "HTTP/1.1 200") {
		s.t.Error("a header of a megabyte is taken")
	}
}

// post sends a body with its length.
func (s *siege) post(ctx context.Context, path, kind, body string) string {
	return s.send(ctx, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n", path, kind, len(body)), body)
}

func (s *siege) deepXML(ctx context.Context) {
	const deep = 100_000
	s.post(ctx, "/RPC2", "text/xml", "<?xml version='1.0'?><methodCall><methodName>supervisor.getState</methodName><params><param>"+
		strings.Repeat("<value><array><data>", deep)+strings.Repeat("</data></array></value>", deep)+"</param></params></methodCall>")
}

func (s *siege) hugeJSON(ctx context.Context) {
	s.post(ctx, "/api/v1/jobs", "application/json", strings.Repeat("[", 3<<20))
	s.post(ctx, "/api/v1/jobs", "application/json", `{"id":"`+strings.Repeat(`\u0000`, 100_000)+`","trigger":"interval","seconds":"1e999"}`)
}

// strangeNames asks for what is no name of anything.
func (s *siege) strangeNames(ctx context.Context) {
	for _, name := range []string{
		"/logtail/../../../../etc/passwd", "/logtail/..%2f..%2fetc%2fpasswd", "/logtail/%00", "/programs/" + strings.Repeat("a", 50_000),
		"/api/v1/programs/%2e%2e/%2e%2e", "/jobs/default/%0d%0aSet-Cookie:%20x=y", "/assets/../page.css", "/runs/%ff%fe", "/?processname=%22%3e%3cscript%3e&action=x",
	} {
		answer := s.send(ctx, "GET "+name+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if strings.Contains(answer, "root:") || strings.Contains(answer, "\nSet-Cookie: x=y") || strings.Contains(answer, `"><script>`) {
			s.t.Errorf("%.100s is answered with %s", name, answer)
		}
	}
}

// crowd opens twice as many connections as a server takes.
func (s *siege) crowd(ctx context.Context) {
	if !s.crowding.TryLock() {
		return
	}
	defer s.crowding.Unlock()
	var conns []net.Conn
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for range s.files / 2 {
		conn, err := s.dial(ctx)
		if err != nil {
			return
		}
		conns = append(conns, conn)
	}
	pause(ctx, 500*time.Millisecond)
}

// goneReaders ask for much, and go before it is there.
func (s *siege) goneReaders(ctx context.Context) {
	for _, path := range []string{"/api/v1/events?types=EVENT", "/logtail/hell", "/mainlogtail", "/", "/events", "/api/v1/programs"} {
		conn, err := s.dial(ctx)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path) // refused, perhaps, which is as good
		pause(ctx, 5*time.Millisecond)
		conn.Close()
	}
}

// brokenConfig breaks the configuration and takes it away while others read it. Only
// one attack at a time has the file.
func (s *siege) brokenConfig(ctx context.Context) {
	if !s.breaking.TryLock() {
		return
	}
	defer s.breaking.Unlock()
	for _, text := range []string{s.intact[:len(s.intact)/2] + "\n[half\n", "\x00\xff[", "[program:steady]\ncommand =\n", strings.Replace(s.intact, "numprocs = 5", "numprocs = many", 1)} {
		s.write(text)
		s.update(ctx, false)
	}
	if err := os.Remove(s.pageDaemon.conf); err != nil {
		s.t.Error(err)
	}
	s.update(ctx, false)
	s.write(s.intact)
	s.update(ctx, true)
}

// update has the daemon read its files.
func (s *siege) update(ctx context.Context, works bool) {
	cmd := exec.CommandContext(ctx, "supervisorctl", "-s", "unix://"+s.dir+"/s.sock", "update")
	out, err := cmd.CombinedOutput()
	if ctx.Err() == nil && works != (err == nil) {
		s.t.Errorf("update of a configuration that is well (%v): %v\n%s", works, err, out)
	}
}

// logsMoved cuts, deletes and replaces log files under the daemon.
func (s *siege) logsMoved(context.Context) {
	name := func(n int) string { return filepath.Join(s.dir, fmt.Sprintf("steady%d.log", n)) }
	for _, err := range []error{
		os.Truncate(name(0), 0), os.Remove(name(1)), os.Rename(name(2), name(2)+".moved"), os.WriteFile(name(3), []byte("somebody else\n"), 0o600),
		os.Remove(filepath.Join(s.dir, "main.log")),
	} {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.t.Error(err)
		}
	}
}

// mend gives back what attacks that were cut short have taken.
func (s *siege) mend() {
	s.t.Helper()
	s.write(s.intact)
	s.update(s.t.Context(), true)
}
