package executor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

func TestPython(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	for name, c := range map[string]struct {
		run  job.Task
		want executor.PythonResult
		err  string // its first line
	}{
		"calls a plain function": {
			run:  call("tasks:add", 1, 2),
			want: executor.PythonResult{Value: []byte("3")},
		},
		"calls a coroutine function": {
			run:  call("tasks:async_add", "a", "b"),
			want: executor.PythonResult{Value: []byte(`"ab"`)},
		},
		"takes arguments by name": {
			run:  task("tasks:add", `{"args": [1], "kwargs": {"b": 41}}`),
			want: executor.PythonResult{Value: []byte("42")},
		},
		"calls a method of a class": {
			run:  call("tasks:Shop.open"),
			want: executor.PythonResult{Value: []byte(`"open"`)},
		},
		"calls an object whose call is a coroutine function": {
			run:  call("tasks:shop"),
			want: executor.PythonResult{Value: []byte(`"called"`)},
		},
		"awaits what a plain function returns": {
			run:  call("tasks:decorated", 7),
			want: executor.PythonResult{Value: []byte("7"), Output: "before\ninside\n"},
		},
		"returns nothing": {
			run:  call("tasks:interval_func", "10s执行一次"),
			want: executor.PythonResult{Value: []byte("null"), Output: "10s执行一次\n"},
		},
		"keeps what a run prints in any way": {
			run:  call("tasks:speak"),
			want: executor.PythonResult{Value: []byte("null"), Output: "out\nerr\nINFO logged text\n字\nno newline"},
		},
		"keeps what helpers of a run print": {
			run:  call("tasks:helpers", "x"),
			want: executor.PythonResult{Value: []byte("null"), Output: "x thread\nx pool\nx loop\nx 0\n"},
		},
		"keeps the repr of what is no JSON": {
			run: call("tasks:now"),
			want: executor.PythonResult{
				Repr: "{'at': datetime.datetime(2026, 3, 29, 0, 0), 'n': 1}",
				Why:  "TypeError: Object of type datetime is not JSON serializable",
			},
		},
		"knows that NaN is no JSON": {
			run: call("tasks:nan"),
			want: executor.PythonResult{
				Repr: "nan", Why: "ValueError: Out of range float values are not JSON compliant",
			},
		},
		"keeps what refers to itself": {
			run:  call("tasks:circle"),
			want: executor.PythonResult{Repr: "[[...]]", Why: "ValueError: Circular reference detected"},
		},
		"survives a repr that fails": {
			run: call("tasks:mute"),
			want: executor.PythonResult{
				Repr: "<Mute: repr() of it fails with RuntimeError>",
				Why:  "TypeError: Object of type Mute is not JSON serializable",
			},
		},
		"survives half a character": {
			run:  call("tasks:half"),
			want: executor.PythonResult{Value: []byte(`"\ud83d"`), Output: "\uFFFD\n"},
		},
		"does not let a fork answer": {
			run:  call("tasks:fork_and_print"),
			want: executor.PythonResult{Value: []byte("null"), Output: "of the parent\n"},
		},
		"gives each run a context of its own": {
			run:  call("tasks:next_of_variable"),
			want: executor.PythonResult{Value: []byte("1")},
		},
		"survives SystemExit of a task that is left behind": {
			run:  call("tasks:leave_in_task"),
			want: executor.PythonResult{Value: []byte("true")},
		},
		"tells an exception": {
			run:  call("tasks:fail", "no such\nshop"),
			err:  "ShopError: no such shop",
			want: executor.PythonResult{Output: "about to fail\n"},
		},
		"tells an exception of a coroutine function": {run: call("tasks:async_fail", ""), err: "ShopError"},
		"tells SystemExit":                           {run: call("tasks:leave", 3), err: "SystemExit: 3", want: executor.PythonResult{Output: "leaving\n"}},
		"tells SystemExit of a coroutine function":   {run: call("tasks:async_leave", 0), err: "SystemExit: 0"},
		"tells missing arguments": {
			run: call("tasks:add"), err: "call tasks:add: TypeError: add() missing 1 required positional argument: 'a'",
		},
		"tells missing arguments of a coroutine function": {
			run: call("tasks:async_add"), err: "call tasks:async_add: TypeError: async_add() missing 1 required positional argument: 'a'",
		},
		"tells arguments of unknown names": {
			run: task("tasks:add", `{"kwargs":{"a":1,"c":2}}`), err: "call tasks:add: TypeError: add() got an unexpected keyword argument 'c'",
		},
		"tells a TypeError that is the function's own": {
			run: call("tasks:type_error"), err: "TypeError: object of type 'int' has no len()",
		},
		"tells a module that is missing": {
			run: call("nothing.here:f"), err: "import nothing.here: ModuleNotFoundError: No module named 'nothing' (is it below ",
		},
		"tells a module that misses another": {
			run: call("needy:f"), err: "import needy: ModuleNotFoundError: No module named 'no_such_library'",
		},
		"tells a module that fails": {
			run: call("broken:f"), err: "import broken: ZeroDivisionError: division by zero",
			want: executor.PythonResult{Output: "being imported\n"},
		},
		"tells a module that exits":            {run: call("script:f"), err: "import script: SystemExit: this is a script"},
		"tells a function that is missing":     {run: call("tasks:nothing"), err: "tasks has no nothing"},
		"tells a method that is missing":       {run: call("tasks:Shop.close"), err: "tasks has no Shop.close"},
		"tells what is no function":            {run: call("tasks:number"), err: "tasks:number is no function: it is of type int"},
		"tells arguments that Python does not": {run: task("tasks:add", "["+strings.Repeat("9", 5000)+"]"), err: "read the arguments: ValueError: "},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := execute(t, p, c.run)
			wantError(t, err, c.err)
			if err != nil && !strings.HasPrefix(err.Error(), c.err) {
				t.Errorf("the error is %q, want %q first", err, c.err)
			}
			got := returned(t, text)
			got.Why = strings.TrimSuffix(got.Why, ": nan") // from Python 3.12 on
			if !cmp.Equal(got, c.want) {
				t.Errorf("the result is not as it should be (-got +want):\n%s", cmp.Diff(got, c.want))
			}
		})
	}
}

