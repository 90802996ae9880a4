package cli

import "github.com/spf13/cobra"

// jobCommand is the parent of what is done with jobs.
func jobCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use:   "job",
		Short: "Work with jobs",
	}
	c.AddCommand(jobImportCommand(w))
	return c
}
