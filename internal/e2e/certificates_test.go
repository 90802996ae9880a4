package e2e_test

import (
	"crypto/tls"
	"fmt"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/watchkeeper-go/watchkeeper/internal/certtest"
)

// authorityOf is the key of a script's own authority among its values.
type authorityOf struct{}

func certificates(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 1, "certificates NAME...")
	authority := ts.Value(authorityOf{}).(*certtest.Authority)
	_, err := authority.WriteCA(ts.MkAbs("."))
	ts.Check(err)
	for _, name := range args {
		_, _, err := authority.Write(ts.MkAbs("."), name)
		ts.Check(err)
	}
}

func shows(ts *testscript.TestScript, neg bool, args []string) {
	arguments(ts, neg, args, 2, "shows NAME ADDRESS")
	authority := ts.Value(authorityOf{}).(*certtest.Authority)
	eventually(ts, func() error {
		conn, err := tls.Dial("tcp", args[1], &tls.Config{RootCAs: authority.Pool()})
		if err != nil {
			return err
		}
		defer conn.Close()
		if name := conn.ConnectionState().PeerCertificates[0].Subject.CommonName; name != args[0] {
			return fmt.Errorf("%s shows the certificate of %s", args[1], name)
		}
		return nil
	})
}
