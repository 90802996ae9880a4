package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// oldNames are the names of Supervisor's programs that we answer to.
func oldNames() []string {
	return []string{"supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"}
}

func linksCommand(w world) *cobra.Command {
	var hard, force bool
	c := &cobra.Command{
		Use:   "links DIR",
		Short: "Make the names of Supervisor's programs in DIR, as links to this binary",
		Args:  justOne("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			for _, name := range oldNames() {
				path := filepath.Join(args[0], name)
				if err := link(self, path, hard, force); err != nil {
					fmt.Fprintln(w.stderr, "Error:", err)
					return exitCode(exitFailed)
				}
				fmt.Fprintln(w.stdout, path)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&hard, "hard", false, "make hard links instead of symbolic ones")
	c.Flags().BoolVar(&force, "force", false, "replace files that are there")
	return c
}

// link makes path a link to self. A link to self that is there already is
// fine (it may be self); anything else that is there is left alone without force.
func link(self, path string, hard, force bool) error {
	us, err := os.Stat(self)
	if err != nil {
		return err
	}
	there, err := os.Stat(path)
	if err == nil && os.SameFile(there, us) {
		return nil
	}
	if err == nil && !force {
		return fmt.Errorf("%s is there already (use --force to replace it)", path)
	}
	if force {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if hard {
		return os.Link(self, path)
	}
	return os.Symlink(self, path)
}
