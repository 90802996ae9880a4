package proc_test

import (
	"os"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
)

func TestUsageOf(t *testing.T) {
	if u, ok := proc.UsageOf(os.Getpid()); !ok || u.Memory < 1<<20 {
		t.Errorf("we take %+v, %v", u, ok)
	}
	if u, ok := proc.UsageOf(1 << 30); ok {
		t.Errorf("a process that is none takes %+v", u)
	}
}
