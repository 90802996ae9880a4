package proc

import (
	"os"
	"strconv"
	"time"
)

// tick is the unit of times in /proc, 1/USER_HZ, the same on every platform of
// ours.
const tick = time.Second / 100

// UsageOf tells what a process takes; ok is false when there is no such process,
// or when the system does not tell.
func UsageOf(pid int) (u Usage, ok bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return Usage{}, false
	}
	_, fields := statFields(data)
	if len(fields) <= 24-third {
		return Usage{}, false
	}
	var values [3]int64
	for i, at := range []int{14, 15, 24} { // utime, stime, rss in pages
		if values[i], err = strconv.ParseInt(string(fields[at-third]), 10, 64); err != nil {
			return Usage{}, false
		}
	}
	return Usage{CPU: time.Duration(values[0]+values[1]) * tick, Memory: values[2] * int64(os.Getpagesize())}, true
}
