package metrics

import (
	"bytes"
	"os"
	"strconv"
)

// use is what a process takes.
type use struct {
	cpu    float64 // seconds
	memory float64 // bytes
}

// ticks are those of a second in /proc, USER_HZ, the same on every platform of
// ours.
const ticks = 100

// usageOf reads /proc/<pid>/stat; false when there is no such process.
func usageOf(pid int) (use, bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return use{}, false
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	const third = 3 // fields[0] is the third of proc(5)
	if len(fields) <= 24-third {
		return use{}, false
	}
	var values [3]float64
	for i, at := range []int{14, 15, 24} { // utime, stime, rss in pages
		if values[i], err = strconv.ParseFloat(string(fields[at-third]), 64); err != nil {
			return use{}, false
		}
	}
	return use{cpu: (values[0] + values[1]) / ticks, memory: values[2] * float64(os.Getpagesize())}, true
}
