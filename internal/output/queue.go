package output

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// device is one place that Devices know: a queue, and a goroutine that writes
// it out while there is something in it.
//
// A reader that is slow slows down those who can wait. One that takes nothing
// for stallAfter holds up nobody any more: what there is no room for is dropped
// and counted, until it takes something again.
type device struct {
	home  *Devices
	key   identity
	users int // guarded by home.mu
	name  string
	to    io.WriteCloser // written to by the one writer

	mu      sync.Mutex    // guards what follows; never held while to may block
	queue   []byte        // whole lines
	spare   []byte        // a buffer to reuse
	flying  int           // bytes that the writer has taken and not written yet
	writing bool          // there is a writer
	moved   time.Time     // when a byte was last taken, or the writer began
	stalled bool          // the reader has taken nothing for too long
	failing bool          // the last write failed
	untold  loss          // since append last told
	change  chan struct{} // closed at the next change; nil while nobody waits
}

// loss is what could not be written, and why.
type loss struct {
	bytes int64
	err   error
	// doubt: nothing of it is known to be over, though there may be no bytes
	// to tell of since.
	doubt bool
}

// append queues p, which is whole lines and stays in one piece. While a reader
// is at work it waits for room until given is closed; nil does not wait, and
// may use the reserve. It returns what has been lost since the last call by
// anybody, p included.
func (d *device) append(p []byte, given <-chan struct{}) loss {
	if len(p) == 0 {
		return loss{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	most := queueMost
	if given == nil {
		most += queueReserve
	} else {
		d.await(len(p), given)
	}
	if d.hasRoom(len(p), most) {
		d.enqueue(p)
	} else {
		d.untold.bytes += int64(len(p))
		d.untold.err = errStalled
	}
	return d.telling()
}

// tell returns what has been lost since it was last told.
func (d *device) tell() loss {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.telling()
}

func (d *device) telling() loss {
	lost := d.untold
	d.untold = loss{}
	lost.doubt = d.failing || d.stalled
	return lost
}

// hasRoom reports whether n more bytes may be queued; those that are more than
// the whole queue may when it is empty.
func (d *device) hasRoom(n, most int) bool {
	waiting := len(d.queue) + d.flying
	return waiting == 0 || waiting+n <= most
}

// await waits for room for n bytes for as long as there is a reader at work.
func (d *device) await(n int, given <-chan struct{}) {
	for !d.hasRoom(n, queueMost) && !d.stalled {
		patience := time.Until(d.moved.Add(stallAfter))
		if patience <= 0 {
			d.stalled = true
			return
		}
		if !d.waitForChange(patience, given) {
			return
		}
	}
}

// waitForChange lets go of the lock until something changes or the time is
// over; false when given is closed.
func (d *device) waitForChange(patience time.Duration, given <-chan struct{}) bool {
	if d.change == nil {
		d.change = make(chan struct{})
	}
	change := d.change
	d.mu.Unlock()
	defer d.mu.Lock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-change:
	case <-timer.C:
	case <-given:
		return false
	}
	return true
}

func (d *device) changed() {
	if d.change != nil {
		close(d.change)
		d.change = nil
	}
}

func (d *device) enqueue(p []byte) {
	if d.queue == nil {
		d.queue, d.spare = d.spare[:0], nil
	}
	d.queue = append(d.queue, p...)
	if !d.writing {
		d.writing, d.moved = true, time.Now()
		go d.write() // ends with the queue; Devices.Flush waits for it
	}
}

// write writes out the queue until it is empty.
func (d *device) write() {
	for {
		batch := d.take()
		if batch == nil {
			d.home.idle(d)
			return
		}
		for rest := batch; len(rest) > 0; {
			n, err := d.to.Write(piece(rest))
			rest = rest[n:]
			d.wrote(n, err)
			if err != nil {
				break
			}
		}
		d.giveBack(batch)
	}
}

// take takes all that is queued; nil ends the writer.
func (d *device) take() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	batch := d.queue
	d.queue, d.flying = nil, len(batch)
	if len(batch) == 0 {
		d.writing, d.stalled = false, false
		d.changed()
		return nil
	}
	return batch
}

// wrote takes note of n bytes that were taken, and of a failure, which costs
// what was to follow them.
func (d *device) wrote(n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.flying -= n
	d.failing = err != nil
	if n > 0 {
		d.moved, d.stalled = time.Now(), false
	}
	if err != nil {
		d.untold.bytes += int64(d.flying)
		d.untold.err = cause(err)
		d.flying = 0
	}
	d.changed()
}

func (d *device) giveBack(batch []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if cap(batch) <= keptQueue {
		d.spare = batch[:0]
	}
}

// busy reports whether there is something to write.
func (d *device) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writing
}

// flush waits until the queue is empty, or nothing has been taken for
// flushPatience. It returns how many bytes are left.
func (d *device) flush() (left int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.writing && !d.stalled {
		patience := time.Until(d.moved.Add(flushPatience))
		if patience <= 0 {
			break
		}
		d.waitForChange(patience, nil)
	}
	return len(d.queue) + d.flying
}

// piece is the beginning of p that is written at once: as many whole lines as
// fit into pieceMost, and one at least.
func piece(p []byte) []byte {
	if len(p) <= pieceMost {
		return p
	}
	end := bytes.LastIndexByte(p[:pieceMost], '\n')
	if end < 0 {
		end = bytes.IndexByte(p, '\n')
	}
	if end < 0 {
		return p
	}
	return p[:end+1]
}
