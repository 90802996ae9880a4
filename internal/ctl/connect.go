package ctl

import (
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
)

// Options are those of a client for the server that [supervisorctl], the
// environment and the command line have settled on. The error is about the
// files of TLS, which count for https:// only.
func Options(c config.Client) (client.Options, error) {
	o := client.Options{ServerURL: c.ServerURL, Username: c.Username, Password: c.Password, Token: c.Token}
	var err error
	if strings.HasPrefix(c.ServerURL, "https://") {
		o.TLS, err = client.LoadTLS(c.TLS.CA, c.TLS.Cert, c.TLS.Key)
	}
	return o, err
}
