package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// Command runs each job as a child process that leads a group of its own. The
// job's Func is the command line, split as a POSIX shell would but without
// expansion, its Args are CommandArgs. The result is CommandResult, beside an
// error too.
//
// When the context ends, the group gets the stop signal and, after StopWait,
// SIGKILL; Execute returns when nothing of it is left. A child that ends by
// itself may leave others behind: they are not waited for, even when they hold
// the output open.
type Command struct {
	starter proc.Starter
	options CommandOptions
}

// CommandOptions are what the commands of one Command have in common. The
// zero value is good for programs that need nothing.
type CommandOptions struct {
	// Environ is what the environment of the children is built on, as
	// os.Environ gives it.
	Environ []string
	Dir     string     // where they start; "": our own directory
	User    *proc.User // whom they run as; nil: as we do
	Umask   *int       // nil: ours
	// FindUser lets jobs choose a user by name; nil lets none. A store whose
	// writers may not become everybody must not have it.
	FindUser func(name string) (*proc.User, error)
	Stop     syscall.Signal // 0: SIGTERM
	StopWait time.Duration  // until SIGKILL; 0: DefaultStopWait
	Workers  int            // runs at the same time; 0: DefaultWorkers
}

// CommandArgs are the arguments of a job for Command, all of them optional.
type CommandArgs struct {
	Argv      []string          `json:"argv,omitempty"`       // follows the words of the command line, as they are
	Env       map[string]string `json:"env,omitempty"`        // laid over CommandOptions.Environ
	Dir       string            `json:"dir,omitempty"`        // instead of CommandOptions.Dir
	User      string            `json:"user,omitempty"`       // instead of CommandOptions.User, if it has FindUser
	Umask     string            `json:"umask,omitempty"`      // octal, such as "027"
	ExitCodes []int             `json:"exit_codes,omitempty"` // that count as success; none: 0
	Stop      string            `json:"stop_signal,omitempty"`
	StopWait  string            `json:"stop_wait,omitempty"` // such as "30s"
}

// CommandResult is the result of a run.
type CommandResult struct {
	Exit    int    `json:"exit"`              // status; -1 when a signal ended it
	Signal  string `json:"signal,omitempty"`  // such as SIGKILL
	Output  string `json:"output"`            // the last of what it wrote on either stream, in order
	Dropped int64  `json:"dropped,omitempty"` // bytes that came before that
}

// NewCommand returns an executor whose children starter starts (proc.NewOS).
//
// A program that uses proc.NewOS calls proc.RunStandIn first thing in main:
// that is how a child says what kept it from being executed.
func NewCommand(starter proc.Starter, o CommandOptions) *Command {
	if o.Stop == 0 {
		o.Stop = syscall.SIGTERM
	}
	if o.StopWait <= 0 {
		o.StopWait = DefaultStopWait
	}
	return &Command{starter, o}
}

// errStopped is why a run failed that was ended with its context.
var errStopped = errors.New("stopped")

// order is a job as Command understands it.
type order struct {
	argv     []string
	env      []string // laid over the common environment
	dir      string
	user     string // "": the common one
	umask    int
	success  []int
	stop     syscall.Signal
	stopWait time.Duration
}

// Check implements job.Checker. Whether the program exists it leaves to the
// machine that will run it.
func (c *Command) Check(j job.Job) error {
	_, err := c.order(j.Work())
	return err
}

// order reads what a job wants.
func (c *Command) order(w job.Work) (order, error) {
	args, err := decode[CommandArgs](w.Args)
	if err != nil {
		return order{}, err
	}
	o := order{
		dir: c.options.Dir, user: args.User, umask: -1, success: args.ExitCodes,
		stop: c.options.Stop, stopWait: c.options.StopWait,
	}
	if o.argv, err = shlex.Split(w.Func); err != nil {
		return order{}, fmt.Errorf("parse command line: %w", err)
	}
	if o.argv = append(o.argv, args.Argv...); len(o.argv) == 0 || o.argv[0] == "" {
		return order{}, errors.New("the command line is empty")
	}
	if c.options.Umask != nil {
		o.umask = *c.options.Umask
	}
	if len(o.success) == 0 {
		o.success = []int{0}
	}
	if args.Dir != "" {
		o.dir = args.Dir
	}
	if args.User != "" && c.options.FindUser == nil {
		return order{}, errors.New("user: jobs may not choose one here")
	}
	return o, o.read(args)
}

// read takes those of the arguments that can be wrong by themselves.
func (o *order) read(args CommandArgs) (err error) {
	for _, word := range o.argv {
		if strings.IndexByte(word, 0) >= 0 {
			return errors.New("the command line has a zero byte")
		}
	}
	for name, value := range args.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.IndexByte(value, 0) >= 0 {
			return fmt.Errorf("env: %q cannot be a variable", name)
		}
		o.env = append(o.env, name+"="+value)
	}
	slices.Sort(o.env)
	for _, code := range o.success {
		if code < 0 || code > 255 {
			return fmt.Errorf("exit_codes: %d is not between 0 and 255", code)
		}
	}
	if args.Umask != "" {
		mask, err := strconv.ParseUint(args.Umask, 8, 9)
		if err != nil {
			return fmt.Errorf("umask: %q is not an octal number such as 027", args.Umask)
		}
		o.umask = int(mask)
	}
	if args.Stop != "" {
		if o.stop, err = proc.ParseSignal(args.Stop); err != nil {
			return fmt.Errorf("stop_signal: %w", err)
		}
	}
	if args.StopWait != "" {
		if o.stopWait, err = time.ParseDuration(args.StopWait); err != nil || o.stopWait < 0 {
			return fmt.Errorf("stop_wait: %q is not a length of time such as 30s", args.StopWait)
		}
	}
	return nil
}

// Execute implements job.Executor.
func (c *Command) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	o, err := c.order(t.Run.Work)
	if err != nil {
		return nil, err
	}
	command, err := c.command(o, t)
	if err != nil {
		return nil, err
	}
	child, err := c.starter.Start(command)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", o.argv[0], err)
	}
	limit := resultLimit(t.Run.Work.Policy)
	l := life{child: child, order: o, output: output.Tail{Keep: limit}}
	failure := l.follow(ctx)
	result, err := l.result(limit)
	if failure != nil {
		return result, failure
	}
	return result, err
}

// command is what proc is to start.
func (c *Command) command(o order, t job.Task) (proc.Command, error) {
	env := environ(c.options.Environ, append(o.env, identity(t)...))
	path, err := find(o.argv[0], o.dir, env)
	if err != nil {
		return proc.Command{}, err
	}
	user := c.options.User
	if o.user != "" {
		if user, err = c.options.FindUser(o.user); err != nil {
			return proc.Command{}, fmt.Errorf("find user %q: %w", o.user, err)
		}
	}
	return proc.Command{
		Path: path, Args: o.argv, Env: env, Dir: o.dir, Umask: o.umask, User: user, RedirectStderr: true,
	}, nil
}

// Workers implements job.Bounded.
func (c *Command) Workers() int { return workers(c.options.Workers) }

var (
	_ job.Bounded = (*Command)(nil)
	_ job.Checker = (*Command)(nil)
)
