package proc

// OS starts children of this process. Make one with NewOS; there should be
// one in a process, since it reaps with SIGCHLD.
type OS struct{ _ int }

// Options of an OS.
type Options struct {
	// Stranger is called for each process that was reaped but not started
	// here: orphans that a PID 1 or a subreaper inherits. May be nil.
	Stranger func(pid int, e Exit)
}

// NewOS starts the reaper.
func NewOS(o Options) (*OS, error) { panic("stub") }

// Start implements Starter.
func (o *OS) Start(c Command) (Child, error) { panic("stub") }

// Close stops the reaper. Children that live go on living.
func (o *OS) Close() error { panic("stub") }

// RunStandIn runs the stand-in that takes the place of a child whose exec,
// chdir or setuid failed, when args (os.Args) ask for it. The caller exits
// with code if ok. It must be called first thing in main.
func RunStandIn(args []string) (code int, ok bool) { panic("stub") }

var _ Starter = (*OS)(nil)
