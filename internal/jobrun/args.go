package jobrun

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/runlog"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Base is what the runs of an Executor have in common.
type Base struct {
	Environment []supervise.Var // over that of the daemon, under that of the job
	ServerURL   string          // SUPERVISOR_SERVER_URL; "" leaves it unset
	StripANSI   bool
	Syslog      output.LineWriter
}

// Args are the arguments of a job, all of them optional: those of
// executor.Command, and what [program:x] knows besides.
type Args struct {
	executor.CommandArgs

	StopAsGroup *bool    `json:"stop_as_group,omitempty"` // none: true
	KillAsGroup *bool    `json:"kill_as_group,omitempty"` // none: as StopAsGroup
	Orphans     string   `json:"orphans,omitempty"`       // of a run that ends by itself: keep, stop or kill
	Apart       bool     `json:"apart,omitempty"`         // standard error has a pipe of its own (redirect_stderr=false)
	Stdout      *LogArgs `json:"stdout,omitempty"`        // besides the slice
	Stderr      *LogArgs `json:"stderr,omitempty"`        // of standard error, if that is Apart
	ServerURL   string   `json:"server_url,omitempty"`
}

// LogArgs say where a stream goes besides the slice of the run.
type LogArgs struct {
	File     string `json:"file,omitempty"`
	MaxBytes int64  `json:"max_bytes,omitempty"` // 0: never rotated
	Backups  int    `json:"backups,omitempty"`
	Syslog   bool   `json:"syslog,omitempty"`
	Prefix   string `json:"prefix,omitempty"` // before each line of File
}

// FromProgram writes a [job:x] that was read as a program into a job: its
// command line is the Func, the rest the Args. What is about keeping a program
// running is left out.
func FromProgram(p supervise.Program) (line string, args Args) {
	group, kill := p.Stop.AsGroup, p.Stop.KillAsGroup
	args = Args{
		CommandArgs: executor.CommandArgs{
			Dir:       p.Child.Directory,
			ExitCodes: p.Start.ExitCodes,
			Stop:      proc.SignalName(p.Stop.Signal),
			StopWait:  p.Stop.Wait.String(),
		},
		StopAsGroup: &group,
		KillAsGroup: &kill,
		Orphans:     orphanWords()[p.Stop.Orphans],
		Stdout:      logArgs(p.Stdout),
		Stderr:      logArgs(p.Stderr),
	}
	if p.Child.ServerURLGiven {
		args.ServerURL = p.Child.ServerURL
	}
	if p.Child.Umask >= 0 {
		args.Umask = fmt.Sprintf("%03o", p.Child.Umask)
	}
	if p.Child.User != nil {
		args.User = p.Child.User.Name
	}
	if len(p.Child.Environment) > 0 {
		args.Env = make(map[string]string, len(p.Child.Environment))
		for _, v := range p.Child.Environment {
			args.Env[v.Name] = v.Value
		}
	}
	if p.RedirectStderr {
		args.Stderr = nil
	}
	// Without a log of either, nothing tells the streams apart, and one pipe keeps
	// what they say in order.
	args.Apart = !p.RedirectStderr && (args.Stdout != nil || args.Stderr != nil)
	return p.Command, args
}

func logArgs(l supervise.LogSpec) *LogArgs {
	if l.File == "" && !l.Syslog {
		return nil
	}
	return &LogArgs{File: l.File, MaxBytes: l.MaxBytes, Backups: l.Backups, Syslog: l.Syslog, Prefix: l.Prefix}
}

// orphanWords are the words of the option orphans, by value.
func orphanWords() []string { return []string{"keep", "stop", "kill"} }

// order is a job as the supervisor and the slices understand it.
type order struct {
	program supervise.Program
	outputs runlog.Outputs
	user    string // "": that of the daemon
}

// order reads what a job wants.
func (e *Executor) order(w job.Work) (order, error) {
	args, err := decode(w.Args)
	if err != nil {
		return order{}, err
	}
	o := order{
		program: supervise.Program{
			Command: w.Func,
			Child:   supervise.ChildSpec{Umask: -1, Environment: e.options.Base.Environment, ServerURL: e.options.Base.ServerURL},
			Start:   supervise.StartPolicy{ExitCodes: args.ExitCodes},
			Stop:    supervise.StopPolicy{Signal: syscall.SIGTERM, Wait: executor.DefaultStopWait, AsGroup: true},

			RedirectStderr: !args.Apart,
		},
		outputs: e.outputs(args),
		user:    args.User,
	}
	if o.user != "" && e.options.FindUser == nil {
		return order{}, errors.New("user: jobs may not choose one here")
	}
	if len(args.ExitCodes) == 0 {
		o.program.Start.ExitCodes = []int{0}
	}
	for _, read := range []func(Args) error{o.readCommand, o.readChild, o.readStop} {
		if err := read(args); err != nil {
			return order{}, err
		}
	}
	return o, nil
}

