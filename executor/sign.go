package executor

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader is the header in which HTTP signs its requests.
const SignatureHeader = "Watchkeeper-Signature"

// ErrSignature: a signature is missing, too old or not made with the secret.
var ErrSignature = errors.New("signature is not valid")

// Sign returns the value of SignatureHeader for a body that is sent at the
// given time: "t=SECONDS,v1=HEX", where SECONDS is the Unix time and HEX the
// HMAC-SHA256, with secret as its key, of SECONDS, a full stop and the body.
// The time is part of it so that a recorded request soon is worth nothing.
func Sign(secret []byte, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac(secret, seconds, body))
}

// Verify is for those who receive requests of HTTP: it tells whether header,
// the value of SignatureHeader, was made with secret for this very body within
// tolerance of now. Of several v1 in a header one must do, so that a secret
// can be exchanged. The comparison takes the same time wherever the values
// differ. ErrSignature.
//
// Within the tolerance a request can be repeated by whoever has read it; a
// receiver that minds keeps the token of the run in the body, which only
// grows.
func Verify(secret []byte, header string, body []byte, now time.Time, tolerance time.Duration) error {
	if len(secret) == 0 {
		return fmt.Errorf("%w: there is no secret to compare it with", ErrSignature)
	}
	seconds, signatures := parseSignature(header)
	at, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || len(signatures) == 0 {
		return fmt.Errorf("%w: want t=SECONDS,v1=HEX", ErrSignature)
	}
	if age := now.Sub(time.Unix(at, 0)).Abs(); age > tolerance {
		return fmt.Errorf("%w: it is %s off, more than %s", ErrSignature, age.Round(time.Second), tolerance)
	}
	want := mac(secret, seconds, body)
	for _, got := range signatures {
		if hmac.Equal(got, want) {
			return nil
		}
	}
	return fmt.Errorf("%w: it was made with another secret or for another body", ErrSignature)
}

// parseSignature reads the time and the signatures that have a form.
func parseSignature(header string) (seconds string, signatures [][]byte) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds = value
		case "v1":
			if sum, err := hex.DecodeString(value); err == nil {
				signatures = append(signatures, sum)
			}
		}
	}
	return seconds, signatures
}

// mac is the signature of body as sent at seconds.
func mac(secret []byte, seconds string, body []byte) []byte {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(seconds)) // a hash takes everything
	h.Write([]byte{'.'})
	h.Write(body)
	return h.Sum(nil)
}
