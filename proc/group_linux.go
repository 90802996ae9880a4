package proc

import (
	"bytes"
	"os"
	"slices"
	"strconv"
)

// stat is what we read of /proc/<pid>/stat.
type stat struct {
	name    string
	state   byte
	pgrp    int
	session int
	started uint64 // clock ticks since boot
}

// lives is false for what has ended and only waits to be collected.
func (s stat) lives() bool { return s.state != 'Z' && s.state != 'X' }

// readStat reads the state of a process; ok is false if there is none.
func readStat(pid int) (s stat, ok bool) {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, false
	}
	return parseStat(data)
}

// parseStat reads "pid (name) state ppid pgrp session ...", where the name may
// hold anything, blanks and parentheses included. The fields are counted in
// proc(5), from 1.
func parseStat(data []byte) (s stat, ok bool) {
	name, fields := statFields(data)
	if len(fields) <= 22-third {
		return stat{}, false
	}
	s.name, s.state = string(name), fields[3-third][0]
	var errs [3]error
	s.pgrp, errs[0] = strconv.Atoi(string(fields[5-third]))
	s.session, errs[1] = strconv.Atoi(string(fields[6-third]))
	s.started, errs[2] = strconv.ParseUint(string(fields[22-third]), 10, 64)
	return s, errs == [3]error{}
}

// third is the number of the first field that statFields returns.
const third = 3

// statFields takes /proc/<pid>/stat apart: the name, and what follows it.
func statFields(data []byte) (name []byte, fields [][]byte) {
	open, shut := bytes.IndexByte(data, '('), bytes.LastIndexByte(data, ')')
	if open < 0 || shut < open {
		return nil, nil
	}
	return data[open+1 : shut], bytes.Fields(data[shut+1:])
}

// membersOf lists the living members of a process group by pid. They are in
// the given session, as all of a group are; a group that got the number later
// in another session is not meant.
func membersOf(pgrp, session int) []Member {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	names, err := dir.Readdirnames(-1)
	_ = dir.Close() // it was only read
	if err != nil {
		return nil
	}
	var members []Member
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		s, ok := readStat(pid)
		if ok && s.pgrp == pgrp && s.session == session && s.lives() {
			members = append(members, Member{PID: pid, Name: s.name})
		}
	}
	slices.SortFunc(members, func(a, b Member) int { return a.PID - b.PID })
	return members
}

// startedAt is when the kernel started a process.
func startedAt(pid int) uint64 {
	s, _ := readStat(pid)
	return s.started
}

func lives(pid int, started uint64) bool {
	s, ok := readStat(pid)
	return ok && s.lives() && s.started == started
}

func left(pid int, started uint64, session int) []Member {
	if s, there := readStat(pid); there && s.started != started {
		return nil
	}
	return membersOf(pid, session)
}
