package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startedAt is the variable by which BenchmarkStart tells a child when it was
// started.
const startedAt = "WATCHKEEPER_TEST_STARTED_AT"

// TestMain comes where main does, and as late: a test links what the product
// links, and package testing beside it.
func TestMain(m *testing.M) {
	now := monotonic()
	at, child := os.LookupEnv(startedAt)
	if !child {
		os.Exit(m.Run())
	}
	before, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(now - before)
}

// monotonic is a time in nanoseconds that all processes share.
func monotonic() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}

// BenchmarkStart is from just before the fork to main: mostly pages that are
// touched for the first time, by the runtime and by packages that prepare their
// tables before main. ns/op is that and the rest of the child's life.
func BenchmarkStart(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	var took []time.Duration
	for b.Loop() {
		c := exec.Command(self)
		c.Env = []string{startedAt + "=" + strconv.FormatInt(monotonic(), 10)}
		c.Stderr = os.Stderr
		out, err := c.Output()
		if err != nil {
			b.Fatal(err)
		}
		ns, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Duration(ns))
	}
	slices.Sort(took)
	b.ReportMetric(took[0].Seconds()*1000, "ms/fastest")
	b.ReportMetric(took[len(took)/2].Seconds()*1000, "ms/median")
}
