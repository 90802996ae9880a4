package executor

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
)

// The protocol between us and a worker; docs/python-workers.md describes it
// for those who read a trace of it.
//
// A worker is started with two pipes: 3, which it reads requests from, and 4,
// which it writes answers to. First comes its program, behind a line with its
// length. The worker says hello, and only then requests follow: one JSON
// object a line in both directions, "type" and "id" first.
const (
	pythonProtocol = 1
	pythonLine     = 256 << 20 // bytes that an answer may have
)

// The worker's program: one module in two files.
var (
	//go:embed python/values.py
	pythonValues string
	//go:embed python/worker.py
	pythonMain string
)

// pythonLoader runs the program that comes on descriptor 3. It is short, as
// people see it in lists of processes.
const pythonLoader = `import os,sys,types;` +
	`sys.version_info<(3,8) and sys.exit("Python 3.8 or newer is needed, this is %d.%d"%sys.version_info[:2]);` +
	`os.set_blocking(3,True);f=open(3,"rb",closefd=False);m=types.ModuleType("watchkeeper_worker");` +
	`exec(compile(f.read(int(f.readline())),"<watchkeeper worker>","exec"),m.__dict__);m.main(int(sys.argv[1]))`

// pythonRequest is what we tell a worker: call, cancel, end.
type pythonRequest struct {
	Type   string                     `json:"type"`
	ID     int64                      `json:"id,omitempty"`
	Func   string                     `json:"func,omitempty"`
	Args   []json.RawMessage          `json:"args,omitempty"`
	Kwargs map[string]json.RawMessage `json:"kwargs,omitempty"`
	Event  *PythonEvent               `json:"event,omitempty"` // instead of arguments
	Keep   int                        `json:"keep,omitempty"`  // bytes of the value
	Run    *pythonRun                 `json:"run,omitempty"`
}

// pythonRun is what a function can learn of its run.
type pythonRun struct {
	Job       string `json:"job"`
	Run       string `json:"run"`
	Scheduled string `json:"scheduled"` // RFC 3339
	Attempt   int    `json:"attempt"`
	Token     int64  `json:"token"`
	Node      string `json:"node"`
}

// line is r as it is sent.
func (r pythonRequest) line() ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode arguments: %w", err)
	}
	return append(data, '\n'), nil
}

// pythonAnswer is what a worker tells us: hello, output, where, result, error,
// leaving.
type pythonAnswer struct {
	Type string `json:"type"`
	ID   int64  `json:"id"`

	Protocol int    `json:"protocol"` // of hello
	Python   string `json:"python"`
	PID      int    `json:"pid"`

	Text string `json:"text"` // of output

	Value json.RawMessage `json:"value"` // of result
	Repr  string          `json:"repr"`
	Why   string          `json:"why"`

	Error  string `json:"error"`  // of error
	Detail string `json:"detail"` // of error and where

	RSS int64 `json:"rss"` // of result and error: the bytes that are resident; 0: unknown
}

// readPython hands each answer that comes from r to use, until the end.
func readPython(r io.Reader, use func(pythonAnswer) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), pythonLine)
	for lines.Scan() {
		var a pythonAnswer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			return fmt.Errorf("read answer %.60q: %w", lines.Bytes(), err)
		}
		if err := use(a); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read answers: %w", err)
	}
	return nil
}
