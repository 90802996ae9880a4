package proc

import "time"

// Usage is what one process takes, without its children.
type Usage struct {
	CPU    time.Duration // user and system, since it was started
	Memory int64         // bytes that are resident
}
