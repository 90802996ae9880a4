package supervise

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// As many connections may wait as the option says, or else as the system allows.
func TestTheBacklogOfASocket(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/net/core/somaxconn")
	if err != nil {
		t.Fatal(err)
	}
	most, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for backlog, want := range map[int]int{0: most, 5: 5, 65535: min(most, 65535)} {
		file := mustOpen(t, &SocketSpec{URL: fmt.Sprintf("tcp://127.0.0.1:%d", freePort(t, "tcp4", "127.0.0.1")), Backlog: backlog})
		info, err := unix.GetsockoptTCPInfo(fdOf(t, file), unix.IPPROTO_TCP, unix.TCP_INFO)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(info.Sacked); got != want { // of a socket that listens it is that
			t.Errorf("with socket_backlog=%d, %d connections may wait, want %d", backlog, got, want)
		}
	}
}
