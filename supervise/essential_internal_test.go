package supervise

import (
	"syscall"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestCodeOf(t *testing.T) {
	for _, c := range []struct {
		exit proc.Exit
		want int
	}{{proc.Exit{}, 0}, {proc.Exit{Code: 255}, 255}, {proc.Exit{Code: -1, Signal: syscall.SIGTERM}, 143}} {
		if got := codeOf(c.exit); got != c.want {
			t.Errorf("%v is %d, want %d", c.exit, got, c.want)
		}
	}
}
