package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// kindUser is a *proc.User.
func kindUser() kind {
	return kind{name: "user", right: "give the name or number of a user of this machine", local: true,
		parse: func(h Host, text string) (any, error) { return parseUser(h, text) }}
}

// kindOwner is an owner.
func kindOwner() kind {
	return kind{name: "user or user:group", right: "give user or user:group of this machine", local: true,
		parse: func(h Host, text string) (any, error) { return parseOwner(h, text) }}
}

// kindDirectory is a string.
func kindDirectory() kind {
	return kind{name: "existing directory", right: "make the directory or give another", local: true, path: true,
		parse: func(h Host, text string) (any, error) { return parseDirectory(h, text) }}
}

// kindFile is a string.
func kindFile() kind {
	return kind{name: "path in an existing directory", right: "make the directory or give another", local: true, path: true,
		parse: func(h Host, text string) (any, error) { return parseFile(h, text) }}
}

// kindPath is a string, as written; nothing needs to be there yet.
func kindPath() kind {
	return kind{name: "path", path: true, parse: func(_ Host, text string) (any, error) { return text, nil }}
}

// kindLog is a logTarget.
func kindLog() kind {
	return kind{name: "path, AUTO or NONE", right: "make the directory or give another", local: true, path: true,
		parse: func(h Host, text string) (any, error) { return parseLog(h, text) }}
}

// kindAddress is an address.
func kindAddress() kind {
	return kind{name: "port or host:port", right: "give port, :port, *:port or host:port, such as 127.0.0.1:9001",
		parse: func(_ Host, text string) (any, error) { return parseAddress(text) }}
}

// owner is who a socket belongs to; -1 leaves it.
type owner struct{ uid, gid int }

// logTarget is where a child's log goes: a file, one that is named later, or
// the deprecated word syslog. The zero value is no log.
type logTarget struct {
	file         string
	auto, syslog bool
}

// address is where an inet server listens.
type address struct {
	host string
	port int
}

// FindUser finds a user of this machine by name or number, to run a child as.
func FindUser(nameOrID string) (*proc.User, error) { return parseUser(System(), nameOrID) }

// parseUser finds a user (name_to_uid, gid_for_uid).
func parseUser(h Host, text string) (*proc.User, error) {
	info, err := h.LookupUser(text)
	if err != nil {
		if _, notNumber := parseInt(text); notNumber != nil {
			return nil, says("Invalid user name %s", text)
		}
		return nil, says("Invalid user id %s", text)
	}
	u := &proc.User{Name: text, UID: uint32(info.UID), GID: uint32(info.GID)}
	for _, gid := range info.Groups {
		u.Groups = append(u.Groups, uint32(gid))
	}
	return u, nil
}

// parseOwner reads user or user:group (colon_separated_user_group). Its error
// is only seen wrapped in the words of the option.
func parseOwner(h Host, text string) (owner, error) {
	name, group, hasGroup := strings.Cut(text, ":")
	info, err := h.LookupUser(name)
	if err != nil {
		return owner{}, says("Invalid user:group definition %s", text)
	}
	o := owner{uid: info.UID, gid: -1}
	if !hasGroup {
		return o, nil
	}
	if o.gid, err = h.LookupGroup(group); err != nil {
		return owner{}, says("Invalid user:group definition %s", text)
	}
	return o, nil
}

func parseDirectory(h Host, text string) (string, error) {
	dir := h.expandUser(text)
	if !h.DirExists(dir) {
		return "", fmt.Errorf("%s is not an existing directory", text)
	}
	return dir, nil
}

// parseFile reads a path whose directory must exist; a bare name has none, and
// our own output needs none.
func parseFile(h Host, text string) (string, error) {
	file := h.expandUser(text)
	if dir := dirName(file); dir != "" && !ownOutput(file) && !h.DirExists(dir) {
		return "", says("The directory named as part of the path %s does not exist", text)
	}
	return file, nil
}

// ownOutput reports whether a path names what the daemon was started with, or
// nothing: that is there in an empty container, too.
func ownOutput(path string) bool {
	_, own := output.Descriptor(path)
	return own || path == "/dev/null"
}

// parseLog reads the log file of a child (logfile_name).
func parseLog(h Host, text string) (logTarget, error) {
	switch strings.ToLower(text) {
	case "none", "off":
		return logTarget{}, nil
	case "auto":
		return logTarget{auto: true}, nil
	case "syslog":
		return logTarget{syslog: true}, nil
	}
	file, err := parseFile(h, text)
	return logTarget{file: file}, err
}

// parseAddress reads the port of an inet server (inet_address).
func parseAddress(text string) (address, error) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 {
		port, err := parsePort(text)
		if err != nil {
			return address{}, fmt.Errorf("not a valid port number: %s ", ini.Repr(text))
		}
		return address{port: port}, nil
	}
	host, rest := strings.ToLower(text[:at]), text[at+1:]
	if rest == "" {
		return address{}, errors.New("no port number specified in ''")
	}
	port, err := parsePort(rest)
	if err != nil {
		return address{}, err
	}
	if host == "*" {
		host = ""
	}
	return address{host: host, port: port}, nil
}

// maxPort is the largest port number.
const maxPort = 65535

func parsePort(text string) (int, error) {
	port, err := parseInt(text)
	switch {
	case err != nil:
		return 0, err
	case port < 1:
		return 0, fmt.Errorf("%d is below lower bound (1)", port)
	case port > maxPort:
		return 0, fmt.Errorf("%d is above upper bound (%d)", port, maxPort)
	}
	return int(port), nil
}
