package redis

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/job"
)

func TestMessagePack(t *testing.T) {
	var e encoder
	numbers := []int64{0, 1, 127, 128, 255, -1, -33, math.MaxInt32 + 1, 1 << 53, math.MinInt64}
	texts := []string{"", "x", strings.Repeat("y", 31), strings.Repeat("z", 32), strings.Repeat("a", 255), strings.Repeat("b", 256), strings.Repeat("c", 70_000)}
	e.list(len(numbers))
	for _, n := range numbers {
		e.int(n)
	}
	e.list(len(texts))
	for _, s := range texts {
		e.packed(func(e *encoder) { e.str(s) })
	}
	e.bool(true)
	e.bool(false)
	d := decoder{data: string(e.buf)}
	var gotNumbers []int64
	for range d.list() {
		gotNumbers = append(gotNumbers, d.int())
	}
	var gotTexts []string
	for range d.list() {
		inner := decoder{data: d.str()}
		gotTexts = append(gotTexts, inner.str())
	}
	if diff := cmp.Diff(numbers, gotNumbers) + cmp.Diff(texts, gotTexts); diff != "" || !d.bool() || d.bool() || d.fail != nil || d.data != "" {
		t.Errorf("%v, %d bytes left, (-want +got):\n%s", d.fail, len(d.data), diff)
	}
}

// TestLongList: as many elements as need each width of a count.
func TestLongList(t *testing.T) {
	for _, n := range []int{15, 16, math.MaxUint16, math.MaxUint16 + 1} {
		var e encoder
		e.list(n)
		for range n {
			e.int(1)
		}
		d := decoder{data: string(e.buf)}
		got := d.list()
		for range got {
			d.int()
		}
		if got != n || d.fail != nil || d.data != "" {
			t.Errorf("a list of %d: got %d, %v", n, got, d.fail)
		}
	}
}

func TestSecondsOfTheSortedSet(t *testing.T) {
	for us, want := range map[int64]string{
		1_893_456_000_250_000: "1893456000.250000", 1: "0.000001", 1_000_000: "1.000000", -1_500_000: "-1.500000",
	} {
		var e encoder
		e.seconds(time.UnixMicro(us))
		d := decoder{data: string(e.buf)}
		if got := d.str(); got != want {
			t.Errorf("%d us: got %s, want %s", us, got, want)
		}
	}
}

// FuzzDecodeRun: no row, however damaged, makes more of us than an error.
func FuzzDecodeRun(f *testing.F) {
	var e encoder
	e.run(&job.Run{
		Job: "j", Slot: time.UnixMicro(1), Skipped: job.Skipped{Count: 2}, Work: job.Work{Executor: "x"},
		Attempts: []job.Attempt{{Number: 1, Error: "e"}}, Outcome: job.Outcome{Kind: job.Failed, Result: []byte("1")},
	}, "work")
	e.longInt(7)
	f.Add(string(e.buf))
	f.Add("\xdd\xff\xff\xff\xff")
	f.Fuzz(func(t *testing.T, row string) {
		r, work, err := decodeRun("id", row)
		if err == nil && (r.ID != "id" || len(work) > len(row)) {
			t.Errorf("got %+v, %q of %q", r, work, row)
		}
	})
}
