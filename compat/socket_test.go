package compat_test

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// talk is what a client without manners writes to a new connection, and how
// many answers it is to get.
type talk struct {
	name    string
	pieces  []string // with pauses between
	answers int
	ours    string // how our answer begins where the original's is not sane, or another on purpose
}

// versionCall is a call of a method without parameters.
func versionCall(protocol string, headers ...string) string {
	body := document("supervisor.getAPIVersion")
	return strings.Join(append([]string{"POST /RPC2 " + protocol, "Host: x", fmt.Sprint("Content-Length: ", len(body))}, headers...), "\r\n") + "\r\n\r\n" + body
}

// talks are without a password.
func talks() []talk {
	body := document("supervisor.getAPIVersion")
	bare := "Host: x\r\nContent-Type: text/xml\r\n\r\n" + body
	chunked := fmt.Sprintf("Transfer-Encoding: chunked\r\nHost: x\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(body), body)
	call := versionCall("HTTP/1.1")
	fault := strings.ReplaceAll(call, body, document("supervisor.stopProcess", "nobody"))
	fault = strings.Replace(fault, fmt.Sprint(len(body)), fmt.Sprint(len(document("supervisor.stopProcess", "nobody"))), 1)
	return []talk{
		{name: "HTTP/1.0", pieces: []string{versionCall("HTTP/1.0")}, answers: 1},
		{name: "HTTP/1.0, kept", pieces: []string{versionCall("HTTP/1.0", "Connection: Keep-Alive"), versionCall("HTTP/1.0")}, answers: 2},
		{name: "HTTP/1.0 without a length", pieces: []string{"POST /RPC2 HTTP/1.0\r\n" + bare}, answers: 1},
		{name: "HTTP/1.1 without a length", pieces: []string{"POST /RPC2 HTTP/1.1\r\n" + bare}, answers: 1},
		{name: "chunks", pieces: []string{"POST /RPC2 HTTP/1.1\r\n" + chunked}, answers: 1},
		{name: "pipelined", pieces: []string{call + fault + get("/ok.html").text + call}, answers: 3},
		{name: "pipelined, cut anywhere", pieces: []string{call + fault[:70], fault[70:190], fault[190:] + call[:11], call[11:]}, answers: 3},
		{name: "byte by byte", pieces: strings.Split(call, ""), answers: 1},
		{name: "expects to be told to go on", pieces: []string{strings.Replace(call, "\r\n", "\r\nExpect: 100-continue\r\n", 1)}, answers: 1},
		{name: "absolute address", pieces: []string{strings.Replace(call, " /RPC2", " http://here.example/RPC2", 1)}, answers: 1, ours: "HTTP/1.1 200 text/xml"},
		{name: "bare line feeds", pieces: []string{strings.ReplaceAll(call, "\r\n", "\n")}, answers: 1, ours: "HTTP/1.1 200 text/xml"},
		{name: "3 MiB", pieces: []string{large(3 << 20)}, answers: 1},
		{name: "5 MiB", pieces: []string{large(5 << 20)}, answers: 1, ours: "HTTP/1.1 413 text/html"},
		{name: "a header of 100 KiB", pieces: []string{strings.Replace(call, "\r\n", "\r\nX: "+strings.Repeat("x", 100<<10)+"\r\n", 1)}, answers: 1, ours: "HTTP/1.1 431 text/plain"},
	}
}

// large is a call with a body of about so many bytes.
func large(size int) string {
	body := document("supervisor.getAPIVersion", "<string>"+strings.Repeat("x", size)+"</string>")
	return fmt.Sprintf("POST /RPC2 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// passwords are for a server that wants user and secret.
func passwords() []talk {
	var all []talk
	for _, text := range []string{"user:secret", "user:wrong", "other:secret", "user:", ":", "user:secret:more"} {
		authorization := "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(text))
		all = append(all, talk{name: text, pieces: []string{versionCall("HTTP/1.1", authorization)}, answers: 1},
			talk{name: text + " by HTTP/1.0", pieces: []string{versionCall("HTTP/1.0", authorization)}, answers: 1})
	}
	return append(all, talk{name: "none", pieces: []string{versionCall("HTTP/1.1")}, answers: 1})
}

// TestSockets has clients that are old, odd and wrong.
func TestSockets(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir, port, closed := workDir(t), freePort(t), freePort(t)
		conf := strings.NewReplacer("DIR", dir, "PORT", port, "CREDENTIALS", "").Replace(served)
		i := s.begin(t, dir, conf+"[inet_http_server:closed]\nport=127.0.0.1:"+closed+"\nusername=user\npassword=secret\n")
		for _, to := range []address{{"tcp", "127.0.0.1:" + port}, {"unix", filepath.Join(dir, "s.sock")}} {
			for _, c := range talks() {
				where := "http " + to.network + " " + c.name
				switch {
				case c.ours == "":
					saw.add(where, i.mask(c.hear(t, to)))
				case s.name == "ours":
					if got := c.hear(t, to); !strings.HasPrefix(got, c.ours) {
						t.Errorf("%s: got %.200q, want %q", where, got, c.ours)
					}
				}
			}
		}
		for _, c := range passwords() {
			saw.add("http password "+c.name, c.hear(t, address{"tcp", "127.0.0.1:" + closed}))
		}
		return saw
	})
}

// TestSlowSenders: a hundred clients that stop in the middle of a header keep
// nobody waiting, and are not waited for without end.
func TestSlowSenders(t *testing.T) {
	t.Parallel()
	ours := subjects(t)[1]
	dir, port := workDir(t), freePort(t)
	ours.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port, "CREDENTIALS", "").Replace(served))
	call := versionCall("HTTP/1.1")
	over := []address{{"tcp", "127.0.0.1:" + port}, {"unix", filepath.Join(dir, "s.sock")}}
	var stalled []net.Conn
	for n := range 100 {
		conn, err := net.Dial(over[n%2].network, over[n%2].address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, call[:1+n/2]); err != nil {
			t.Fatal(err)
		}
		stalled = append(stalled, conn)
	}
	begun := time.Now()
	for _, to := range over {
		const want = "HTTP/1.1 200 text/xml"
		if got := (talk{pieces: []string{call}, answers: 1}).hear(t, to); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %q, want %q", to.network, got, want)
		}
	}
	if waited := time.Since(begun); waited > 8*time.Second { // an unfinished header may take 10
		t.Errorf("others waited for %v", waited)
	}
	for n, conn := range stalled {
		if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("a client that stopped after %d bytes is waited for", 1+n/2)
		}
	}
}

// hear says it and returns the answers as text.
func (c talk) hear(t *testing.T, to address) string {
	t.Helper()
	conn, err := net.Dial(to.network, to.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	go func() {
		for _, piece := range c.pieces {
			if _, err := io.WriteString(conn, piece); err != nil {
				return // it is not wanted
			}
			time.Sleep(time.Millisecond) // so that the pieces arrive as such
		}
	}()
	var b strings.Builder
	for r := bufio.NewReader(conn); c.answers > 0; c.answers-- {
		answer, err := http.ReadResponse(r, nil)
		if err != nil {
			fmt.Fprintf(&b, "no answer: %v\n", err)
			break
		}
		if answer.StatusCode == http.StatusContinue {
			c.answers++
			continue
		}
		body, err := io.ReadAll(answer.Body)
		fmt.Fprintf(&b, "%s %d %s%s %v\n%s\n", answer.Proto, answer.StatusCode, answer.Header.Get("Content-Type"), answer.Header.Get("WWW-Authenticate"), err, body)
	}
	return b.String()
}
