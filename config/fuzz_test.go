package config_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// FuzzLoad looks for a file that panics, an error without its faults, and an
// understanding that cannot be written down.
func FuzzLoad(f *testing.F) {
	cases, err := filepath.Glob("testdata/corpus/*.conf")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range cases {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 1<<10 { // long ones take the fuzzer long to make shorter
			f.Add(text)
		}
	}
	f.Add([]byte(seedJob))
	f.Add([]byte("[jobstore:a]\nurl=postgres://u:p@h/%(here)s\n[job:a]\ncommand=x ;y\ncrontab=H 3 * * 1\nexclude=05-01\nretries=1\n[executor:p]\ntype=python\n"))
	f.Add([]byte("[job:a]\nprogram=b:*\naction=signal:HUP\ntrigger=and\ntriggers=cron[day='last'], cron[hour='3']\nend_date=+1d\n[program:b]\ncommand=c\n"))
	path := filepath.Join(f.TempDir(), "main.conf")
	host := config.Portable()
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("[include]")) {
			return // a pattern may mean the whole disk
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, host, nil)
		var faults config.Errors
		switch {
		case errors.As(err, &faults):
			if len(faults) == 0 || faults.Error() == "" {
				t.Errorf("an error without faults: %q", err)
			}
		case err != nil:
			t.Errorf("the error is about the file: %v", err)
		default:
			if err := c.WriteJSON(&bytes.Buffer{}); err != nil {
				t.Error(err)
			}
			checkJobs(t, c.Scheduler)
		}
	})
}

// checkJobs holds what loaded to what Load promises about jobs.
func checkJobs(t *testing.T, s *config.Scheduler) {
	t.Helper()
	if s == nil {
		return
	}
	if added, changed, removed := config.DiffJobs(s, s); len(added)+len(changed)+len(removed) > 0 {
		t.Errorf("a load differs from itself: %v, %v, %v", added, changed, removed)
	}
	for _, j := range s.Jobs {
		works := 0
		for _, has := range []bool{j.Command != nil, j.Func != nil, j.Action != nil} {
			if has {
				works++
			}
		}
		if works != 1 || j.Store == "" || j.Executor == "" {
			t.Errorf("job %q has %d things to run, store %q and executor %q", j.Name, works, j.Store, j.Executor)
		}
		if _, err := j.Schedule.Resolve(time.Now()); err != nil && !j.Schedule.Relative() {
			t.Errorf("the trigger of job %q cannot be made after it was checked: %v", j.Name, err)
		}
	}
}
