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
	"slices"
	"strings"
	"testing"
	"time"
)

// served is the configuration that raw requests are sent to.
const served = `[unix_http_server]
file=DIR/s.sock
[inet_http_server]
port=127.0.0.1:PORT
CREDENTIALS
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisord]
logfile=DIR/main.log
pidfile=DIR/s.pid
childlogdir=DIR
[program:long]
command=sh -c 'echo a line of output; echo an error >&2; exec sleep 1000'
stdout_logfile=DIR/long.out
stderr_logfile=DIR/long.err
[program:pair]
command=sleep 1000
autostart=false
startsecs=0
numprocs=2
process_name=%(program_name)s_%(process_num)02d
[program:silent]
command=sleep 1000
autostart=false
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:missing]
command=/no/such/command
autostart=false
[program:once]
command=sh -c 'exit 3'
autostart=false
startsecs=3
startretries=0
`

// address is where to send a raw request.
type address struct{ network, address string }

// TestHTTP sends both the same bytes over TCP and the unix socket.
func TestHTTP(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s subject) (saw observations) {
		dir, port := workDir(t), freePort(t)
		i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port, "CREDENTIALS", "").Replace(served))
		i.settle(t, generated{})
		i.hurry(t)
		over := []address{{"tcp", "127.0.0.1:" + port}, {"unix", filepath.Join(dir, "s.sock")}}
		for _, to := range over {
			for _, r := range requests() {
				saw.raw(t, i, "http "+to.network, to, r)
			}
		}
		// What changes something is asked once.
		for _, r := range actions() {
			saw.raw(t, i, "page", over[0], r)
		}
		return saw
	})
}

// TestAuthentication compares who is let in, with passwords of both kinds.
func TestAuthentication(t *testing.T) {
	for _, c := range []struct{ name, password string }{
		{"clear", "se:cret"},
		{"hashed", "{SHA}6367c48dd193d56ea7b0baad25b19455e529f5ee"}, // of abc123
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, s subject) (saw observations) {
				dir, port := workDir(t), freePort(t)
				credentials := "username=us er\npassword=" + c.password
				i := s.begin(t, dir, strings.NewReplacer("DIR", dir, "PORT", port, "CREDENTIALS", credentials).Replace(served))
				i.settle(t, generated{})
				to := address{"tcp", "127.0.0.1:" + port}
				for _, authorization := range authorizations() {
					saw.let(t, i, "http auth", to, authorization...)
				}
				for _, malformed := range []string{"", "!!!", "dXMgZXI=", "//46eA=="} {
					saw.let(t, i, "http malformed auth", to, "Authorization: Basic "+malformed)
				}
				return saw
			})
		})
	}
}

// let asks for something of each handler.
func (o *observations) let(t *testing.T, i *instance, heading string, to address, headers ...string) {
	t.Helper()
	o.raw(t, i, heading, to, post(document("supervisor.getAPIVersion"), headers...))
	for _, path := range []string{"/ok.html", "/logtail/nobody", "/nothing"} {
		o.raw(t, i, heading, to, get(path, headers...))
	}
}

// authorizations are those that are not right for one of the passwords, or
// for both.
func authorizations() [][]string {
	basic := func(text string) []string {
		return []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(text))}
	}
	return [][]string{
		nil, basic("us er:se:cret"), basic("us er:abc123"), basic("us er:"), basic("us er:SE:CRET"), basic("user:abc123"), basic(":"), basic("us er:se"),
		basic("us er:{SHA}6367c48dd193d56ea7b0baad25b19455e529f5ee"), basic("us er:6367c48dd193d56ea7b0baad25b19455e529f5ee"),
		{"Authorization: Basic"}, {"Authorization: Bearer x"},
		{"authorization: basic " + base64.StdEncoding.EncodeToString([]byte("us er:abc123"))},
	}
}

// request is one, as bytes; name tells them apart.
type request struct{ name, text string }

