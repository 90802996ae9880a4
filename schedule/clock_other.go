//go:build !linux

package schedule

import (
	"context"
	"time"
)

// canWatchClock says whether this system reports steps of its clock.
const canWatchClock = false

func machineClock() func() time.Duration { return monotonic() }

// watchClock waits for ctx: the loops look at the clock each minute.
func watchClock(ctx context.Context, stepped func()) { <-ctx.Done() }
