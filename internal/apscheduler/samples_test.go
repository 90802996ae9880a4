package apscheduler_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler/apschedulertest"
)

// sample is a line of testdata/samples.jsonl: a job as APScheduler 3.9.1 or
// 3.11.2 has stored it in Redis.
type sample struct {
	Set   string // version and protocol of the pickle
	Label string
	ID    string
	Score *string // in the sorted set; nil: paused
	State string  // hexadecimal
}

func (s sample) record(tb testing.TB) apscheduler.Record {
	tb.Helper()
	state, err := hex.DecodeString(s.State)
	if err != nil {
		tb.Fatal(err)
	}
	r := apscheduler.Record{ID: s.ID, State: state}
	if s.Score != nil {
		score, err := strconv.ParseFloat(*s.Score, 64)
		if err != nil {
			tb.Fatal(err)
		}
		r.Due = time.UnixMicro(int64(score * 1e6)).UTC()
	}
	return r
}

func samples(tb testing.TB) []sample {
	tb.Helper()
	data, err := os.ReadFile("testdata/samples.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	var all []sample
	for line := range bytes.Lines(data) {
		var s sample
		if err := json.Unmarshal(line, &s); err != nil {
			tb.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

// now is when the tests convert.
func now() time.Time { return time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC) }

// TestSamples: each sample becomes what testdata/samples.txt says, whatever the
// protocol it was written with.
func TestSamples(t *testing.T) {
	var got strings.Builder
	all := samples(t)
	if len(all) != 29 {
		t.Fatalf("%d samples, want 29", len(all))
	}
	for _, s := range all {
		fmt.Fprintf(&got, "%s %s\n%s\n", s.Set, s.Label, apschedulertest.Text(apscheduler.Convert(s.record(t), apscheduler.Options{Now: now()})))
	}
	want, err := os.ReadFile("testdata/samples.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
