package supervise_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

type edit = func(*supervise.Program)

func startsecs(d time.Duration) edit     { return func(p *supervise.Program) { p.Start.Secs = d } }
func startretries(n int) edit            { return func(p *supervise.Program) { p.Start.Retries = n } }
func restartpause(d time.Duration) edit  { return func(p *supervise.Program) { p.Start.Pause = d } }
func stopwaitsecs(d time.Duration) edit  { return func(p *supervise.Program) { p.Stop.Wait = d } }
func exitcodes(codes ...int) edit        { return func(p *supervise.Program) { p.Start.ExitCodes = codes } }
func command(c string) edit              { return func(p *supervise.Program) { p.Command = c } }
func noAutostart(p *supervise.Program)   { p.Start.Auto = false }
func autorestart(p *supervise.Program)   { p.Start.Autorestart = supervise.RestartAlways }
func noAutorestart(p *supervise.Program) { p.Start.Autorestart = supervise.RestartNever }
func named(name string) edit             { return func(p *supervise.Program) { p.Name = name } }
func orphans(o supervise.Orphans) edit   { return func(p *supervise.Program) { p.Stop.Orphans = o } }
func priority(n int) edit                { return func(p *supervise.Program) { p.Priority = n } }

// What a process does by itself, in virtual time: children from a script, and
// what log and events say until the end of the given time.
func TestProcess(t *testing.T) {
	for _, c := range []struct {
		name    string
		program supervise.Program
		scripts []script
		for_    time.Duration
		want    string
		end     supervise.State
	}{
		{
			name:    "is RUNNING when it has lived for longer than startsecs",
			program: program(startsecs(5 * time.Second)),
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				5s+ p STARTING -> RUNNING pid:100
				5s+ INFO success: p entered RUNNING state, process has stayed up for > than 5 seconds (startsecs)`,
			end: supervise.Running,
		},
		{
			name:    "is RUNNING at once with startsecs=0",
			program: program(startsecs(0)),
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				0s p STARTING -> RUNNING pid:100
				0s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)`,
			end: supervise.Running,
		},
		{
			name:    "does nothing without autostart",
			program: program(noAutostart),
			for_:    time.Minute,
			end:     supervise.Stopped,
		},
		{
			name:    "waits 1, 2, 3 seconds and gives up after startretries",
			program: program(),
			scripts: []script{{Lives: 100 * time.Millisecond}, {Lives: 999 * time.Millisecond, Code: 1}, {Lives: 1, Code: 2}, {Lives: 1}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				100ms p STARTING -> BACKOFF tries:1
				100ms WARN exited: p (exit status 0; not expected)
				1.1s p BACKOFF -> STARTING tries:1
				1.1s INFO spawned: 'p' with pid 101
				2.099s p STARTING -> BACKOFF tries:2
				2.099s WARN exited: p (exit status 1; not expected)
				4.099s p BACKOFF -> STARTING tries:2
				4.099s INFO spawned: 'p' with pid 102
				4.099s+ p STARTING -> BACKOFF tries:3
				4.099s+ WARN exited: p (exit status 2; not expected)
				7.099s+ p BACKOFF -> STARTING tries:3
				7.099s+ INFO spawned: 'p' with pid 103
				7.099s+ p STARTING -> BACKOFF tries:4
				7.099s+ WARN exited: p (exit status 0; not expected)
				7.099s+ p BACKOFF -> FATAL
				7.099s+ INFO gave up: p entered FATAL state, too many start retries too quickly`,
			end: supervise.Fatal,
		},
		{
			name:    "has one attempt with startretries=0",
			program: program(startretries(0)),
			scripts: []script{{Lives: 100 * time.Millisecond}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				100ms p STARTING -> BACKOFF tries:1
				100ms WARN exited: p (exit status 0; not expected)
				100ms p BACKOFF -> FATAL
				100ms INFO gave up: p entered FATAL state, too many start retries too quickly`,
			end: supervise.Fatal,
		},
		{
			name:    "counts its failures anew once it was RUNNING",
			program: program(startretries(1)),
			scripts: []script{{Lives: 100 * time.Millisecond}, {Lives: 10 * time.Second, Code: 1}, {Lives: 100 * time.Millisecond}, {}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				100ms p STARTING -> BACKOFF tries:1
				100ms WARN exited: p (exit status 0; not expected)
				1.1s p BACKOFF -> STARTING tries:1
				1.1s INFO spawned: 'p' with pid 101
				2.1s+ p STARTING -> RUNNING pid:101
				2.1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
				11.1s p RUNNING -> EXITED expected:false pid:101
				11.1s WARN exited: p (exit status 1; not expected)
				11.1s p EXITED -> STARTING tries:0
				11.1s INFO spawned: 'p' with pid 102
				11.2s p STARTING -> BACKOFF tries:1
				11.2s WARN exited: p (exit status 0; not expected)
				12.2s p BACKOFF -> STARTING tries:1
				12.2s INFO spawned: 'p' with pid 103
				13.2s+ p STARTING -> RUNNING pid:103
				13.2s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)`,
			end: supervise.Running,
		},
		{
			name:    "stays EXITED after an expected code",
			program: program(exitcodes(0, 3)),
			scripts: []script{{Lives: 2 * time.Second, Code: 3}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				1s+ p STARTING -> RUNNING pid:100
				1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
				2s p RUNNING -> EXITED expected:true pid:100
				2s INFO exited: p (exit status 3; expected)`,
			end: supervise.Exited,
		},
		{
			name:    "stays EXITED after any code with autorestart=false",
			program: program(noAutorestart),
			scripts: []script{{Lives: 2 * time.Second, Code: 9}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				1s+ p STARTING -> RUNNING pid:100
				1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
				2s p RUNNING -> EXITED expected:false pid:100
				2s WARN exited: p (exit status 9; not expected)`,
			end: supervise.Exited,
		},
		{
			name:    "is restarted at once after any code with autorestart=true",
			program: program(autorestart),
			scripts: []script{{Lives: 2 * time.Second}, {}},
			for_:    3 * time.Second,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				1s+ p STARTING -> RUNNING pid:100
				1s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
				2s p RUNNING -> EXITED expected:true pid:100
				2s INFO exited: p (exit status 0; expected)
				2s p EXITED -> STARTING tries:0
				2s INFO spawned: 'p' with pid 101`,
			end: supervise.Starting,
		},
		{
			name:    "passes through RUNNING when it ends exactly at startsecs",
			program: program(noAutorestart),
			scripts: []script{{Lives: time.Second, Code: 1}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				1s p STARTING -> RUNNING pid:100
				1s p RUNNING -> EXITED expected:false pid:100
				1s WARN exited: p (exit status 1; not expected)`,
			end: supervise.Exited,
		},
		{
			name:    "is not restarted before the second of its start is over",
			program: program(startsecs(0), autorestart),
			scripts: []script{{Lives: 10 * time.Millisecond}, {Lives: 1200 * time.Millisecond}, {}},
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				0s p STARTING -> RUNNING pid:100
				0s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)
				10ms p RUNNING -> EXITED expected:true pid:100
				10ms INFO exited: p (exit status 0; expected)
				1s p EXITED -> STARTING tries:0
				1s INFO spawned: 'p' with pid 101
				1s p STARTING -> RUNNING pid:101
				1s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)
				2.2s p RUNNING -> EXITED expected:true pid:101
				2.2s INFO exited: p (exit status 0; expected)
				2.2s p EXITED -> STARTING tries:0
				2.2s INFO spawned: 'p' with pid 102
				2.2s p STARTING -> RUNNING pid:102
				2.2s INFO success: p entered RUNNING state, process has stayed up for > than 0 seconds (startsecs)`,
			end: supervise.Running,
		},
		{
			name:    "pauses before each retry and restart with restartpause",
			program: program(restartpause(10 * time.Second)),
			scripts: []script{{Lives: 500 * time.Millisecond}, {Lives: 2 * time.Second, Code: 1}, {}},
			for_:    24 * time.Second,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawned: 'p' with pid 100
				500ms p STARTING -> BACKOFF tries:1
				500ms WARN exited: p (exit status 0; not expected)
				11.5s p BACKOFF -> STARTING tries:1
				11.5s INFO spawned: 'p' with pid 101
				12.5s+ p STARTING -> RUNNING pid:101
				12.5s+ INFO success: p entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)
				13.5s p RUNNING -> EXITED expected:false pid:101
				13.5s WARN exited: p (exit status 1; not expected)
				23.5s p EXITED -> STARTING tries:0
				23.5s INFO spawned: 'p' with pid 102`,
			end: supervise.Starting,
		},
		{
			name:    "is in BACKOFF when the command cannot be found",
			program: program(command("/no/such"), startretries(1)),
			for_:    time.Minute,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawnerr: can't find command '/no/such'
				0s p STARTING -> BACKOFF tries:1
				1s p BACKOFF -> STARTING tries:1
				1s INFO spawnerr: can't find command '/no/such'
				1s p STARTING -> BACKOFF tries:2
				1s p BACKOFF -> FATAL
				1s INFO gave up: p entered FATAL state, too many start retries too quickly`,
			end: supervise.Fatal,
		},
		{
			name:    "is in BACKOFF when it cannot be forked",
			program: program(startretries(2)),
			scripts: []script{{StartErr: fmt.Errorf("fork: %w", proc.ErrTooManyProcesses)}, {StartErr: syscall.ENOMEM}, {}},
			for_:    3500 * time.Millisecond,
			want: `
				0s p STOPPED -> STARTING tries:0
				0s INFO spawnerr: Too many processes in process table to spawn 'p'
				0s p STARTING -> BACKOFF tries:1
				1s p BACKOFF -> STARTING tries:1
				1s INFO spawnerr: unknown error during fork for 'p': ENOMEM
				1s p STARTING -> BACKOFF tries:2
				3s p BACKOFF -> STARTING tries:2
				3s INFO spawned: 'p' with pid 100`,
			end: supervise.Starting,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.plays(c.scripts...)
				p := w.run(c.program)
				time.Sleep(c.for_)
				w.want(c.want)
				wantState(t, p, c.end)
			})
		})
	}
}

