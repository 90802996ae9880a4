package compat_test

import (
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// doors are the sockets that the daemon listens on: where they are, who may
// connect, and what it answers to who has no password. Those with TLS, which
// the original has not, are left out. Sockets of FastCGI programs are not asked.
func (i *instance) doors(t *testing.T) []string {
	t.Helper()
	held := i.sockets(t)
	var all []string
	for _, table := range []string{"tcp", "tcp6", "unix"} {
		data, err := os.ReadFile("/proc/net/" + table)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			to, inode := listener(table, strings.Fields(line))
			if !held[inode] {
				continue
			}
			if strings.HasSuffix(to.address, ".fcgi") { // its program would have to answer
				all = append(all, place(t, to))
				continue
			}
			answer := talk{pieces: []string{versionCall("HTTP/1.1")}, answers: 1}.hear(t, to)
			if strings.Contains(answer, "HTTPS") {
				if i.name == "original" {
					t.Errorf("the original speaks TLS on %s", to.address)
				}
				continue
			}
			status, _, _ := strings.Cut(answer, "\n")
			all = append(all, fmt.Sprintf("%s: %s", place(t, to), status))
		}
	}
	slices.Sort(all)
	return all
}

// sockets are the inodes of those that the daemon holds.
func (i *instance) sockets(t *testing.T) map[string]bool {
	t.Helper()
	held := map[string]bool{}
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", i.cmd.Process.Pid))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no descriptors: %v", err)
	}
	for _, path := range paths {
		target, _ := os.Readlink(path) // it may be closed by now
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			held[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return held
}

// listener reads a row of a table of sockets; the inode is "" for those that do
// not listen.
func listener(table string, row []string) (to address, inode string) {
	switch {
	case table == "unix" && len(row) == 8 && row[3] == "00010000":
		path := regexp.MustCompile(`(\.sock|\.fcgi)\.\d+$`).ReplaceAllString(row[7], "$1") // it was bound by another name
		return address{"unix", path}, row[6]
	case table != "unix" && len(row) > 9 && row[3] == "0A":
		return address{"tcp", netAddress(row[1])}, row[9]
	}
	return address{}, ""
}

// netAddress reads an address as the kernel writes it: words of four bytes,
// each in the order of the machine.
func netAddress(text string) string {
	digits, port, _ := strings.Cut(text, ":")
	ip, _ := hex.DecodeString(digits) // the kernel writes digits
	for n := 0; n+4 <= len(ip); n += 4 {
		slices.Reverse(ip[n : n+4])
	}
	var number int
	_, _ = fmt.Sscanf(port, "%x", &number)
	return net.JoinHostPort(net.IP(ip).String(), fmt.Sprint(number))
}

// place is where a socket is, for whom: of a port, which no two runs share, only
// the host.
func place(t *testing.T, to address) string {
	t.Helper()
	if to.network == "tcp" {
		host, _, err := net.SplitHostPort(to.address)
		if err != nil {
			t.Fatal(err)
		}
		return host
	}
	info, err := os.Stat(to.address)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%s %v %d:%d", to.address, info.Mode(), owner.Uid, owner.Gid)
}
