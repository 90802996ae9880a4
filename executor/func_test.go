package executor_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

type syncArgs struct {
	Table string `json:"table"`
	Limit int    `json:"limit"`
}

func (a syncArgs) Validate() error {
	if a.Limit < 0 {
		return errors.New("limit is negative")
	}
	return nil
}

type syncResult struct {
	Rows int `json:"rows"`
}

var errDown = errors.New("the database is down")

// registry has one function of each kind.
func registry() *executor.Funcs {
	f := executor.NewFuncs(0)
	executor.Register(f, "sync", func(_ context.Context, a syncArgs) (syncResult, error) {
		return syncResult{len(a.Table) + a.Limit}, nil
	})
	executor.Register(f, "down", func(context.Context, syncArgs) (syncResult, error) { return syncResult{1}, errDown })
	executor.Register(f, "endless", func(context.Context, executor.None) (chan int, error) { return nil, nil })
	executor.RegisterNoResult(f, "say", func(_ context.Context, words []string) error {
		if len(words) == 0 {
			return errors.New("nothing to say")
		}
		return nil
	})
	executor.Register(f, "double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	executor.RegisterNoArgs(f, "who", func(ctx context.Context) (string, error) {
		t, ok := executor.FromContext(ctx)
		return fmt.Sprint(t.Run.Job, t.Run.Attempt, t.Token, ok), nil
	})
	executor.RegisterPlain(f, "tick", func(context.Context) error { return nil })
	executor.Declare[syncArgs](f, "elsewhere")
	return f
}

const known = "(registered: double, down, elsewhere, endless, say, sync, tick, who)"

func TestFuncs(t *testing.T) {
	for name, c := range map[string]struct {
		fn, args, want, err string
		unchecked           bool // what is wrong is found only by running it
	}{
		"calls with arguments and keeps the result": {fn: "sync", args: `{"table":"users","limit":3}`, want: `{"rows":8}`},
		"takes none as the zero value":              {fn: "sync", want: `{"rows":0}`},
		"passes an error on":                        {fn: "down", err: errDown.Error(), unchecked: true},
		"calls without a result":                    {fn: "say", args: `["hello"]`},
		"passes the error of such a function on":    {fn: "say", args: `[]`, err: "nothing to say", unchecked: true},
		"tells the run by the context":              {fn: "who", want: `"nightly2 42 true"`},
		"calls with neither":                        {fn: "tick"},
		"takes empty arguments where there are none": {
			fn: "tick", args: `{}`},
		"refuses arguments where there are none": {fn: "tick", args: `{"a":1}`, err: `unknown field "a"`},
		"refuses an argument it does not know":   {fn: "sync", args: `{"tabel":"users"}`, err: `unknown field "tabel"`},
		"refuses an argument of a wrong kind": {
			fn: "sync", args: `{"limit":"many"}`, err: "limit: want int, found string"},
		"refuses arguments of a wrong kind": {fn: "say", args: `7`, err: "want []string, found number"},
		"refuses arguments that are cut off": {
			fn: "sync", args: `{"limit":`, err: "the text ends too early"},
		"refuses a second value":         {fn: "say", args: `["a"] ["b"]`, err: "more follows the first value"},
		"refuses what Validate refuses":  {fn: "sync", args: `{"limit":-1}`, err: "limit is negative"},
		"names the functions it has":     {fn: "snyc", err: `unknown function "snyc" ` + known},
		"calls with a single value":      {fn: "double", args: `21`, want: `42`},
		"refuses another kind of value":  {fn: "double", args: `"21"`, err: "want int, found string"},
		"refuses a second one after it":  {fn: "double", args: `21 22`, err: "after top-level value"},
		"tells a result that is no JSON": {fn: "endless", err: "encode result", unchecked: true},
		"does not run what is only declared": {
			fn: "elsewhere", err: "runs in other processes", unchecked: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := registry()
			got, err := execute(t, f, task(c.fn, c.args))
			wantError(t, err, c.err)
			if err == nil && got != c.want {
				t.Errorf("the result is %s, want %s", got, c.want)
			}
			checked := c.err
			if c.unchecked {
				checked = ""
			}
			wantError(t, f.Check(asJob(task(c.fn, c.args))), checked)
		})
	}
}

