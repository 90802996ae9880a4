package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

// TestOldServerIsRefused in one line, before anything is asked of it.
func TestOldServerIsRefused(t *testing.T) {
	dir, err := os.MkdirTemp("", "redis") // the path of a socket has some 100 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	socket := filepath.Join(dir, "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answerAsRedis4(c)
		}
	}()
	_, err = redis.Open(t.Context(), redis.Options{Addr: socket})
	if err == nil || !strings.Contains(err.Error(), `Redis "4.0.14"`) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one line that names the version", err)
	}
}

// answerAsRedis4 knows INFO only.
func answerAsRedis4(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	for {
		var n int
		if _, err := fmt.Fscanf(r, "*%d\r\n", &n); err != nil {
			return
		}
		var words []string
		for range n {
			var size int
			if _, err := fmt.Fscanf(r, "$%d\r\n", &size); err != nil {
				return
			}
			word := make([]byte, size+2)
			if _, err := io.ReadFull(r, word); err != nil {
				return
			}
			words = append(words, string(word[:size]))
		}
		answer := "-ERR unknown command\r\n"
		if strings.EqualFold(words[0], "info") {
			const info = "# Server\r\nredis_version:4.0.14\r\n"
			answer = fmt.Sprintf("$%d\r\n%s\r\n", len(info), info)
		}
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}