// newRequest writes a request of HTTP/1.1 for a connection of its own. One for
// a stream does not say that it is: then the original sends no chunks.
func newRequest(verb, path, body string, headers ...string) request {
	lines := append([]string{verb + " " + path + " HTTP/1.1", "Host: here.example:81"}, headers...)
	if !strings.Contains(path, "logtail") {
		lines = append(lines, "Connection: close")
	}
	return request{
		name: strings.TrimSpace(verb + " " + path + " " + strings.Join(headers, ", ") + " " + body),
		text: strings.Join(lines, "\r\n") + "\r\n\r\n" + body,
	}
}

func get(path string, headers ...string) request { return newRequest("GET", path, "", headers...) }

func post(body string, headers ...string) request {
	return newRequest("POST", "/RPC2", body, append(headers, fmt.Sprint("Content-Length: ", len(body)))...)
}

func form(path, body string) request {
	return newRequest("POST", path, body, "Content-Type: application/x-www-form-urlencoded", fmt.Sprint("Content-Length: ", len(body)))
}

func document(method string, params ...string) string {
	for n := range params {
		params[n] = "<param><value>" + params[n] + "</value></param>"
	}
	return "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params>" + strings.Join(params, "") + "</params></methodCall>"
}

// requests change nothing.
func requests() []request {
	var all []request
	for _, path := range []string{
		"/", "/index.html", "/ok.html", "/tail.html", "/tail.html?processname=long", "/tail.html?processname=nobody", "/tail.html?processname=silent",
		"/tail.html?processname=long&limit=x", "/?message=hello", "/?nothing=x", "/?action=", "/nothing", "/nothing.html", "/../etc/hostname",
		"/stylesheets/nothing.css", "/images/nothing.png", "/RPC2", "/RPC2/more", "/rpc2",
		"/logtail/nobody", "/logtail/", "/logtail/long", "/logtail/long/stdout", "/logtail/long/stderr", "/logtail/long/nothing", "/logtail/long/stdout/x",
		"/logtail/long%3Along", "/logtail/pair:*", "/logtail/pair", "/logtail/silent", "/logtail/long?x=y", "/logtailx/long",
		"/mainlogtail", "/mainlogtail/x", "/mainlogtail?x",
	} {
		all = append(all, get(path))
	}
	for _, verb := range []string{"HEAD", "PUT", "DELETE", "OPTIONS"} {
		for _, path := range []string{"/", "/ok.html", "/nothing", "/RPC2", "/logtail/long", "/mainlogtail"} {
			all = append(all, newRequest(verb, path, ""))
		}
	}
	// The original never answers a POST whose body is empty.
	for _, body := range []string{
		" ", "no xml", "<", "<a/>", "<methodCall></methodCall>", "<methodCall><methodName></methodName></methodCall>",
		"<methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>",
		"<methodCall><methodName> supervisor.getAPIVersion </methodName></methodCall>",
		"<x><methodName>supervisor.getAPIVersion</methodName></x>", "<methodCall><methodName>nothing</methodName><params/></methodCall>",
		"<methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>rest",
		document("supervisor.getAPIVersion"), document("supervisor.getAPIVersion", "x"), document("supervisor.getProcessInfo", "nobody"),
		document("supervisor.getProcessInfo", "<string>nobody</string>"), document("supervisor.getProcessInfo", "<string/>"),
		document("supervisor.getProcessInfo", ""), document("supervisor.getProcessInfo", " nobody "), document("supervisor.getProcessInfo", "n&#248;body"),
		document("supervisor.getProcessInfo", "n\u00f8body"), document("supervisor.getProcessInfo", "&nothing;"),
		document("supervisor.readProcessLog", "long", "<int>0</int>", "<i4>6</i4>"), document("supervisor.readProcessLog", "long", "<int> 0 </int>", "<int>+6</int>"),
		document("supervisor.readProcessLog", "long", "<int></int>", "<int>6</int>"), document("supervisor.readProcessLog", "long", "<int>x</int>", "<int>6</int>"),
		document("supervisor.readProcessLog", "long", "<double>1.0</double>", "<int>6</int>"), document("supervisor.readProcessLog", "<base64>bG9uZw==</base64>", "0", "3"),
		document("system.multicall", "<array><data></data></array>"), document("system.multicall", "<array></array>"), document("system.multicall", "<array><data/></array>"),
		"<!DOCTYPE x [<!ENTITY a 'nobody'>]>" + document("supervisor.getProcessInfo", "&a;"),
		"<?xml version='1.0' encoding='latin-1'?><methodCall><methodName>supervisor.getAPIVersion</methodName></methodCall>",
	} {
		all = append(all, post(body))
	}
	return append(all,
		newRequest("POST", "/RPC2", ""), newRequest("POST", "/RPC2", "", "Transfer-Encoding: chunked"),
		post(document("supervisor.getAPIVersion"), "Content-Type: application/json"), newRequest("POST", "/RPC2/x", document("supervisor.getAPIVersion"), "Content-Length: 112"),
		request{"GET of 1.0", "GET /ok.html HTTP/1.0\r\n\r\n"}, request{"GET of 1.0, kept", "GET /ok.html HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"},
		request{"error of 1.0", "GET /nothing HTTP/1.0\r\n\r\n"}, request{"GET kept", "GET /ok.html HTTP/1.1\r\nHost: x\r\n\r\n"},
		form("/", "message=x"), form("/tail.html", "processname=long"),
	)
}

