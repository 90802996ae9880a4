package ctl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func TestDescribe(t *testing.T) {
	dial := func(e syscall.Errno) error {
		return &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", e)}
	}
	tests := []struct {
		err  error
		want string
	}{
		{&client.Fault{Code: 6, String: "SHUTDOWN_STATE"}, "<class 'xmlrpc.client.Fault'>, <Fault 6: 'SHUTDOWN_STATE'>"},
		{dial(syscall.ECONNREFUSED), "<class 'ConnectionRefusedError'>, [Errno 111] Connection refused"},
		{dial(syscall.ENOENT), "<class 'FileNotFoundError'>, [Errno 2] No such file or directory"},
		{dial(syscall.EACCES), "<class 'PermissionError'>, [Errno 13] Permission denied"},
		{dial(syscall.EHOSTUNREACH), "<class 'OSError'>, [Errno 113] No route to host"},
		{fmt.Errorf("read: %w", io.ErrUnexpectedEOF), "<class 'http.client.RemoteDisconnected'>, Remote end closed connection without response"},
		{&net.DNSError{IsNotFound: true}, "<class 'socket.gaierror'>, [Errno -2] Name or service not known"},
		{&net.DNSError{IsTimeout: true}, "<class 'socket.gaierror'>, [Errno -3] Temporary failure in name resolution"},
		{&client.HTTPError{Path: "/RPC2", Code: 401, Reason: "Unauthorized"}, "<class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>"},
		{errors.New("anything else"), "<class 'OSError'>, anything else"},
	}
	for _, tt := range tests {
		if got := describe(tt.err); got != tt.want {
			t.Errorf("describe(%v):\n got %s\nwant %s", tt.err, got, tt.want)
		}
	}
}

func TestColumns(t *testing.T) {
	tests := []struct {
		words string
		width int
		want  string
	}{
		{"one", 80, "one\n"},
		{"a bb c", 80, "a  bb  c\n"},
		{"a bb c", 5, "a   c\nbb\n"},
		{"a bb c", 2, "a\nbb\nc\n"},
		{"long_word a", 3, "long_word\na\n"},
	}
	for _, tt := range tests {
		if got := columns(strings.Fields(tt.words), tt.width); got != tt.want {
			t.Errorf("columns(%s, %d): got %q, want %q", tt.words, tt.width, got, tt.want)
		}
	}
}

func TestWordStart(t *testing.T) {
	for line, want := range map[string]string{
		"":                "",
		"sta":             "sta",
		"start we":        "we",
		"start g:p-1":     "g:p-1",
		"start g:*":       "g:*",
		"start a/b":       "b",
		"tail -f web_0.1": "web_0.1",
		"run show j@1!2":  "j@1!2",
	} {
		if got := line[wordStart(line, len(line)):]; got != want {
			t.Errorf("word at the end of %q: got %q, want %q", line, got, want)
		}
	}
}

func TestCandidates(t *testing.T) {
	s := &session{table: table(), known: []client.ProcessInfo{
		{Group: "cat", Name: "cat"}, {Group: "multi", Name: "multi_00"}, {Group: "multi", Name: "multi_01"},
	}}
	for line, want := range map[string]string{
		"":              "help add avail clear exit fg maintail open pid quit reload remove reread restart shutdown signal start status stop tail update version job run scheduler",
		"re":            "reload remove reread restart",
		"help sto":      "stop",
		"start ":        "cat multi:multi_00 multi:* multi:multi_01",
		"start c":       "cat",
		"start cat:":    "cat:cat cat:*",
		"tail -f multi": "multi:multi_00 multi:* multi:multi_01",
		"update ":       "cat multi",
		"version ":      "",
		"nope ":         "",
		"job re":        "remove resume",
		"scheduler s":   "shutdown status",
		"job add x ho":  "hours=hour=",
		"run list --ph": "--phase",
	} {
		got := strings.Join(s.candidates(line, line[wordStart(line, len(line)):]), "")
		if strings.TrimSpace(got) != want {
			t.Errorf("candidates for %q: got %q, want %q", line, got, want)
		}
	}
}

func TestHistory(t *testing.T) {
	h := &history{}
	for i := range maxHistory + 5 {
		h.Add(fmt.Sprint("line ", i))
		h.Add(fmt.Sprint("line ", i)) // not twice
		h.Add(" ")
	}
	if h.Len() != maxHistory || h.At(0) != fmt.Sprint("line ", maxHistory+4) || h.At(maxHistory-1) != "line 5" {
		t.Errorf("%d lines from %q to %q", h.Len(), h.At(maxHistory-1), h.At(0))
	}
	file := filepath.Join(t.TempDir(), "history")
	h.save(file)
	again := &history{}
	again.load(file)
	if strings.Join(again.lines, "\n") != strings.Join(h.lines, "\n") {
		t.Errorf("%d lines after save and load, want %d", again.Len(), h.Len())
	}
	missing := &history{}
	missing.load(filepath.Join(t.TempDir(), "nope"))
	if missing.Len() != 0 {
		t.Errorf("%d lines of no file", missing.Len())
	}
}

func TestHistoryOfLibedit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(file, []byte("_HiStOrY_V2_\nstatus\r\npid"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := &history{}
	h.load(file)
	if h.Len() != 2 || h.At(1) != "status" || h.At(0) != "pid" {
		t.Errorf("read %q", h.lines)
	}
}