// decode reads Args. Names that it does not know are refused: an argument that
// is ignored is worse than a run that fails.
func decode(text json.RawMessage) (args Args, err error) {
	if len(text) == 0 {
		return args, nil
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&args); err != nil {
		return args, fmt.Errorf("decode arguments: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return args, errors.New("decode arguments: more follows the first value")
	}
	return args, nil
}

// outputs is where the output goes besides the slice.
func (e *Executor) outputs(args Args) runlog.Outputs {
	o := runlog.Outputs{Apart: args.Apart, StripANSI: e.options.Base.StripANSI}
	if l := args.Stdout; l != nil {
		o.Stdout, o.StdoutPrefix = runlog.LogFile{Path: l.File, MaxBytes: l.MaxBytes, Backups: l.Backups}, l.Prefix
		if l.Syslog {
			o.SyslogStdout = e.options.Base.Syslog
		}
	}
	if l := args.Stderr; l != nil && args.Apart {
		o.Stderr, o.StderrPrefix = runlog.LogFile{Path: l.File, MaxBytes: l.MaxBytes, Backups: l.Backups}, l.Prefix
		if l.Syslog {
			o.SyslogStderr = e.options.Base.Syslog
		}
	}
	return o
}

func (o *order) readCommand(args Args) error {
	words, err := shlex.Split(o.program.Command)
	if err != nil {
		return fmt.Errorf("parse command line: %w", err)
	}
	if words = append(words, args.Argv...); len(words) == 0 || words[0] == "" {
		return errors.New("the command line is empty")
	}
	for _, word := range words {
		if strings.IndexByte(word, 0) >= 0 {
			return errors.New("the command line has a zero byte")
		}
	}
	for _, word := range args.Argv {
		o.program.Command += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	for _, code := range args.ExitCodes {
		if code < 0 || code > 255 {
			return fmt.Errorf("exit_codes: %d is not between 0 and 255", code)
		}
	}
	return nil
}

func (o *order) readChild(args Args) error {
	child := &o.program.Child
	child.Environment = slices.Clone(child.Environment)
	for _, name := range slices.Sorted(maps.Keys(args.Env)) {
		value := args.Env[name]
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.IndexByte(value, 0) >= 0 {
			return fmt.Errorf("env: %q cannot be a variable", name)
		}
		child.Environment = append(child.Environment, supervise.Var{Name: name, Value: value})
	}
	if args.Dir != "" {
		child.Directory = args.Dir
	}
	if args.ServerURL != "" {
		child.ServerURL = args.ServerURL
	}
	if args.Umask != "" {
		mask, err := strconv.ParseUint(args.Umask, 8, 9)
		if err != nil {
			return fmt.Errorf("umask: %q is not an octal number such as 027", args.Umask)
		}
		child.Umask = int(mask)
	}
	return nil
}

func (o *order) readStop(args Args) (err error) {
	stop := &o.program.Stop
	if args.Stop != "" {
		if stop.Signal, err = proc.ParseSignal(args.Stop); err != nil {
			return fmt.Errorf("stop_signal: %w", err)
		}
	}
	if args.StopWait != "" {
		if stop.Wait, err = time.ParseDuration(args.StopWait); err != nil || stop.Wait < 0 {
			return fmt.Errorf("stop_wait: %q is not a length of time such as 30s", args.StopWait)
		}
	}
	if args.StopAsGroup != nil {
		stop.AsGroup = *args.StopAsGroup
	}
	stop.KillAsGroup = stop.AsGroup
	if args.KillAsGroup != nil {
		stop.KillAsGroup = *args.KillAsGroup
	}
	if args.Orphans == "" {
		return nil
	}
	at := slices.Index(orphanWords(), args.Orphans)
	if at < 0 {
		return fmt.Errorf("orphans: %q is none of %s", args.Orphans, strings.Join(orphanWords(), ", "))
	}
	stop.Orphans = supervise.Orphans(at)
	return nil
}
