package executor_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
)

func TestPythonNotifies(t *testing.T) {
	p := workers(t, executor.PythonOptions{Workers: 1})
	at := slot().In(time.FixedZone("", 8*3600))
	for name, c := range map[string]struct {
		event executor.PythonEvent
		want  string
	}{
		"of success": {
			event: executor.PythonEvent{Code: 4096, Scheduled: at, Value: []byte(`{"n":1}`)},
			want:  `["<JobExecutionEvent (code=4096)>", 4096, {"n": 1}, "2026-03-29T09:30:00.000250+08:00", "None", null]`,
		},
		"of an exception that Python knows": {
			event: executor.PythonEvent{Code: 8192, Err: &executor.PythonError{Text: "ValueError: why", Detail: "Traceback"}},
			want:  `["<JobExecutionEvent (code=8192)>", 8192, null, null, "ValueError('why')", "Traceback"]`,
		},
		"of another exception": {
			event: executor.PythonEvent{Code: 8192, Err: &executor.PythonError{Text: "ShopError: no shop"}},
			want:  `["<JobExecutionEvent (code=8192)>", 8192, null, null, "ShopError('no shop')", null]`,
		},
		"of an exception that wants more": {
			event: executor.PythonEvent{Code: 8192, Err: &executor.PythonError{Text: "UnicodeDecodeError: x"}},
			want:  `["<JobExecutionEvent (code=8192)>", 8192, null, null, "UnicodeDecodeError('x')", null]`,
		},
		"of another failure": {
			event: executor.PythonEvent{Code: 8192, Err: errors.New("timed out after 1s: stopped")},
			want:  `["<JobExecutionEvent (code=8192)>", 8192, null, null, "Exception('timed out after 1s: stopped')", null]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.event.JobID, c.event.JobStore = "interval_func_test", "redis"
			result, err := p.Notify(t.Context(), call("tasks:add", 1), "tasks:job_execute", c.event)
			if err != nil {
				t.Fatal(err)
			}
			got := returned(t, string(result))
			if string(got.Value) != compact(t, c.want) {
				t.Errorf("the listener got %s, want %s", got.Value, c.want)
			}
			if want := "job执行: job.id => interval_func_test \t jobstore =>redis\n"; got.Output != want {
				t.Errorf("the listener printed %q, want %q", got.Output, want)
			}
		})
	}
	_, err := p.Notify(t.Context(), call("tasks:add", 1), "tasks.job_execute", executor.PythonEvent{})
	wantError(t, err, "perhaps tasks:job_execute")
}

// compact is JSON without blanks.
func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
