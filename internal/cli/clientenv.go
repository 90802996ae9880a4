package cli

import (
	"os"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// The variables that stand over [supervisorctl]. There is no option for a
// token: command lines can be read by every user of a machine.
const (
	envToken   = "WATCHKEEPER_TOKEN"
	envTLSCA   = "WATCHKEEPER_TLS_CA"
	envTLSCert = "WATCHKEEPER_TLS_CERT"
	envTLSKey  = "WATCHKEEPER_TLS_KEY"
)

// fromEnvironment lays the variables over what the file says. An empty one
// counts as none.
func fromEnvironment(c *config.Client) {
	for variable, field := range map[string]*string{
		envToken: &c.Token, envTLSCA: &c.TLS.CA, envTLSCert: &c.TLS.Cert, envTLSKey: &c.TLS.Key,
	} {
		if value := os.Getenv(variable); value != "" {
			*field = value
		}
	}
}
