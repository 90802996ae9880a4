package supervise

import "errors"

// What an operation on a process or group can fail with; errors.Is finds them.
var (
	ErrNoProcess      = errors.New("no such process")
	ErrNoGroup        = errors.New("no such group")
	ErrAlreadyStarted = errors.New("already started")
	ErrNotRunning     = errors.New("not running")
	ErrSpawn          = errors.New("spawn error")          // the process could not be started, or left before startsecs
	ErrAbnormal       = errors.New("abnormal termination") // it left RUNNING before the answer
	ErrNoFile         = errors.New("no such file")         // the command cannot be found
	ErrNotExecutable  = errors.New("not executable")
	ErrUnknownState   = errors.New("process is in an unknown state")
	ErrAlreadyAdded   = errors.New("group already active")
	ErrStillRunning   = errors.New("processes of the group still run")
	ErrStdinClosed    = errors.New("stdin is closed")
	ErrShutdown       = errors.New("shutting down")
	ErrFailed         = errors.New("failed")
)

// CommandError is how Start fails when the command cannot be started at all
// (ErrNoFile, ErrNotExecutable) and how Stop and Signal fail when the system
// refuses the signal (ErrFailed). Its text is Supervisor's sentence alone,
// such as "can't find command 'x'": a front end puts the fault in front.
type CommandError struct {
	Err  error  // the sentinel
	Text string // Supervisor's words
}

// Error gives Supervisor's words.
func (e *CommandError) Error() string { return e.Text }

// Unwrap gives the sentinel.
func (e *CommandError) Unwrap() error { return e.Err }
