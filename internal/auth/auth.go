// Package auth checks who is asking: Basic credentials against a clear or
// {SHA} password and bearer tokens against their hashes, both in constant
// time, the role that an identity has, and whether a browser was sent by
// another site. It decides; it answers nothing.
package auth

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"unicode/utf8"
)

// Why credentials were not accepted.
var (
	ErrNoCredentials  = errors.New("no credentials that could be checked")
	ErrMalformed      = errors.New("malformed credentials")
	ErrBadCredentials = errors.New("wrong user name or password")
)

// Basic is the one user of a server of a Supervisor configuration.
type Basic struct {
	Username string
	Password string // clear text, or {SHA} and the SHA-1 in lower-case hex
}

// Check reads the value of an Authorization header. It takes the same time
// whatever part of the credentials is wrong.
func (b Basic) Check(header string) (Identity, error) {
	name, password, err := ParseBasic(header)
	if err != nil {
		return Identity{}, err
	}
	want, got := b.Password, password
	if hash, ok := strings.CutPrefix(b.Password, "{SHA}"); ok {
		sum := sha1.Sum([]byte(password))
		want, got = hash, hex.EncodeToString(sum[:])
	}
	if equal(b.Username, name)&equal(want, got) == 0 {
		return Identity{}, ErrBadCredentials
	}
	return Identity{Name: name, Role: Admin}, nil
}

// equal is 1 when a is b. Hashing first hides the lengths, too.
func equal(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// ParseBasic takes the value of an Authorization header apart. Another scheme
// is ErrNoCredentials; what is not base64 of UTF-8 text with a colon is
// ErrMalformed. The password may have colons.
func ParseBasic(header string) (name, password string, err error) {
	scheme, cookie, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return "", "", ErrNoCredentials
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(cookie))
	if err != nil || !utf8.Valid(text) {
		return "", "", ErrMalformed
	}
	name, password, ok = strings.Cut(string(text), ":")
	if !ok {
		return "", "", ErrMalformed
	}
	return name, password, nil
}