func TestStatus(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: 500 * time.Millisecond, Code: 3}, script{Lives: 5 * time.Second, Code: 4})
		p := w.run(program(noAutorestart, noAutostart))
		if s := p.Status(); !s.Start.IsZero() || !s.Stop.IsZero() {
			t.Errorf("never started, yet %+v", s)
		}
		began := time.Now()
		if err := p.Start(t.Context(), false); err != nil {
			t.Fatal(err)
		}
		check := func(want supervise.Status) {
			t.Helper()
			synctest.Wait()
			if got := *p.Status(); got != want {
				t.Errorf("status\n got %+v\nwant %+v", got, want)
			}
		}
		check(supervise.Status{State: supervise.Starting, PID: 100, Start: began})
		time.Sleep(500 * time.Millisecond)
		check(supervise.Status{
			State: supervise.Backoff, Start: began, Stop: time.Now(), Tries: 1, Next: time.Now().Add(time.Second),
			SpawnErr: "Exited too quickly (process log may have details)",
		})
		died := time.Now()
		time.Sleep(time.Second)
		began = time.Now()
		check(supervise.Status{State: supervise.Starting, PID: 101, Start: began, Stop: died, Tries: 1})
		time.Sleep(5 * time.Second)
		check(supervise.Status{State: supervise.Exited, Start: began, Stop: time.Now(), ExitStatus: 4, SpawnErr: "Bad exit code 4", Over: true})
	})
}

