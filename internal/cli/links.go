package cli

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// oldNames are the names of Supervisor's programs that we answer to.
func oldNames() []string {
	return []string{"supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"}
}

// links makes the old names in a directory, or takes them away.
type links struct {
	self  string // the binary that they lead to
	hard  bool   // hard links instead of symbolic ones
	force bool   // replace what is not ours
}

func linksCommand(w world) *cobra.Command {
	var l links
	var remove bool
	c := &cobra.Command{
		Use:   "links DIR",
		Short: "Make the names of Supervisor's programs in DIR, as links to this binary",
		Long: `Make supervisord, supervisorctl, echo_supervisord_conf and pidproxy in DIR, as links to this
binary, and print them. In a directory that stands in PATH before that of Supervisor's programs they
come first, and those stay as they are. A link to a watchkeeper is replaced. If anything
else has one of the names nothing is done, unless --force says to replace it.`,
		Args: justOne("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			l.self = self
			do := l.make
			if remove {
				do = l.remove
			}
			paths, err := do(args[0])
			for _, path := range paths {
				fmt.Fprintln(w.stdout, path)
			}
			if err != nil {
				fmt.Fprintln(w.stderr, "Error:", err)
				return exitCode(exitFailed)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&l.hard, "hard", false, "make hard links instead of symbolic ones")
	c.Flags().BoolVar(&l.force, "force", false, "replace files that are not links of ours")
	c.Flags().BoolVar(&remove, "remove", false, "take the links away; what is not ours stays")
	c.MarkFlagsMutuallyExclusive("remove", "hard")
	c.MarkFlagsMutuallyExclusive("remove", "force")
	return c
}

// make makes all links, or none when one of the names is taken. It returns
// those that are there.
func (l links) make(dir string) (made []string, err error) {
	for _, name := range oldNames() {
		path := filepath.Join(dir, name)
		o, err := l.ownerOf(path)
		switch {
		case err != nil:
			return nil, err
		case o == strangers && !l.force:
			return nil, fmt.Errorf("%s is there already and not a link of ours (use --force to replace it)", path)
		}
	}
	for _, name := range oldNames() {
		path := filepath.Join(dir, name)
		if err := l.link(path); err != nil {
			return made, err
		}
		made = append(made, path)
	}
	return made, nil
}

// link makes one link. What is there is replaced in one step, so that at no
// time the name is missing.
func (l links) link(path string) error {
	o, err := l.ownerOf(path)
	if err != nil || o == current {
		return err
	}
	fresh := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%d", filepath.Base(path), os.Getpid()))
	link := os.Symlink
	if l.hard {
		link = os.Link
	}
	if err := link(l.self, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return nil
}

// remove takes away the links that are ours, and says of what is not that it
// stays. It returns those that were taken away.
func (l links) remove(dir string) (removed []string, err error) {
	var stay []error
	for _, name := range oldNames() {
		path := filepath.Join(dir, name)
		o, err := l.ownerOf(path)
		switch {
		case err != nil:
			return removed, err
		case o == strangers || path == l.self:
			stay = append(stay, fmt.Errorf("%s is not a link of ours, so it stays", path))
		case o != nobodys:
			if err := os.Remove(path); err != nil {
				return removed, err
			}
			removed = append(removed, path)
		}
	}
	return removed, errors.Join(stay...)
}

// owner says whose a file is.
type owner int

const (
	nobodys   owner = iota // there is none
	current                // a link to this binary, or the binary
	former                 // a link to another watchkeeper, which may be gone
	strangers              // anything else
)

func (l links) ownerOf(path string) (owner, error) {
	there, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nobodys, nil
	}
	if err != nil {
		return strangers, err
	}
	us, err := os.Stat(l.self)
	if err != nil {
		return strangers, err
	}
	if to, err := os.Stat(path); err == nil && os.SameFile(to, us) {
		return current, nil
	}
	switch there.Mode().Type() {
	case fs.ModeSymlink:
	case 0:
		if isWatchkeeper(path) { // a hard link to an older one
			return former, nil
		}
		return strangers, nil
	default:
		return strangers, nil
	}
	target, err := os.Readlink(path)
	if err != nil {
		return strangers, err
	}
	if filepath.Base(target) == "watchkeeper" {
		return former, nil
	}
	return strangers, nil
}

// isWatchkeeper reports whether a file is a binary that was built of what we were
// built of.
func isWatchkeeper(path string) bool {
	us, known := debug.ReadBuildInfo()
	it, err := buildinfo.ReadFile(path)
	return known && err == nil && it.Path == us.Path
}
