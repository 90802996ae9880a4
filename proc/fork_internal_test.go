//go:build linux

package proc

import (
	"io"
	"os"
	"strings"
	"testing"
)

// TestUmaskWithoutAThreadOfItsOwn: where unshare is forbidden, as in many
// containers, the stand-in sets the umask and executes the program.
func TestUmaskWithoutAThreadOfItsOwn(t *testing.T) {
	s, err := NewOS(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	s.forker.setsUmask = false
	child, err := s.Start(Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", "umask; pwd; grep SigIgn /proc/self/status"},
		Env: []string{"PATH=/usr/bin:/bin"}, Dir: "/usr", Umask: 0o26,
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for err == nil {
		err = child.Stdout().Next(func(p []byte) { out.Write(p) })
	}
	if err != io.EOF {
		t.Errorf("read: %v", err)
	}
	// SIGPIPE and SIGXFSZ are in the digits; what else is ignored comes from whoever started us.
	if got, want := out.String(), "0026\n/usr\nSigIgn:\t"; !strings.HasPrefix(got, want) || !strings.Contains(got, "100100") {
		t.Errorf("the child says %q, want %q and 1001000", got, want)
	}
	<-child.Done()
	for _, c := range []io.Closer{child.Stdin(), child.Stdout(), child.Stderr()} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Add([]byte("1 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"))
	f.Add([]byte("1 )("))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, ok := parseStat(data)
		if ok && !strings.Contains(string(data), "("+s.name+")") {
			t.Errorf("parseStat(%q) finds the name %q", data, s.name)
		}
	})
}

func TestParseStat(t *testing.T) {
	s, ok := parseStat([]byte("7 (a) b) (c) S 1 20 30 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 99 20"))
	want := stat{name: "a) b) (c", state: 'S', pgrp: 20, session: 30, started: 99}
	if !ok || s != want {
		t.Errorf("parseStat = %+v, %v, want %+v", s, ok, want)
	}
}

func FuzzUser(f *testing.F) {
	f.Add(uint32(0), uint32(0), uint32(0), false)
	f.Add(uint32(33), uint32(44), uint32(1<<32-1), true)
	f.Fuzz(func(t *testing.T, uid, gid, group uint32, grouped bool) {
		u := &User{UID: uid, GID: gid}
		if grouped {
			u.Groups = []uint32{group, gid}
		}
		got, err := parseUser(formatUser(u))
		if err != nil || got.uid != int(uid) || got.gid != int(gid) || len(got.groups) != len(u.Groups) {
			t.Fatalf("parseUser(%q) = %+v, %v", formatUser(u), got, err)
		}
		if grouped && got.groups[0] != int(group) {
			t.Errorf("groups are %v, want %v", got.groups, u.Groups)
		}
	})
}
