package jobctl

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// certificateRequired is TLS's word for a client without a certificate.
const certificateRequired = tls.AlertError(116)

// trustedBy says how one makes a certificate trusted.
const trustedBy = "tls_ca in [supervisorctl] or WATCHKEEPER_TLS_CA names the certificates of those who may sign it"

// TLSTrouble words an error of TLS for a person, with what to do about it; ""
// for another error. Supervisor has no TLS, so there are no words of its own.
func TLSTrouble(err error) string {
	if errors.Is(err, client.ErrWantsTLS) {
		return "it speaks TLS (give its URL with https://; " + trustedBy + ")"
	}
	if e, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		if _, unknown := errors.AsType[x509.UnknownAuthorityError](e.Err); unknown { // whose own text tells of every candidate
			return "its certificate is not trusted: it is signed by somebody unknown here (" + trustedBy + ")"
		}
		return "its certificate is not trusted: " + e.Err.Error() +
			" (" + trustedBy + ")"
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "remote error" { // an alert of the server
		if e.Err.Error() == certificateRequired.Error() {
			return "it wants a certificate of ours (tls_cert and tls_key in [supervisorctl], or WATCHKEEPER_TLS_CERT and WATCHKEEPER_TLS_KEY)"
		}
		return "it ended the connection: " + e.Err.Error()
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "it does not speak TLS (http:// is for a server without)"
	}
	return ""
}
