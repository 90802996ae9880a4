package config

import (
	"os"
	"os/user"
	"path"
	"strconv"
	"strings"
)

// Host is what a load knows of the machine; tests and check --portable put in
// another. All its functions must be there; they need not remember anything,
// since a load asks for each user and directory once.
type Host struct {
	Environ  []string // "NAME=value"
	Hostname string
	Cwd      string
	TempDir  string
	UID      int // of the daemon
	// Portable says that the files are meant for another machine. A variable
	// that is not set then stands for "env-NAME", or for the default of an
	// option that cannot take that; every plug-in counts as present; and a
	// file without [supervisord] is taken as a fragment that another includes.
	Portable bool
	// LookupUser resolves a name or number; LookupGroup likewise. DirExists tells whether a directory is there.
	LookupUser  func(nameOrID string) (UserInfo, error)
	LookupGroup func(nameOrID string) (gid int, err error)
	DirExists   func(path string) bool
	Home        func(user string) (string, bool) // for ~user, and for ~ with ""
}

// UserInfo is what a user name resolves to.
type UserInfo struct {
	Name     string
	UID, GID int
	Groups   []int
	Home     string
}

// System is the host we run on.
func System() Host {
	hostname, _ := os.Hostname() // without a name %(host_node_name)s is empty, as in Python
	cwd, _ := workingDirectory() // without one, relative paths begin at "/"
	return Host{
		Environ:     os.Environ(),
		Hostname:    hostname,
		Cwd:         cwd,
		TempDir:     tempDir(cwd),
		UID:         os.Getuid(),
		LookupUser:  lookupUser,
		LookupGroup: lookupGroup,
		DirExists:   isDir,
		Home:        home,
	}
}

// Portable is System, but it accepts every user, group and directory, so that
// what a file means can be checked on a machine it is not for. The users of
// Debian's base system have their numbers; every other is 0.
func Portable() Host {
	h := System()
	h.Portable = true
	h.TempDir = "/tmp"
	h.UID = 0
	h.LookupUser = func(nameOrID string) (UserInfo, error) {
		id := portableID(nameOrID)
		return UserInfo{Name: nameOrID, UID: id, GID: id}, nil
	}
	h.LookupGroup = func(nameOrID string) (int, error) { return portableID(nameOrID), nil }
	h.DirExists = func(string) bool { return true }
	return h
}

// portableID is the number of a user or group on a plain Debian machine; the
// groups that count here share name and number with a user.
func portableID(nameOrID string) int {
	if id, err := parseInt(nameOrID); err == nil {
		return int(id)
	}
	return map[string]int{
		"daemon": 1, "bin": 2, "sys": 3, "sync": 4, "games": 5, "man": 6, "lp": 7, "mail": 8, "news": 9, "uucp": 10,
		"proxy": 13, "www-data": 33, "backup": 34, "list": 38, "irc": 39, "_apt": 42, "nobody": 65534,
	}[nameOrID]
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// lookupUser finds a user by number, when nameOrID is one, or by name.
func lookupUser(nameOrID string) (UserInfo, error) {
	var u *user.User
	id, err := parseInt(nameOrID)
	if err == nil {
		u, err = user.LookupId(strconv.FormatInt(id, 10))
	} else {
		u, err = user.Lookup(nameOrID)
	}
	if err != nil {
		return UserInfo{}, err
	}
	info := UserInfo{Name: u.Username, Home: u.HomeDir}
	if info.UID, err = strconv.Atoi(u.Uid); err != nil {
		return UserInfo{}, err
	}
	if info.GID, err = strconv.Atoi(u.Gid); err != nil {
		return UserInfo{}, err
	}
	ids, err := u.GroupIds()
	if err != nil {
		return UserInfo{}, err
	}
	for _, text := range ids {
		gid, err := strconv.Atoi(text)
		if err != nil {
			return UserInfo{}, err
		}
		info.Groups = append(info.Groups, gid)
	}
	return info, nil
}

func lookupGroup(nameOrID string) (int, error) {
	var g *user.Group
	id, err := parseInt(nameOrID)
	if err == nil {
		g, err = user.LookupGroupId(strconv.FormatInt(id, 10))
	} else {
		g, err = user.LookupGroup(nameOrID)
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

// home is $HOME or the home of our user for "", else that of the named user.
func home(name string) (string, bool) {
	if name != "" {
		u, err := user.Lookup(name)
		if err != nil {
			return "", false
		}
		return u.HomeDir, true
	}
	if dir, ok := os.LookupEnv("HOME"); ok {
		return dir, true
	}
	u, err := user.Current()
	if err != nil {
		return "", false
	}
	return u.HomeDir, true
}

// tempDir is the first usable directory of those that Python's
// tempfile.gettempdir looks at.
func tempDir(cwd string) string {
	candidates := []string{os.Getenv("TMPDIR"), os.Getenv("TEMP"), os.Getenv("TMP"), "/tmp", "/var/tmp", "/usr/tmp"}
	for _, dir := range candidates {
		if dir != "" && isDir(dir) && writable(dir) {
			return absolute(dir, cwd)
		}
	}
	return cwd
}

// environ returns the variables as a map.
func (h Host) environ() map[string]string {
	env := make(map[string]string, len(h.Environ))
	for _, pair := range h.Environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}

// expandUser replaces a leading ~ or ~user as Python's os.path.expanduser
// does: an unknown user leaves the path as it is.
func (h Host) expandUser(p string) string {
	if !strings.HasPrefix(p, "~") {
		return p
	}
	name, rest := p[1:], ""
	if i := strings.IndexByte(p, '/'); i >= 0 {
		name, rest = p[1:i], p[i:]
	}
	dir, ok := h.Home(name)
	if !ok {
		return p
	}
	if p = strings.TrimRight(dir, "/") + rest; p == "" {
		return "/"
	}
	return p
}

// normalize makes p absolute and clean (as normalize_path).
func (h Host) normalize(p string) string {
	return absolute(h.expandUser(p), h.Cwd)
}

// absolute joins p to cwd and cleans it as Python's os.path.abspath does: two
// leading slashes, and only two, are kept.
func absolute(p, cwd string) string {
	if !path.IsAbs(p) {
		p = cwd + "/" + p
	}
	clean := path.Clean(p)
	if strings.HasPrefix(p, "//") && !strings.HasPrefix(p, "///") {
		return "/" + clean
	}
	return clean
}

// dirName is Python's os.path.dirname.
func dirName(p string) string {
	head := p[:strings.LastIndexByte(p, '/')+1]
	if trimmed := strings.TrimRight(head, "/"); trimmed != "" {
		return trimmed
	}
	return head
}

// cached returns h with a LookupUser and a DirExists that ask once for each
// name: a thousand programs name few users and directories.
func (h Host) cached() Host {
	type answer struct {
		info UserInfo
		err  error
	}
	users, dirs := make(map[string]answer), make(map[string]bool)
	askUser, askDir := h.LookupUser, h.DirExists
	h.LookupUser = func(nameOrID string) (UserInfo, error) {
		a, ok := users[nameOrID]
		if !ok {
			a.info, a.err = askUser(nameOrID)
			users[nameOrID] = a
		}
		return a.info, a.err
	}
	h.DirExists = func(path string) bool {
		exists, ok := dirs[path]
		if !ok {
			exists = askDir(path)
			dirs[path] = exists
		}
		return exists
	}
	return h
}