func TestStart(t *testing.T) {
	for _, c := range []struct {
		name    string
		program supervise.Program
		scripts []script
		before  time.Duration // how long the process is left alone before the start is asked for
		now     error         // the answer without wait
		waited  error         // the answer with wait
		after   time.Duration // when that comes
	}{
		{name: "with wait is answered when RUNNING", program: program(noAutostart), after: time.Second + 1},
		{name: "is answered at once with startsecs=0", program: program(noAutostart, startsecs(0))},
		{name: "fails when the process ends too quickly", program: program(noAutostart), scripts: []script{{Lives: 300 * time.Millisecond}},
			waited: supervise.ErrSpawn, after: 300 * time.Millisecond},
		{name: "fails when the process ends just before it would be RUNNING", program: program(noAutostart, noAutorestart),
			scripts: []script{{Lives: time.Second}}, waited: supervise.ErrAbnormal, after: time.Second},
		{name: "fails when there is no such file", program: program(noAutostart, command("/no/such")),
			now: supervise.ErrNoFile, waited: supervise.ErrNoFile},
		{name: "fails when the file cannot be executed", program: program(noAutostart, command("/")),
			now: supervise.ErrNotExecutable, waited: supervise.ErrNotExecutable},
		{name: "fails when the command cannot be split, before it looks at the state", program: program(command("'")),
			now: supervise.ErrNotExecutable, waited: supervise.ErrNotExecutable},
		{name: "fails when there is no child", program: program(noAutostart), scripts: []script{{StartErr: syscall.ENOMEM}},
			now: supervise.ErrSpawn, waited: supervise.ErrSpawn},
		{name: "of a RUNNING process is refused", program: program(), before: time.Minute,
			now: supervise.ErrAlreadyStarted, waited: supervise.ErrAlreadyStarted},
		{name: "of one in BACKOFF is refused", program: program(), scripts: []script{{Lives: 1}}, before: 500 * time.Millisecond,
			now: supervise.ErrAlreadyStarted, waited: supervise.ErrAlreadyStarted},
		{name: "of a FATAL process works", program: program(startretries(0)), scripts: []script{{Lives: 1}, {}}, before: time.Minute,
			after: time.Second + 1},
		{name: "of an EXITED process works", program: program(), scripts: []script{{Lives: 2 * time.Second}, {}}, before: time.Minute,
			after: time.Second + 1},
	} {
		for _, wait := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/wait=%v", c.name, wait), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.plays(c.scripts...)
					p := w.run(c.program)
					time.Sleep(c.before)
					began := time.Now()
					want, after := c.now, time.Duration(0)
					if wait {
						want, after = c.waited, c.after
					}
					if err := p.Start(t.Context(), wait); !errors.Is(err, want) || (err == nil) != (want == nil) {
						t.Errorf("the answer is %v, want %v", err, want)
					}
					if took := time.Since(began); took != after {
						t.Errorf("it comes after %v, want %v", took, after)
					}
				})
			})
		}
	}
}