func TestFuncsErrorsCanBeToldApart(t *testing.T) {
	f := registry()
	if _, err := execute(t, f, task("nothing", "")); !errors.Is(err, executor.ErrUnknown) {
		t.Errorf("the error is %v, want ErrUnknown", err)
	}
	if err := f.Check(job.Job{Func: "nothing"}); !errors.Is(err, executor.ErrUnknown) {
		t.Errorf("the error is %v, want ErrUnknown", err)
	}
	if _, err := execute(t, f, task("down", "")); !errors.Is(err, errDown) {
		t.Errorf("the error is %v, want the function's own", err)
	}
	wantError(t, new(executor.Funcs).Check(job.Job{Func: "x"}), "(none is registered)")
}

func TestFuncsNamesWhatRunsHere(t *testing.T) {
	want := []string{"double", "down", "endless", "say", "sync", "tick", "who"}
	if diff := cmp.Diff(want, registry().Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestFuncsLeavesPanicsToTheScheduler(t *testing.T) {
	f := new(executor.Funcs)
	executor.RegisterPlain(f, "boom", func(context.Context) error { panic("boom") })
	defer func() {
		if got := recover(); got != "boom" {
			t.Errorf("recovered %v, want the function's panic", got)
		}
	}()
	_, _ = f.Execute(t.Context(), task("boom", ""))
	t.Error("the panic was swallowed")
}

func TestRegisterRefusesNamesThatAreTakenOrEmpty(t *testing.T) {
	register := func(name string) {
		executor.RegisterPlain(registry(), name, func(context.Context) error { return nil })
	}
	declare := func(name string) { executor.Declare[executor.None](registry(), name) }
	for _, c := range []struct {
		name string
		do   func(string)
	}{{"sync", register}, {"", register}, {"sync", declare}, {"elsewhere", declare}} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, "empty or taken") {
					t.Errorf("registering %q: panic is %q", c.name, got)
				}
			}()
			c.do(c.name)
		}()
	}
}

// TestRegisterTellsThatAFunctionCame: also of one that was only declared.
func TestRegisterTellsThatAFunctionCame(t *testing.T) {
	f, told := new(executor.Funcs), 0
	stop := f.OnChange(func() { told++ })
	executor.Declare[executor.None](f, "a")
	executor.RegisterPlain(f, "a", func(context.Context) error { return nil })
	stop()
	executor.RegisterPlain(f, "b", func(context.Context) error { return nil })
	if diff := cmp.Diff([]string{"a", "b"}, f.Names()); diff != "" || told != 2 {
		t.Errorf("told %d times, want 2; names (-want +got):\n%s", told, diff)
	}
}

func TestFuncMakesJobs(t *testing.T) {
	f := new(executor.Funcs)
	syncing := executor.Register(f, "sync", func(context.Context, syncArgs) (int, error) { return 0, nil })
	ticking := executor.RegisterPlain(f, "tick", func(context.Context) error { return nil })

	got, err := syncing.Job("nightly", syncArgs{Table: "users", Limit: 2})
	wantError(t, err, "")
	want := job.Job{ID: "nightly", Func: "sync", Args: []byte(`{"table":"users","limit":2}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	wantError(t, f.Check(got), "")
	if j, err := ticking.Job("tick", executor.None{}); err != nil || j.Args != nil || ticking.Name() != "tick" {
		t.Errorf("a job without arguments is %+v, %v", j, err)
	}
	_, err = syncing.Job("nightly", syncArgs{Limit: -5})
	wantError(t, err, `make job "nightly" of function "sync": check arguments: limit is negative`)
}

func TestFuncsWhileMoreAreRegistered(t *testing.T) {
	f := executor.NewFuncs(3)
	if f.Workers() != 3 || new(executor.Funcs).Workers() != executor.DefaultWorkers {
		t.Errorf("workers are %d and %d", f.Workers(), new(executor.Funcs).Workers())
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := "f" + strconv.Itoa(i)
			executor.RegisterPlain(f, name, func(context.Context) error { return nil })
			for range 100 {
				_ = f.Names()
				if _, err := f.Execute(context.Background(), task(name, "")); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	all.Wait()
	if got := len(f.Names()); got != 8 {
		t.Errorf("%d functions, want 8", got)
	}
}

func TestFromContextOutsideOfARun(t *testing.T) {
	if got, ok := executor.FromContext(t.Context()); ok {
		t.Errorf("there is a run: %+v", got)
	}
}
