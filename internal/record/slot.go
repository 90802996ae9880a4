package record

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"strings"
	"unicode/utf8"
)

// slotSize is what each slot takes in the file: a line of text, filled up
// with blanks, so that a person can read it too.
const slotSize = 512

// nameMost bounds a name in a slot; quoted it may take four times as much.
// The hash tells longer ones apart.
const nameMost = 48

// magic and version open the header.
const magic = "watchkeeper-children-1"

// header says within what the slots are valid and who wrote them.
type header struct {
	boot      string // boot id of the machine
	namespace string // of pids
	pid       int    // the daemon
	started   uint64
	session   int // of the daemon, and so of its children
}

// slot formats the header; no field has a blank in it.
func (h header) slot() []byte {
	return fill(fmt.Sprintf("%s %s %s %d %d %d", magic, h.boot, h.namespace, h.pid, h.started, h.session))
}

func parseHeader(slot []byte) (h header, ok bool) {
	_, err := fmt.Sscanf(string(slot), magic+" %s %s %d %d %d", &h.boot, &h.namespace, &h.pid, &h.started, &h.session)
	return h, err == nil
}

// Child is a child that a record tells of. It led a process group with the
// number of its pid.
type Child struct {
	PID     int
	Started uint64 // as proc.Child.Started
	Group   string // of its process, cut off if very long; so is Name
	Name    string
	Hash    uint64 // of group and name in full (NameHash)
	Session int    // that its process group is in; the daemon's
}

// NameHash is the hash that stands for a process in a record.
func NameHash(group, name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(group + "\x00" + name)) // a hash never fails
	return h.Sum64()
}

// slot formats a child whose names are in full.
func (c Child) slot() []byte {
	return fill(fmt.Sprintf("%d %d %016x %q %q", c.PID, c.Started, NameHash(c.Group, c.Name), cut(c.Group), cut(c.Name)))
}

// parseChild reads a slot; ok is false when it is empty or was half written.
func parseChild(slot []byte) (c Child, ok bool) {
	_, err := fmt.Sscanf(string(slot), "%d %d %x %q %q", &c.PID, &c.Started, &c.Hash, &c.Group, &c.Name)
	return c, err == nil && c.PID > 1 && c.Started > 0
}

// cut shortens a name to what fits, between characters.
func cut(name string) string {
	if len(name) <= nameMost {
		return name
	}
	end := nameMost
	for end > 0 && !utf8.RuneStart(name[end]) {
		end--
	}
	return name[:end]
}

// fill makes a slot of a line.
func fill(line string) []byte {
	if len(line) >= slotSize {
		panic(fmt.Sprintf("record: a slot of %d bytes: %s", len(line), line))
	}
	return []byte(line + strings.Repeat(" ", slotSize-1-len(line)) + "\n")
}

func emptySlot() []byte {
	slot := bytes.Repeat([]byte{' '}, slotSize)
	slot[slotSize-1] = '\n'
	return slot
}
