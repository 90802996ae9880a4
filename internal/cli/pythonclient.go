package cli

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/python"
)

// pythonCommand prints the Python client.
func pythonCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "python",
		Short: "Print the Python client: APScheduler's names over this daemon",
		Long: `Print the Python client, one file for Python 3.8 and newer that needs no package. A program for
APScheduler runs as it is, with its functions in its own process:

    watchkeeper python > watchkeeper.py
    python3 watchkeeper.py run prog.py`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := io.WriteString(w.stdout, python.Source())
			return err
		},
	}
}
