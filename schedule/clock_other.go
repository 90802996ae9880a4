//go:build !linux

package schedule

import (
	"context"
	"time"
)

// canWatchClock says whether this system tells of steps of its clock.
const canWatchClock = false

func machineClock() func() time.Duration { return monotonic() }

// watchClock is not called where the system tells nothing.
func watchClock(ctx context.Context, stepped func()) { lookEachMinute(ctx, time.Now, stepped) }
