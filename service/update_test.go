package service_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/service"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// catSection is a program that lives until it is stopped.
func catSection(name, more string) string {
	return "[program:" + name + "]\ncommand=/bin/cat\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n" + more
}

func rewrite(t *testing.T, dir string, sections ...string) {
	t.Helper()
	conf := "[supervisord]\nlogfile=$DIR/main.log\nchildlogdir=$DIR\n" + strings.Join(sections, "")
	if err := os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(strings.ReplaceAll(conf, "$DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// done is what an update or a check says.
type done struct{ Added, Changed, Removed []string }

func TestUpdate(t *testing.T) {
	for title, tt := range map[string]struct {
		only []string
		want done
		left []string // the groups
	}{
		"everything":         {nil, done{[]string{"new"}, []string{"other"}, []string{"old"}}, []string{"new", "other", "same"}},
		"one that is new":    {[]string{"new"}, done{Added: []string{"new"}}, []string{"new", "old", "other", "same"}},
		"one that is gone":   {[]string{"old"}, done{Removed: []string{"old"}}, []string{"other", "same"}},
		"one that is as was": {[]string{"same"}, done{}, []string{"old", "other", "same"}},
	} {
		t.Run(title, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				rewrite(t, dir, catSection("same", ""), catSection("other", ""), catSection("old", ""))
				d := servicetest.New(t, dir)
				synctest.Wait()
				before, err := d.ProcessInfo("same")
				if err != nil {
					t.Fatal(err)
				}
				rewrite(t, dir, catSection("same", ""), catSection("other", "priority=1\n"), catSection("new", ""))
				var got done
				if got.Added, got.Changed, got.Removed, err = d.Check(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(done{[]string{"new"}, []string{"other"}, []string{"old"}}, got); diff != "" {
					t.Errorf("Check (-want +got):\n%s", diff)
				}
				if err := d.AddGroup("new"); !errors.Is(err, service.ErrBadName) {
					t.Errorf("a check has kept the files: %v", err)
				}
				if got.Added, got.Changed, got.Removed, err = d.Update(t.Context(), tt.only...); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("Update (-want +got):\n%s", diff)
				}
				var left []string
				for _, g := range d.AllGroupInfo() {
					left = append(left, g.Name)
				}
				if diff := cmp.Diff(tt.left, left); diff != "" {
					t.Errorf("groups (-want +got):\n%s", diff)
				}
				if after, err := d.ProcessInfo("same"); err != nil || after.Status.PID != before.Status.PID {
					t.Errorf("what is as it was is another process: %v, %v", after, err)
				}
			})
		})
	}
}

func TestUpdateRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		rewrite(t, dir, catSection("same", ""))
		d := servicetest.New(t, dir)
		if _, _, _, err := d.Update(t.Context(), "nix"); !errors.Is(err, service.ErrBadName) {
			t.Errorf("an unknown name: %v", err)
		}
		rewrite(t, dir, "[program:x]\n")
		if _, _, _, err := d.Update(t.Context()); !errors.Is(err, service.ErrCannotReread) {
			t.Errorf("faults: %v", err)
		}
		if _, _, _, err := d.Check(); !errors.Is(err, service.ErrCannotReread) {
			t.Errorf("check of faults: %v", err)
		}
	})
}

func TestGroupInfo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		rewrite(t, dir, catSection("b", "priority=5\n"), catSection("a", "autostart=false\n"), "[group:g]\nprograms=b,a\npriority=3\n")
		d := servicetest.New(t, dir)
		synctest.Wait()
		got, err := d.GroupInfo("g")
		want := service.GroupInfo{Name: "g", Priority: 3, Kind: supervise.KindGroup, Processes: []service.GroupMember{
			{Name: "b", State: supervise.Running}, {Name: "a", State: supervise.Stopped},
		}}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
		if _, err := d.GroupInfo("nix"); !errors.Is(err, service.ErrBadName) {
			t.Errorf("an unknown group: %v", err)
		}
	})
}

func TestLogRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		rewrite(t, dir, "[program:cat]\ncommand=/bin/cat\nstdout_logfile=$DIR/cat.log\nstderr_logfile=NONE\n")
		d := servicetest.New(t, dir)
		synctest.Wait()
		path := filepath.Join(dir, "cat.log")
		if err := os.WriteFile(path, []byte("é23456"), 0o600); err != nil { // 7 bytes
			t.Fatal(err)
		}
		for _, c := range []struct {
			offset, limit int64
			want          service.LogRange
			err           error
		}{
			{0, 100, service.LogRange{Data: []byte("é23456"), Size: 7}, nil},
			{1, 2, service.LogRange{Data: []byte("\xa92"), Offset: 1, Size: 7}, nil}, // bytes are bytes
			{-2, 100, service.LogRange{Data: []byte("56"), Offset: 5, Size: 7}, nil},
			{-100, 1, service.LogRange{Data: []byte("\xc3"), Size: 7}, nil},
			{7, 1, service.LogRange{Data: []byte{}, Offset: 7, Size: 7}, nil},
			{8, 1, service.LogRange{}, service.ErrBeyondLog},
		} {
			got, err := d.LogRange("cat", service.Stdout, c.offset, c.limit)
			if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
				t.Errorf("from %d, %d bytes: %v (-want +got):\n%s", c.offset, c.limit, err, diff)
			}
		}
		for _, c := range []struct {
			name, channel string
			err           error
		}{
			{"nix", service.Stdout, service.ErrBadName}, {"cat", "nix", service.ErrBadName}, {"cat", service.Stderr, service.ErrNoLog},
		} {
			if _, err := d.LogRange(c.name, c.channel, 0, 1); !errors.Is(err, c.err) {
				t.Errorf("%s of %s: %v, want %v", c.channel, c.name, err, c.err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := d.LogRange("cat", service.Stdout, 0, 1); !errors.Is(err, service.ErrNoLog) {
			t.Errorf("without its file: %v", err)
		}
		if main, err := d.MainLogRange(0, 4); err != nil || main.Size == 0 || len(main.Data) != 4 {
			t.Errorf("the main log: %v, %v", main, err)
		}
	})
}
