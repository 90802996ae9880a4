package output

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// reader stands for whoever reads from a device. It takes what is written
// while it is open, each piece after a pause, and else blocks.
type reader struct {
	pause time.Duration
	open  chan struct{} // closed: it reads

	mu     sync.Mutex
	got    bytes.Buffer
	pieces int
	fails  error
}

func (r *reader) Write(p []byte) (int, error) {
	<-r.open
	time.Sleep(r.pause)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fails != nil {
		return 0, r.fails
	}
	r.pieces++
	return r.got.Write(p)
}

func (r *reader) Close() error { return nil }

func (r *reader) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fails = err
}

func newDevice(to io.WriteCloser) *device {
	home := new(Devices)
	d := &device{home: home, users: 1, name: "stdout", to: to}
	home.open = map[identity]*device{d.key: d}
	return d
}

func reading(pause time.Duration) *reader {
	r := &reader{pause: pause, open: make(chan struct{})}
	close(r.open)
	return r
}

const longLine = 32 << 10

func line(c byte) []byte { return append(bytes.Repeat([]byte{c}, longLine-1), '\n') }

func TestSlowReaderGetsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reading(900 * time.Millisecond)
		d := newDevice(r)
		never := make(chan struct{})
		var want bytes.Buffer
		begun := time.Now()
		for i := range 100 {
			p := line(byte('a' + i%26))
			want.Write(p)
			if lost := d.append(p, never); lost.bytes > 0 {
				t.Fatalf("lost %d bytes: %v", lost.bytes, lost.err)
			}
		}
		if waited := time.Since(begun); waited < 80*time.Second {
			t.Errorf("who writes waited %v, so memory has no bound", waited)
		}
		if err := d.home.Flush(); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(r.got.Bytes(), want.Bytes()) {
			t.Errorf("%d bytes arrived, want %d in order", r.got.Len(), want.Len())
		}
		if r.pieces != 100 {
			t.Errorf("100 lines came in %d pieces", r.pieces)
		}
	})
}

func TestBlockedReaderHoldsUpNobodyForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{open: make(chan struct{})}
		d := newDevice(r)
		never := make(chan struct{})
		begun := time.Now()
		var lost int64
		for range 1000 {
			lost += d.append(line('x'), never).bytes
		}
		if waited := time.Since(begun); waited != stallAfter {
			t.Errorf("who writes waited %v in all, want %v", waited, stallAfter)
		}
		kept := int64(1000*longLine) - lost
		if kept > queueMost {
			t.Errorf("%d bytes are kept, more than %d", kept, queueMost)
		}
		close(r.open)
		synctest.Wait()
		if got := d.append([]byte("after\n"), never); got.bytes != 0 || got.doubt {
			t.Errorf("when the reader is back %+v is lost", got)
		}
		synctest.Wait()
		if got := int64(r.got.Len()); got != kept+int64(len("after\n")) {
			t.Errorf("%d bytes arrived, want the %d that were kept, and the last line", got, kept)
		}
		if !strings.HasSuffix(r.got.String(), "x\nafter\n") {
			t.Error("what arrived does not end in whole lines")
		}
	})
}

func TestWhoCannotWaitHasAReserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{open: make(chan struct{})}
		d := newDevice(r)
		never := make(chan struct{})
		for range queueMost / longLine {
			d.append(line('x'), never)
		}
		begun, taken := time.Now(), 0
		for range queueReserve/8 + 10 {
			if d.append([]byte("urgent.\n"), nil).bytes == 0 {
				taken++
			}
		}
		if taken != queueReserve/8 {
			t.Errorf("%d lines fit into the reserve, want %d", taken, queueReserve/8)
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("it took %v", waited)
		}
		close(r.open)
	})
}

func TestWaitEndsWithItsFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{open: make(chan struct{})}
		d := newDevice(r)
		given := make(chan struct{})
		done := make(chan int64)
		go func() {
			var lost int64
			for range 20 {
				lost += d.append(line('x'), given).bytes
			}
			done <- lost
		}()
		synctest.Wait()
		begun := time.Now()
		close(given)
		if lost := <-done; lost == 0 || time.Since(begun) != 0 {
			t.Errorf("%d bytes were given up after %v, want some at once", lost, time.Since(begun))
		}
		close(r.open)
	})
}

func TestFlushGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &reader{open: make(chan struct{})}
		d := newDevice(r)
		d.append([]byte("kept\n"), nil)
		begun := time.Now()
		err := d.home.Flush()
		if err == nil || err.Error() != "stdout: 5 bytes were not taken in time" {
			t.Errorf("flush: %v", err)
		}
		if waited := time.Since(begun); waited != flushPatience {
			t.Errorf("it waited %v, want %v", waited, flushPatience)
		}
		close(r.open)
	})
}

// Failures are told to whoever comes next, and no recovery before there is one.
func TestFailingDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := reading(0)
		r.fail(syscall.EPIPE)
		d := newDevice(r)
		write := func(text string) loss {
			l := d.append([]byte(text), nil)
			synctest.Wait()
			return l
		}
		if l := write("a\n"); l.bytes != 0 || l.doubt {
			t.Errorf("nothing has failed yet: %+v", l)
		}
		if l := write("bcd\n"); l.bytes != 2 || !errors.Is(l.err, syscall.EPIPE) {
			t.Errorf("the first failure is %+v", l)
		}
		r.fail(nil)
		if l := write("e\n"); l.bytes != 4 || !l.doubt {
			t.Errorf("the second failure is %+v", l)
		}
		if l := write("f\n"); l.bytes != 0 || l.doubt {
			t.Errorf("it works again, but says %+v", l)
		}
		if got := r.got.String(); got != "e\nf\n" {
			t.Errorf("%q arrived", got)
		}
	})
}

func TestPiecesEndWithLines(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{"short\n", 6},
		{strings.Repeat("x", pieceMost-3) + "\nyyyy\n", pieceMost - 2},
		{strings.Repeat("x", 2*pieceMost) + "\nyyyy\n", 2*pieceMost + 1},
		{strings.Repeat("ab\n", pieceMost), pieceMost / 3 * 3},
	} {
		if got := len(piece([]byte(c.text))); got != c.want {
			t.Errorf("a piece of %d bytes has %d, want %d", len(c.text), got, c.want)
		}
	}
}