// actions are what the buttons of the page ask for, in an order in which each
// has the same to do on both.
func actions() []request {
	var all []request
	for _, query := range []string{
		"action=refresh", "action=refresh&processname=x", "action=nothing", "action=start", "action=stop&processname=", "action=start&processname=long",
		"action=start&processname=nobody", "action=stop&processname=nobody:*", "action=start&processname=silent", "action=stop&processname=silent",
		"action=stop&processname=silent", "action=restart&processname=silent", "action=restart&processname=long%3Along", "action=start&processname=missing",
		"action=start&processname=once", "action=clearlog&processname=long", "action=clearlog&processname=n%20o&nbsp", "action=start&processname=pair%3Apair_00", "action=stop&processname=pair:pair_00",
		"action=restart&processname=missing", "action=stopall",
	} {
		for _, r := range []request{get("/?" + query), get("/index.html?" + query), form("/index.html", query)} {
			all = append(all, request{query + ": " + r.name, r.text})
		}
	}
	restart := get("/?action=restartall")
	return append(all, request{"action=restartall: " + restart.name, restart.text})
}

// raw sends a request over a new connection and records the answer.
func (o *observations) raw(t *testing.T, i *instance, heading string, to address, r request) {
	t.Helper()
	o.add(heading+" "+i.mask(r.name), i.mask(exchange(t, to, r)))
}

// exchange gives the answer as text: the status, those of its headers that
// clients look at, the body where it is meant for programs, and what becomes
// of the connection.
func exchange(t *testing.T, to address, r request) string {
	t.Helper()
	conn, err := net.Dial(to.network, to.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, r.text); err != nil {
		return "closed: " + err.Error()
	}
	verb, _, _ := strings.Cut(r.text, " ")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: verb})
	if err != nil {
		return "no answer"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d\n", answer.Proto, answer.StatusCode)
	for _, name := range []string{
		"Content-Type", "Location", "WWW-Authenticate", "Pragma", "Cache-Control", "Expires", "X-Accel-Buffering", "Server", "Transfer-Encoding", "Connection",
	} {
		if values := answer.Header.Values(name); len(values) > 0 {
			fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(values, ", "))
		}
	}
	for _, name := range []string{"Last-Modified", "Date"} {
		fmt.Fprintf(&b, "%s is there: %t\n", name, answer.Header.Get(name) != "")
	}
	if slices.Contains(answer.TransferEncoding, "chunked") {
		b.WriteString(firstChunk(answer.Body))
		return b.String()
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		fmt.Fprintf(&b, "body: %v\n", err)
	}
	if kind := answer.Header.Get("Content-Type"); answer.StatusCode == http.StatusOK && kind != "text/xml" && kind != "text/plain" {
		return b.String() // a page or a picture, which are our own
	}
	return b.String() + string(body)
}

// firstChunk is the beginning of a stream that has no end.
func firstChunk(body io.Reader) string {
	buffer := make([]byte, 4096)
	n, err := body.Read(buffer)
	if err != nil {
		return "stream: " + err.Error()
	}
	return string(buffer[:n])
}
