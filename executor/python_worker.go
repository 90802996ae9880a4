package executor

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

const (
	pythonLogTail = 4 << 10         // bytes of a worker's log that the error of its end quotes
	pythonRest    = 5 * time.Second // after the end of a worker, for answers that others who hold its pipe keep open
)

// pythonWorker is one process, from its start to its end.
type pythonWorker struct {
	pool *Python
	// These are guarded by the mu of pool.
	load  int  // calls that it has
	taken int  // calls that it ever had
	ready bool // it has said hello

	wrote   int // bytes of requests; of the goroutine that writes them
	log     pythonLog
	greeted chan struct{} // closed when it has said hello
	wake    chan struct{} // there is something in queue
	over    chan struct{} // closed when the process has ended

	mu      sync.Mutex
	child   proc.Child // nil: it is not started
	calls   map[int64]*pythonCall
	queue   []pythonMessage
	ending  *time.Timer // kills it; nil: it is not to end
	killed  string      // why; "": not by us
	failure error       // what its calls fail with; nil: it lives
}

// pythonMessage is a line on its way to a worker.
type pythonMessage struct {
	line []byte
	call *pythonCall // that it asks for; nil: it asks for something else
}

func newPythonWorker(p *Python) *pythonWorker {
	return &pythonWorker{
		pool:    p,
		log:     pythonLog{tail: output.Tail{Keep: pythonLogTail}},
		greeted: make(chan struct{}),
		wake:    make(chan struct{}, 1),
		over:    make(chan struct{}),
		calls:   make(map[int64]*pythonCall),
	}
}

// live is the process's whole life. All else that the worker does is done by
// goroutines that live waits for.
func (w *pythonWorker) live() {
	requests, answers, err := w.start()
	if err != nil {
		w.pool.gone(w)
		w.fail(fmt.Errorf("start Python worker: %w", err), 0)
		return
	}
	var tasks sync.WaitGroup
	tasks.Go(func() { w.write(requests) })
	tasks.Go(func() { w.read(answers) })
	tasks.Go(w.readLog)
	<-w.child.Done()
	close(w.over)
	// What the two return says that the pipes cannot be waited for, and then
	// nobody waits.
	_ = answers.SetReadDeadline(time.Now().Add(pythonRest))
	_ = requests.SetWriteDeadline(time.Unix(1, 0))
	tasks.Wait()
	// A request that was not read to its end was not begun with.
	read := w.wrote
	if n, err := unread(requests); err == nil {
		read -= n
	}
	for _, closer := range []io.Closer{requests, answers, w.child.Stdout()} {
		_ = closer.Close() // nothing can be lost in it any more
	}
	w.pool.gone(w)
	reason := w.reason()
	w.pool.logLine(fmt.Appendf(nil, "python worker %d has ended (%v)\n", w.child.PID(), w.child.Exit()))
	w.fail(reason, read)
}

// start makes the process and returns our ends of its pipes.
func (w *pythonWorker) start() (requests, answers *os.File, err error) {
	o := &w.pool.options
	path, err := find(o.Python, o.Directory, o.Environment)
	if err != nil {
		return nil, nil, err
	}
	files := make([]*os.File, 0, 5)
	defer func() {
		for i, f := range files {
			if err != nil || i < 3 {
				_ = f.Close() // it was read or written by nobody here
			}
		}
	}()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, nil, err
	}
	files = append(files, null)
	theirRequests, requests, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	files = append(files, theirRequests)
	answers, theirAnswers, err := os.Pipe()
	if err != nil {
		return nil, nil, errors.Join(err, requests.Close())
	}
	files = append(files, theirAnswers, requests, answers)
	command := proc.Command{
		Path: path, Args: []string{o.Python, "-c", pythonLoader, fmt.Sprint(o.Concurrency)},
		Env: environ(o.Environment, nil), Dir: o.Directory, User: o.User, Umask: -1,
		Stdin: null, Files: []*os.File{theirRequests, theirAnswers}, RedirectStderr: true,
	}
	if o.Umask != nil {
		command.Umask = *o.Umask
	}
	child, err := o.Starter.Start(command)
	if err != nil {
		return nil, nil, err
	}
	w.mu.Lock()
	w.child = child
	killed := w.killed
	w.mu.Unlock()
	if killed != "" {
		w.kill(killed)
	}
	return requests, answers, nil
}