func TestPythonTraceback(t *testing.T) {
	p := workers(t, executor.PythonOptions{})
	for _, fn := range []string{"tasks:fail", "tasks:async_fail", "broken:f", "needy:f"} {
		_, err := execute(t, p, call(fn, "why"))
		var e *executor.PythonError
		if !errors.As(err, &e) {
			t.Fatalf("%s: the error is %v", fn, err)
		}
		file, _, _ := strings.Cut(fn, ":")
		detail := e.Detail
		if !strings.HasPrefix(detail, "Traceback (most recent call last):\n  File ") ||
			!strings.Contains(strings.Split(detail, "\n")[1], file+".py") || strings.Contains(detail, "watchkeeper") {
			t.Errorf("%s: the traceback does not begin with its own code:\n%s", fn, detail)
		}
	}
}

func TestPythonChecks(t *testing.T) {
	p := executor.NewPython(executor.PythonOptions{})
	for name, c := range map[string]struct{ fn, args, err string }{
		"a function":             {fn: "tasks:add"},
		"a method, in a package": {fn: "a.b_1:C.d", args: "[]"},
		"letters of others":      {fn: "任务:运行", args: `{"args":[1]}`},
		"null":                   {fn: "tasks:add", args: "null"},
		"names only":             {fn: "tasks:add", args: `{"kwargs":{}}`},
		"no function":            {fn: "", err: `function "": want package.module:function`},
		"a dot for the colon":    {fn: "a.tasks.add", err: "want package.module:function, perhaps a.tasks:add"},
		"two colons":             {fn: "a:b:c", err: "want package.module:function"},
		"a path of a file":       {fn: "a/tasks.py:add", err: "want package.module:function"},
		"a digit first":          {fn: "1a:b", err: "want package.module:function"},
		"code":                   {fn: "tasks:add()", err: "want package.module:function"},
		"__main__":               {fn: "__main__:f", err: "a worker cannot import __main__; name the module"},
		"a string":               {fn: "tasks:add", args: `"x"`, err: `want a list, or {"args": [...], "kwargs": {...}}`},
		"other names":            {fn: "tasks:add", args: `{"a":1}`, err: `unknown field "a" (want a list, or {"args"`},
		"a list of names":        {fn: "tasks:add", args: `{"kwargs":[1]}`, err: "kwargs: want"},
		"no end":                 {fn: "tasks:add", args: "[1", err: "the text ends too early"},
		"more than one":          {fn: "tasks:add", args: "[1] [2]", err: "more follows the first value"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, p.Check(asJob(task(c.fn, c.args))), c.err)
			if c.err != "" {
				_, err := p.Execute(t.Context(), task(c.fn, c.args))
				wantError(t, err, c.err)
			}
		})
	}
}

