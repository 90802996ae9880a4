package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// tokenCommand is the parent of what is done with tokens.
func tokenCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make tokens for clients",
	}
	c.AddCommand(newTokenCommand(w))
	return c
}

func newTokenCommand(w world) *cobra.Command {
	var (
		role   string
		asJSON bool
	)
	c := &cobra.Command{
		Use:   "new NAME --role read|operate|admin",
		Short: "Make a token and print the section for it",
		Long: `Make a token: print its secret, which is kept nowhere, and the [token:NAME] section with its
hash for the configuration of the daemon. It counts from the next reload on.

Clients send the secret as "Authorization: Bearer SECRET"; supervisorctl takes it from the
variable WATCHKEEPER_TOKEN or from the option token of [supervisorctl]. The roles are

    read      see states and logs
    operate   also start, stop, signal and clear logs
    admin     everything`,
		Args: justOne("NAME"),
		RunE: func(_ *cobra.Command, args []string) error { return w.newToken(args[0], role, asJSON) },
	}
	c.Flags().StringVar(&role, "role", "", "what the holder may do: read, operate or admin")
	c.Flags().BoolVar(&asJSON, "json", false, "print both as JSON")
	return c
}

// newToken prints what is for the client and what is for the daemon.
func (w world) newToken(name, word string, asJSON bool) error {
	if !config.IsName(name) {
		return fmt.Errorf("%q is no name for a section: give one without blank, colon, slash and bracket", name)
	}
	role, err := auth.ParseRole(word)
	if err != nil {
		return errors.New("give --role read, --role operate or --role admin")
	}
	secret, hash := auth.NewSecret()
	section := fmt.Sprintf("[token:%s]\nrole = %v\ntoken = %v\n", name, role, hash)
	if asJSON {
		return json.NewEncoder(w.stdout).Encode(struct {
			Secret  string `json:"secret"`
			Section string `json:"section"`
		}{secret, section})
	}
	_, err = fmt.Fprintf(w.stdout, "The secret, for the client; it is shown only now:\n\n%s\n\n"+
		"The section, for the configuration of the daemon:\n\n%s", secret, section)
	return err
}