// call hands c to the worker. It is done when the worker has answered or
// ended.
func (w *pythonWorker) call(c *pythonCall) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure != nil {
		c.failure = w.failure
		w.finish(c)
		return
	}
	w.calls[c.id] = c
	w.send(pythonMessage{c.request, c})
}

// cancel tells the worker that c is to end, and why. It is false when c has
// ended.
func (w *pythonWorker) cancel(c *pythonCall, why error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.finished {
		return false
	}
	c.wish = why
	i := slices.IndexFunc(w.queue, func(m pythonMessage) bool { return m.call == c })
	if i >= 0 { // it was not even begun
		w.queue = slices.Delete(w.queue, i, i+1)
		w.finish(c)
		return true
	}
	w.tell(pythonRequest{Type: "cancel", ID: c.id})
	return true
}

// end lets the worker end after the calls that it has.
func (w *pythonWorker) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ending != nil || w.failure != nil {
		return
	}
	wait := w.pool.options.StopWait
	w.ending = time.AfterFunc(wait, func() { w.kill(fmt.Sprintf("it did not end within %v", wait)) })
	w.tell(pythonRequest{Type: "end"})
}

// tell queues a request that has nothing in it that could not be encoded.
func (w *pythonWorker) tell(r pythonRequest) {
	line, err := r.line()
	if err != nil {
		panic(err)
	}
	w.send(pythonMessage{line: line})
}

// send queues m. The lock is held.
func (w *pythonWorker) send(m pythonMessage) {
	w.queue = append(w.queue, m)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// finish says that c has ended. The lock is held.
func (w *pythonWorker) finish(c *pythonCall) {
	delete(w.calls, c.id)
	c.finished = true
	close(c.done)
}

// kill ends the worker's group at once.
func (w *pythonWorker) kill(why string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.killed == "" {
		w.killed = why
	}
	if w.child != nil {
		_ = w.child.Signal(syscall.SIGKILL, true) // it may have gone
	}
}

// fail ends all calls that are left. The worker has read so many bytes of
// requests.
func (w *pythonWorker) fail(err error, read int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failure = err
	if w.ending != nil {
		w.ending.Stop()
	}
	for _, c := range w.calls {
		c.failure, c.begun = err, c.sent > 0 && c.sent <= read
		w.finish(c)
	}
}

// reason says how the process ended, and leaves nothing of its group unless it
// ended as it was told to.
func (w *pythonWorker) reason() error {
	exit := w.child.Exit()
	w.mu.Lock()
	killed, told := w.killed, w.ending != nil
	w.mu.Unlock()
	if !told || exit.Code != 0 {
		_ = w.child.SignalGroup(syscall.SIGKILL) // there may be nothing
	}
	e := new(PythonError)
	e.Text = fmt.Sprintf("start Python worker %s: %v", w.pool.options.Python, exit)
	if isClosed(w.greeted) {
		e.Text = fmt.Sprintf("the Python worker (pid %d) has gone (%v) while this was under way", w.child.PID(), exit)
	}
	last := lastLine(&w.log.tail)
	switch {
	case killed != "":
		e.Text = fmt.Sprintf("the Python worker (pid %d) was killed: %s", w.child.PID(), killed)
	case last != "":
		e.Text += ": " + last
	}
	log, _ := w.log.tail.Text(pythonLogTail)
	if log = strings.TrimSpace(log); log != last {
		e.Detail = log
	}
	return e
}
