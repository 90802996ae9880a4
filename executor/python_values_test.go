package executor_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// TestPythonValues: what stands for a value that JSON has no form for, and what
// the function sees.
func TestPythonValues(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	needsModules(t, p, "pytz", "zoneinfo")
	for text, want := range map[string]string{
		`{"a": [1, {"b": null}]}`:                                                                                       `{'a': [1, {'b': None}]}`,
		`{"$py": "datetime", "value": "2030-01-31T12:30:00.5+01:00"}`:                                                   `datetime.datetime(2030, 1, 31, 12, 30, 0, 500000, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600)))`,
		`{"$py": "datetime", "value": "2030-01-31 12:30Z"}`:                                                             `datetime.datetime(2030, 1, 31, 12, 30, tzinfo=datetime.timezone.utc)`,
		`{"$py": "datetime", "value": "2030-10-27T02:30:00", "zone": "Europe/Berlin"}`:                                  `datetime.datetime(2030, 10, 27, 2, 30, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))`,
		`{"$py": "datetime", "value": "2030-10-27T02:30:00+01:00", "zone": {"$py":"ZoneInfo","value":"Europe/Berlin"}}`: `datetime.datetime(2030, 10, 27, 2, 30, fold=1, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))`,
		`{"$py": "datetime", "value": "2030-10-27T02:30:00+01:00", "zone": {"$py": "pytz", "value": "Europe/Berlin"}}`:  `datetime.datetime(2030, 10, 27, 2, 30, tzinfo=<DstTzInfo 'Europe/Berlin' CET+1:00:00 STD>)`,
		`{"$py": "datetime", "value": "2030-07-01T00:00:00", "zone": {"$py": "pytz", "value": "Europe/Berlin"}}`:        `datetime.datetime(2030, 7, 1, 0, 0, tzinfo=<DstTzInfo 'Europe/Berlin' CEST+2:00:00 DST>)`,
		`{"$py": "date", "value": "2030-01-31"}`:                                                                        `datetime.date(2030, 1, 31)`,
		`{"$py": "time", "value": "12:30", "fold": 1}`:                                                                  `datetime.time(12, 30, fold=1)`,
		`{"$py": "timedelta", "value": 90.5}`:                                                                           `datetime.timedelta(seconds=90, microseconds=500000)`,
		`{"$py": "timedelta", "value": [-1, 0, 1]}`:                                                                     `datetime.timedelta(days=-1, microseconds=1)`,
		`{"$py": "timezone", "value": "-03:30", "name": "X"}`:                                                           `datetime.timezone(datetime.timedelta(days=-1, seconds=73800), 'X')`,
		`{"$py": "ZoneInfo", "value": "Asia/Tokyo"}`:                                                                    `zoneinfo.ZoneInfo(key='Asia/Tokyo')`,
		`{"$py": "pytz", "value": "UTC"}`:                                                                               `<UTC>`,
		`{"$py": "pytz", "value": 330}`:                                                                                 `pytz.FixedOffset(330)`,
		`{"$py": "bytes", "value": "AAH/"}`:                                                                             `b'\x00\x01\xff'`,
		`{"$py": "bytearray", "value": "AAH/"}`:                                                                         `bytearray(b'\x00\x01\xff')`,
		`{"$py": "tuple", "value": [1, [2, {"$py": "tuple", "value": []}]]}`:                                            `(1, [2, ()])`,
		`{"$py": "set", "value": [{"$py": "tuple", "value": [1]}]}`:                                                     `{(1,)}`,
		`{"$py": "frozenset", "value": ["a"]}`:                                                                          `frozenset({'a'})`,
		`{"$py": "dict", "value": [[1, "one"], ["$py", {"$py": "tuple", "value": []}], [null, {}]]}`:                    `{1: 'one', '$py': (), None: {}}`,
		`[{"$py": "float", "value": "nan"}, {"$py": "float", "value": "-inf"}]`:                                         `[nan, -inf]`,
		`{"$py": "complex", "value": [1.5, {"$py": "float", "value": "inf"}]}`:                                          `(1.5+infj)`,
		`{"$py": "Decimal", "value": "19.90"}`:                                                                          `Decimal('19.90')`,
		`{"$py": "UUID", "value": "12345678-1234-5678-1234-567812345678"}`:                                              `UUID('12345678-1234-5678-1234-567812345678')`,
		`{"$py": "global", "value": "os.path:sep"}`:                                                                     `'/'`,
		`{"$py": "object", "class": "tasks:Kept", "state": {"key": {"$py": "tuple", "value": [7]}}}`:                    `Kept((7,))`,
		`{"$py": "object", "class": "tasks:Slots", "state": {"$py": "tuple", "value": [null, {"a": 1}]}}`:               `Slots(1)`,
		`{"$py": "object", "class": "tasks:Word", "args": ["ab", 2]}`:                                                   `'abab'`,
	} {
		one := task("tasks:show", `{"args": [`+text+`], "kwargs": {"$py": `+text+`}}`)
		if err := p.Check(job.Job{Func: one.Run.Work.Func, Args: one.Run.Work.Args}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		var got []string
		if err := json.Unmarshal([]byte(value(t, p, one)), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff([]string{want, "$py=" + want}, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", text, diff)
		}
	}
}

// needsModules skips the test where the interpreter is another than Debian's and
// lacks some.
func needsModules(t *testing.T, p *executor.Python, names ...string) {
	t.Helper()
	for _, name := range names {
		_, err := execute(t, p, call(name+":nothing"))
		if err == nil || !strings.Contains(err.Error(), name+" has no nothing") {
			servertest.Missing(t, "Python's module "+name, err)
		}
	}
}

// TestPythonMethods: a bound method is a function of its class with the object
// first, which has its state and never saw __init__.
func TestPythonMethods(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	self := `{"$py": "object", "class": "tasks:Report", "state": {"title": "sales"}}`
	for _, method := range []string{"tasks:Report.weekly", "tasks:Report.later"} {
		if got := value(t, p, task(method, `[`+self+`, {"$py": "date", "value": "2030-01-31"}]`)); got != `"sales on datetime.date(2030, 1, 31)"` {
			t.Errorf("%s returned %s", method, got)
		}
	}
}

// TestPythonRefusesValues: what only Python knows of an argument ends the run,
// with its path; the worker goes on.
func TestPythonRefusesValues(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	for text, want := range map[string]string{
		`{"$py": "object", "class": "tasks:Nothing"}`:                                                       "kwargs.x: tasks has no Nothing",
		`{"$py": "object", "class": "nothing:C"}`:                                                           "kwargs.x: import nothing: ModuleNotFoundError: No module named 'nothing' (is it below ",
		`{"$py": "object", "class": "tasks:add"}`:                                                           "kwargs.x: TypeError: tasks:add is no class: it is of type function",
		`{"$py": "object", "class": "tasks:Word"}`:                                                          "kwargs.x: TypeError: Word.__new__() missing 1 required positional argument: 'text'",
		`{"$py": "object", "class": "tasks:Kept", "state": {"a b": 1}}`:                                     "kwargs.x: KeyError: 'key'\nTraceback (most recent call last):\n  File \"",
		`{"$py": "object", "class": "tasks:Kept", "state": {"a b": {"$py": "global", "value": "tasks:x"}}}`: `kwargs.x.state["a b"]: tasks has no x`,
		`[0, {"$py": "datetime", "value": "2030-01-31T12:30:00+03:00", "zone": "Europe/Berlin"}]`:           "kwargs.x[1]: ValueError: the clocks of Europe/Berlin do not show 2030-01-31 12:30:00 with the offset UTC+03:00",
		`{"$py": "set", "value": [{"$py": "object", "class": "tasks:Unhashable"}]}`:                         "kwargs.x.value[0]: tasks has no Unhashable",
	} {
		one := task("tasks:show", `{"kwargs": {"x": `+text+`}}`)
		if err := p.Check(job.Job{Func: one.Run.Work.Func, Args: one.Run.Work.Args}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := execute(t, p, one); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", text, err, want)
		}
	}
	// Who did not ask Check is told all the same.
	for text, want := range map[string]string{
		`{"$py": "nothing", "value": 1}`:                    "args[0]: ValueError: there is no type 'nothing' for $py",
		`{"$py": "bytes"}`:                                  "args[0]: KeyError: 'value'",
		`{"$py": ["bytes"], "value": ""}`:                   "args[0]: TypeError: ",
		`{"$py": "date", "value": "soon"}`:                  "args[0]: ValueError: 'soon' cannot be read",
		`{"$py": "set", "value": [[]]}`:                     "args[0]: TypeError: unhashable type: 'list'",
		strings.Repeat("[", 600) + strings.Repeat("]", 600): "args[0][0][0]",
	} {
		if _, err := execute(t, p, task("tasks:show", "["+text+"]")); err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 5000 {
			t.Errorf("%.60s:\n got %.300v\nwant %s", text, err, want)
		}
	}
	if got := value(t, p, call("tasks:add", 1, 2)); got != "3" {
		t.Errorf("after that, %s", got)
	}
	err := p.Check(job.Job{Func: "tasks:f", Args: json.RawMessage(`{"kwargs": {"when": {"$py": "datetime", "value": "soon"}}}`)})
	if err == nil || err.Error() != `kwargs.when: "soon" is no datetime, give such as "2030-01-31T12:30:00+01:00"` {
		t.Errorf("check: %v", err)
	}
}
