package rpc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// logReader reads the log of cat after putting content into it.
func logReader(t *testing.T, content string) func(method string, params ...any) any {
	t.Helper()
	dir := t.TempDir()
	writeConf(t, dir, []byte(catProgram))
	d := servicetest.New(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "cat.log"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	p := ours{rpc.Handler(d.Service, rpc.Options{Supervisor: true})}
	return func(method string, params ...any) any {
		t.Helper()
		request, err := xmlrpc.AppendCall(nil, method, params...)
		if err != nil {
			t.Fatal(err)
		}
		value, err := xmlrpc.DecodeResponse(p.post(t, request))
		if err != nil {
			t.Fatalf("%s%v: %v", method, params, err)
		}
		return value
	}
}

func TestAChineseLogIsReadableFromEveryByte(t *testing.T) {
	const line = "2026-11-22 进程已启动，等待连接 ✓\n"
	const log = line + line + "最后一行\n"
	read := logReader(t, log)
	for offset := range len(line) + 1 {
		wantCut(t, log[offset:], read("supervisor.readProcessStdoutLog", "cat", offset, 0))
		if offset > 0 {
			wantCut(t, log[len(log)-offset:], read("supervisor.readProcessStdoutLog", "cat", -offset, 0))
		}
		for length := 1; length <= 12; length++ {
			wantCut(t, log[offset:offset+length], read("supervisor.readProcessStdoutLog", "cat", offset, length))
		}
		tail := read("supervisor.tailProcessStdoutLog", "cat", 0, offset).([]any)
		wantCut(t, log[len(log)-offset:], tail[0])
		if tail[1] != len(log) || tail[2] != true {
			t.Errorf("the last %d bytes: offset %v and overflow %v, want %d and true", offset, tail[1], tail[2], len(log))
		}
	}
}

// wantCut wants got to be the characters of window that are whole.
func wantCut(t *testing.T, window string, got any) {
	t.Helper()
	for !utf8.RuneStart((window + "a")[0]) {
		window = window[1:]
	}
	for window != "" {
		r, size := utf8.DecodeLastRuneInString(window)
		if r != utf8.RuneError || size > 1 {
			break
		}
		window = window[:len(window)-1]
	}
	if got != window {
		t.Errorf("got %q, want %q", got, window)
	}
}

func TestALogThatIsNotUTF8IsShown(t *testing.T) {
	var every strings.Builder
	for b := range 256 {
		every.WriteByte(byte(b))
	}
	for _, c := range []struct{ name, log, want string }{
		{"GBK", "\xc6\xf4\xb6\xaf ok\n", "\uFFFD\uFFFD\uFFFD\uFFFD ok\n"},
		{"an escape sequence", "\x1b[31mred\x1b[0m\n", "\uFFFD[31mred\uFFFD[0m\n"},
		{"zero bytes", "a\x00b\n", "a\uFFFDb\n"},
		{"markup", "<a>&amp;]]></a>\r\n", "<a>&amp;]]></a>\n"}, // a reader of XML makes \n of \r\n
	} {
		t.Run(c.name, func(t *testing.T) {
			read := logReader(t, c.log)
			if got := read("supervisor.readProcessStdoutLog", "cat", 0, 0); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("every byte, from every offset", func(t *testing.T) {
		read := logReader(t, every.String()+every.String())
		for offset := range every.Len() {
			text := read("supervisor.readProcessStdoutLog", "cat", offset, 100).(string)
			if !utf8.ValidString(text) || text == "" {
				t.Errorf("offset %d: %q", offset, text)
			}
		}
	})
}