func TestPythonTellsARunWhichItIs(t *testing.T) {
	got := value(t, workers(t, executor.PythonOptions{}), call("tasks:own_run"))
	want := `{"job":"nightly","run":"nightly@1774747800000250","scheduled":"2026-03-29T01:30:00.00025Z",` +
		`"attempt":2,"token":42,"node":"node-1"}`
	if strings.ReplaceAll(strings.ReplaceAll(got, ": ", ":"), ", ", ",") != want {
		t.Errorf("the run is told %s, want %s", got, want)
	}
}

func TestPythonMovesMuch(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	const size = 2 << 20
	if got := value(t, p, call("tasks:length", strings.Repeat("执", size/3))); got != fmt.Sprint(size/3) {
		t.Errorf("a big argument has length %s", got)
	}
	big, err := execute(t, p, keeping(4<<20, call("tasks:repeat", "行", size/3)))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(returned(t, big).Value); got != size/3*3+2 {
		t.Errorf("a big value has %d bytes", got)
	}
	text, err := execute(t, p, call("tasks:repeat", "x", 100_000))
	if err != nil {
		t.Fatal(err)
	}
	got := returned(t, text)
	if got.Value != nil || got.Why != "its JSON has 100002 bytes, and 65536 are kept" || !strings.HasPrefix(got.Repr, "'xxx") {
		t.Errorf("a value that is too big to keep is told as %.300s", text)
	}
	text, err = execute(t, p, call("tasks:print_much", 20_000))
	if err != nil {
		t.Fatal(err)
	}
	got = returned(t, text)
	if !strings.HasSuffix(got.Output, "line 19998\nline 19999\n") || got.Dropped+int64(len(got.Output)) != 208890 || len(text) > job.DefaultKeepResult {
		t.Errorf("of much output %d bytes are kept, %d dropped", len(got.Output), got.Dropped)
	}
}

func keeping(n int, t job.Task) job.Task {
	t.Run.Work.Policy.KeepResult = n
	return t
}

func TestPythonLog(t *testing.T) {
	var log lines
	p := workers(t, executor.PythonOptions{Log: &log, Workers: 1})
	text, err := execute(t, p, call("tasks:past_stdout"))
	if err != nil {
		t.Fatal(err)
	}
	if got := returned(t, text).Output; got != "for the run\n" {
		t.Errorf("the output of the run is %q", got)
	}
	mark := "python worker " + value(t, p, call("tasks:pid")) + ": "
	want := mark + "过去 past\n" + mark + "of a child\n"
	if !settles(func() bool { return strings.Contains(log.String(), want) }) {
		t.Errorf("the log is %q, want %q", log.String(), want)
	}
	if err := p.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	mark = strings.TrimSuffix(mark, ": ")
	if got := log.String(); !strings.HasPrefix(got, mark+" is ready (Python 3.") || !strings.HasSuffix(got, ")\n"+want+mark+": at the end\n"+mark+" has ended (exit status 0)\n") {
		t.Errorf("the whole log is %q", got)
	}
}

func TestPythonIsNotStarted(t *testing.T) {
	for name, c := range map[string]struct {
		options executor.PythonOptions
		err     string
	}{
		"no interpreter": {executor.PythonOptions{Python: "no-such-python"}, `start Python worker: find command "no-such-python"`},
		"no directory":   {executor.PythonOptions{Directory: "/no/such"}, "start Python worker: go to directory"},
		"something else": {executor.PythonOptions{Python: "/bin/false"}, "start Python worker /bin/false: exit status 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := execute(t, workers(t, c.options), call("tasks:add", 1))
			wantError(t, err, c.err)
		})
	}
}

func TestPythonShutDown(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 2})
	path := t.TempDir() + "/begun"
	done := make(chan error, 1)
	go func() {
		_, err := p.Execute(t.Context(), call("tasks:file_then_sleep", path, 0.3))
		done <- err
	}()
	begun(t, path)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Errorf("shut down: %v", err)
	}
	if err := <-done; err != nil {
		t.Errorf("the run that was under way: %v", err)
	}
	if _, err := p.Execute(t.Context(), call("tasks:add", 1)); !errors.Is(err, executor.ErrPythonClosed) {
		t.Errorf("a run after that: %v", err)
	}
}

func TestPythonShutDownWithoutPatience(t *testing.T) {
	p := workers(t, executor.PythonOptions{})
	path := t.TempDir() + "/begun"
	done := make(chan error, 1)
	go func() {
		_, err := p.Execute(t.Context(), call("tasks:file_then_sleep", path, 1000))
		done <- err
	}()
	begun(t, path)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("no time")
	cancel(why)
	if err := p.Shutdown(ctx); !errors.Is(err, why) {
		t.Errorf("shut down: %v", err)
	}
	wantError(t, <-done, "was killed: the scheduler ends")
}
