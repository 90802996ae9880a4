package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// Hash is what is stored of a secret. The secret has 256 random bits, so
// nobody can guess it and a plain SHA-256 is enough: what makes hashes of
// passwords slow has nothing to add.
type Hash [sha256.Size]byte

// hashPrefix marks the form of a Hash, as {SHA} does that of a password.
const hashPrefix = "{SHA256}"

// secretPrefix begins every secret, so that programs which look for leaked
// secrets find ours.
const secretPrefix = "wkt_"

// NewSecret makes the secret of a token. It can be had only now: what is
// stored is its hash.
func NewSecret() (secret string, hash Hash) {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	secret = secretPrefix + base64.RawURLEncoding.EncodeToString(random[:])
	return secret, HashOf(secret)
}

// HashOf is the hash of a secret.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// String is {SHA256} and the hash in lower-case hex.
func (h Hash) String() string { return hashPrefix + hex.EncodeToString(h[:]) }

// ErrNoHash: a text is not what Hash.String writes. It is not in the error,
// since it may be a secret.
var ErrNoHash = errors.New("not " + hashPrefix + " and 64 hexadecimal digits")

// ParseHash reads what Hash.String writes; capital letters are read, too.
func ParseHash(text string) (Hash, error) {
	digits, ok := strings.CutPrefix(text, hashPrefix)
	raw, err := hex.DecodeString(digits)
	if !ok || err != nil || len(raw) != sha256.Size {
		return Hash{}, ErrNoHash
	}
	return Hash(raw), nil
}

// Token is a secret that a client may show instead of a password.
type Token struct {
	Name string // of the identity that it gives
	Role Role
	Hash Hash
}

// Tokens are those that a server accepts. They do not change; nil accepts none.
type Tokens struct{ list []Token }

// NewTokens returns nil when there are none.
func NewTokens(list ...Token) *Tokens {
	if len(list) == 0 {
		return nil
	}
	return &Tokens{list}
}

// IsBearer tells whether the value of an Authorization header is a bearer
// token, right or wrong (RFC 6750, 2.1).
func IsBearer(header string) bool {
	scheme, _, _ := strings.Cut(header, " ")
	return strings.EqualFold(scheme, "bearer")
}

// Check reads the value of an Authorization header: ErrNoCredentials for
// another scheme, ErrBadCredentials for a token that is unknown. It takes the
// same time whichever token is meant and whatever part of the secret is wrong.
//
// A token counts in this header only. In a URL it would get into logs,
// histories and Referer headers.
func (ts *Tokens) Check(header string) (Identity, error) {
	t, err := ts.find(header)
	if err != nil {
		return Identity{}, err
	}
	return Identity{Name: "token:" + t.Name, Role: t.Role, Token: true}, nil
}

// Prove is Check for the beginning of a session.
func (ts *Tokens) Prove(header string) (Proof, error) {
	t, err := ts.find(header)
	if err != nil {
		return Proof{}, err
	}
	return t.Proof(), nil
}

func (ts *Tokens) find(header string) (Token, error) {
	if ts == nil || !IsBearer(header) {
		return Token{}, ErrNoCredentials
	}
	_, secret, _ := strings.Cut(header, " ")
	hash := HashOf(strings.TrimSpace(secret))
	at := -1
	for i := range ts.list {
		same := subtle.ConstantTimeCompare(hash[:], ts.list[i].Hash[:])
		at = subtle.ConstantTimeSelect(same, i, at)
	}
	if at < 0 {
		return Token{}, ErrBadCredentials
	}
	return ts.list[at], nil
}
