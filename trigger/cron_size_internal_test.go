package trigger

import (
	"testing"
	"unsafe"
)

// A store in memory keeps a job within 400 bytes, its trigger included.
func TestCronIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(cron{}); size > 144 {
		t.Errorf("a cron trigger has %d bytes, want at most 144", size)
	}
}
