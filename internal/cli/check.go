package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// checkFlags are the flags of watchkeeper check.
type checkFlags struct {
	path                   string
	strict, portable, json bool
}

func checkCommand(w world) *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [-c FILE]",
		Short: "Load a configuration and print every fault in it",
		Long: `Load a configuration and print every fault in it, one a line:

    file:line: [section] key: what is wrong, what would be right

Lines that end in (warning) tell what loads but cannot be meant. The exit code is 0 when the
daemon would start, 2 when it would not, and with --strict 1 for warnings.`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unexpected argument %q: name the file by -c FILE", args[0])
			}
			return nil
		},
		RunE: func(*cobra.Command, []string) error { return asError(w.check(f)) },
	}
	c.Flags().StringVarP(&f.path, "configuration", "c", "", "the configuration file (looked for without it)")
	c.Flags().BoolVar(&f.strict, "strict", false, "fail for warnings, too")
	c.Flags().BoolVar(&f.portable, "portable", false, "leave out what depends on the machine: users, groups, directories")
	c.Flags().BoolVar(&f.json, "json", false, "print what was understood as JSON")
	return c
}

// check prints faults and warnings; they go to standard error when standard
// output carries the JSON.
func (w world) check(f checkFlags) int {
	if f.path == "" {
		path, code, ok := w.defaultConfig(true)
		if !ok {
			return code
		}
		f.path = path
	}
	host := config.System()
	if f.portable {
		host = config.Portable()
	}
	report := w.stdout
	if f.json {
		report = w.stderr
	}
	loaded, err := config.Load(f.path, host, nil)
	var faults config.Errors
	if err != nil && !errors.As(err, &faults) {
		return w.usage(err.Error())
	}
	for _, fault := range faults {
		fmt.Fprintln(report, fault)
	}
	remarks := loaded.Remarks()
	for _, remark := range remarks {
		fmt.Fprintf(report, "%v (warning)\n", remark)
	}
	if len(faults) > 0 {
		return exitUsage
	}
	if f.json {
		if err := loaded.WriteJSON(w.stdout); err != nil {
			fmt.Fprintln(w.stderr, "Error:", err)
			return exitFailed
		}
	}
	if f.strict && len(remarks) > 0 {
		return exitFailed
	}
	return exitOK
}