func TestStartTellsInSupervisorsWordsWhatIsWrongWithTheCommand(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		p := w.run(program(noAutostart, command("/no/such -x")))
		var wrong *supervise.CommandError
		if err := p.Start(t.Context(), true); !errors.As(err, &wrong) || wrong.Text != "can't find command '/no/such'" {
			t.Errorf("the error is %#v", err)
		}
		wantState(t, p, supervise.Stopped)
	})
}

func TestTheStartOfAFATALProcessHasItsRetriesInTheBackground(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.plays(script{Lives: 1}, script{Lives: 1}, script{Lives: 1}, script{})
		p := w.run(program(startretries(1)))
		time.Sleep(time.Minute)
		wantState(t, p, supervise.Fatal)
		if err := p.Start(t.Context(), true); !errors.Is(err, supervise.ErrSpawn) {
			t.Errorf("the answer is %v, want %v", err, supervise.ErrSpawn)
		}
		wantState(t, p, supervise.Backoff)
		time.Sleep(time.Minute)
		wantState(t, p, supervise.Running)
	})
}

func TestAStartGoesOnWhenTheClientIsGone(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		p := w.run(program(noAutostart))
		ctx, leave := contextWithCause(t, errors.New("client left"))
		answer := make(chan error)
		go func() { answer <- p.Start(ctx, true) }()
		synctest.Wait()
		leave()
		if err := <-answer; err == nil || err.Error() != "client left" {
			t.Errorf("the answer is %v", err)
		}
		time.Sleep(2 * time.Second)
		wantState(t, p, supervise.Running)
	})
}

// recorder notes the pids it is told of.
type recorder struct{ w *world }

func (r recorder) Started(p supervise.Program, c proc.Child) {
	r.w.say("started %s %d", p.Name, c.PID())
}
func (r recorder) Ended(p supervise.Program, c proc.Child) { r.w.say("ended %s %d", p.Name, c.PID()) }

func TestTheRecorderIsToldOfEachChild(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, began: time.Now(), starter: proctest.New(script{Lives: 2 * time.Second}, script{})}
		w.sup = supervise.New(optionsWith(func(o *supervise.Options) { o.Starter, o.Record = w.starter, recorder{w} }))
		w.run(program(autorestart))
		time.Sleep(3 * time.Second)
		w.want(`
			0s started p 100
			2s ended p 100
			2s started p 101`)
		w.end()
		w.want(`3s ended p 101`)
	})
}
