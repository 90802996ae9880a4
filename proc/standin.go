package proc

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// standInName is argv[0] of the stand-in.
const standInName = "supervised child, about to start"

// What comes after the name in the stand-in's arguments.
const (
	standInTries = "try" // umask, user, directory, path, argv...
	standInSays  = "say" // words
)

// standInPath is our own binary.
func standInPath() string {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe" // the same file, even if the name has another by now
	}
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// standInArgs make the stand-in try what the command asks for.
func standInArgs(c Command, user *User) []string {
	argv := c.Args
	if len(argv) == 0 {
		argv = []string{c.Path}
	}
	args := []string{standInName, standInTries, strconv.Itoa(c.Umask), formatUser(user), c.Dir, c.Path}
	return append(args, argv...)
}

// standInWords make the stand-in say that the program cannot be executed.
func standInWords(c Command, err error) []string {
	name := c.Path
	if len(c.Args) > 0 {
		name = c.Args[0]
	}
	return []string{standInName, standInSays, execWords(name, err)}
}

func execWords(argv0 string, err error) string {
	return fmt.Sprintf("couldn't exec %s: %s", argv0, errnoName(err))
}

// formatUser writes uid, gid and groups as "33:33:33,44"; nil is "".
func formatUser(u *User) string {
	if u == nil {
		return ""
	}
	groups := make([]string, len(u.Groups))
	for i, g := range u.Groups {
		groups[i] = strconv.FormatUint(uint64(g), 10)
	}
	return fmt.Sprintf("%d:%d:%s", u.UID, u.GID, strings.Join(groups, ","))
}

// RunStandIn runs the stand-in that takes the place of a child whose exec,
// chdir or setuid failed, when args (os.Args) ask for it. The caller exits
// with code if ok. It must be called first thing in main.
//
// The stand-in takes the steps of a child again, in the order of Supervisor's
// _spawn_as_child, and writes what went wrong to standard error in its words.
func RunStandIn(args []string) (code int, ok bool) {
	if len(args) < 3 || args[0] != standInName {
		return 0, false
	}
	words := strings.Join(args[2:], " ")
	if args[1] == standInTries && len(args) > 6 {
		words = tryToBe(args[2:])
	}
	if words != "" {
		words = "supervisor: " + words + "\n"
	}
	// One write, and if nobody reads it there is nobody else to tell.
	_, _ = syscall.Write(2, []byte(words+"supervisor: child process was not spawned\n"))
	return 127, true
}

// tryToBe becomes the program or says why it cannot.
func tryToBe(args []string) string {
	umask, user, dir, path, argv := args[0], args[1], args[2], args[3], args[4:]
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ) // what exec passes on
	if user != "" {
		uid, _, _ := strings.Cut(user, ":")
		if why, ok := drop(user); !ok {
			return why
		} else if why != "" {
			return fmt.Sprintf("couldn't setuid to %s: %s", uid, why)
		}
	}
	if dir != "" {
		if err := syscall.Chdir(dir); err != nil {
			return fmt.Sprintf("couldn't chdir to %s: %s", dir, errnoName(err))
		}
	}
	if mask, err := strconv.Atoi(umask); err == nil && mask >= 0 {
		syscall.Umask(mask)
	}
	return execWords(argv[0], syscall.Exec(path, argv, os.Environ()))
}

// drop becomes user, in the steps and words of ServerOptions.drop_privileges.
// If the last step fails the original has no words at all: ok is false.
func drop(user string) (why string, ok bool) {
	u, err := parseUser(user)
	switch {
	case err != nil:
		return err.Error(), true
	case os.Getuid() != 0:
		return "Can't drop privilege as nonroot user", true
	case syscall.Setgroups(u.groups) != nil:
		return "Could not set groups of effective user", true
	case syscall.Setgid(u.gid) != nil:
		return "Could not set group id of effective user", true
	}
	return "", syscall.Setuid(u.uid) == nil
}

type ids struct {
	uid, gid int
	groups   []int
}

func parseUser(s string) (u ids, err error) {
	var groups string
	if _, err := fmt.Sscanf(s, "%d:%d", &u.uid, &u.gid); err != nil {
		return ids{}, fmt.Errorf("read user %q: %w", s, err)
	}
	groups = s[strings.LastIndexByte(s, ':')+1:]
	for _, g := range strings.Split(groups, ",") {
		if g == "" {
			continue
		}
		id, err := strconv.Atoi(g)
		if err != nil {
			return ids{}, fmt.Errorf("read user %q: %w", s, err)
		}
		u.groups = append(u.groups, id)
	}
	return u, nil
}

// errnoName is the symbolic name of a system error, such as ENOEXEC.
func errnoName(err error) string {
	errno, ok := err.(syscall.Errno)
	if !ok {
		return err.Error()
	}
	if name := unix.ErrnoName(errno); name != "" {
		return name
	}
	return strconv.Itoa(int(errno))
}
