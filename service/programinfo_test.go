package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ends keeps the last change that tells how a child ended.
type ends struct{ last supervise.StateChanged }

// Accept implements event.Subscription.
func (e *ends) Accept(happened event.Event) {
	if change, ok := happened.(supervise.StateChanged); ok && change.How != "" {
		e.last = change
	}
}

func TestLogBeforeAnEnd(t *testing.T) {
	const conf = "[supervisord]\nlogfile=main.log\n[program:web]\ncommand=/bin/cat\nstartsecs=0\nstdout_logfile=web.log\nstderr_logfile=NONE\n"
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		t.Chdir(dir)
		if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		d := servicetest.New(t, dir)
		var e ends
		defer d.Subscribe(&e, event.ProcessState)()
		synctest.Wait()
		say := func(text string) {
			t.Helper()
			if err := d.SendStdin(t.Context(), "web", text); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		say("0123456789")
		if _, err := d.Stop(t.Context(), "web", true); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Start(t.Context(), "web", true); err != nil {
			t.Fatal(err)
		}
		say("of another life")
		for most, want := range map[int64]string{100: "0123456789", 4: "6789"} {
			got, err := d.LogBefore("web", service.Stdout, e.last.Stdout, most)
			if err != nil || string(got.Data) != want {
				t.Errorf("the last %d bytes are %q, %v, want %q", most, got.Data, err, want)
			}
		}
		if _, err := d.LogBefore("web", service.Stderr, e.last.Stderr, 1); !errors.Is(err, service.ErrNoLog) {
			t.Errorf("a log that there is not: %v", err)
		}
		if err := d.ClearLog("web"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.LogBefore("web", service.Stdout, e.last.Stdout, 1); !errors.Is(err, service.ErrBeyondLog) {
			t.Errorf("after it was cleared: %v", err)
		}
	})
}

func TestProgramInfoTellsWhetherTheFilesHaveChanged(t *testing.T) {
	inPlan(t, func(t *testing.T, _ string, d *servicetest.Daemon) {
		changed := func() map[string]bool {
			found := map[string]bool{}
			for _, info := range d.AllProcessInfo() {
				name := service.Namespec{Group: info.Group, Process: info.Name}.String()
				p, err := d.ProgramInfo(name)
				if err != nil || len(p.Settings) == 0 {
					t.Fatalf("%s: %+v, %v", name, p, err)
				}
				found[info.Group] = p.Changed
			}
			return found
		}
		before := changed()
		_, differing, removed, err := d.Reread()
		if err != nil || len(differing) == 0 {
			t.Fatal(differing, err)
		}
		after := changed()
		for group := range before {
			want := slices.Contains(differing, group) || slices.Contains(removed, group)
			if before[group] || after[group] != want {
				t.Errorf("%s has changed: %v before the files were read again, %v after it, want %v", group, before[group], after[group], want)
			}
		}
		if _, err := d.ProgramInfo("nix"); !errors.Is(err, service.ErrBadName) {
			t.Errorf("of nobody: %v", err)
		}
	})
}
