package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"sync"
	"time"
)

// A session is over when it was not used for sessionIdle, and after sessionMost
// in any case. There are at most sessionsKept; the one that was not used for
// longest leaves.
const (
	sessionIdle  = 12 * time.Hour
	sessionMost  = 7 * 24 * time.Hour
	sessionsKept = 1000
)

// Proof is what credentials leave behind in a session: who has it was let in by a
// password, or by a token, that a server accepted. The session is good on every
// server, and for as long, as that is accepted there, and has the role that it has.
type Proof [sha256.Size]byte

// Proof of the user and password, as they are configured.
func (b Basic) Proof() Proof {
	name := sha256.Sum256([]byte(b.Username))
	return sha256.Sum256(append(append([]byte("password\x00"), name[:]...), b.Password...))
}

// Proof of a token.
func (t Token) Proof() Proof { return sha256.Sum256(append([]byte("token\x00"), t.Hash[:]...)) }

// Proven is who has shown the token of which p is the proof.
func (ts *Tokens) Proven(p Proof) (Identity, bool) {
	if ts == nil {
		return Identity{}, false
	}
	for _, t := range ts.list {
		if q := t.Proof(); subtle.ConstantTimeCompare(p[:], q[:]) == 1 {
			// A browser sends the cookie by itself, so this is no Token.
			return Identity{Name: "token:" + t.Name, Role: t.Role}, true
		}
	}
	return Identity{}, false
}

// Sessions are those of people who have logged in, in memory: they end with the
// daemon. All methods may be called concurrently.
type Sessions struct {
	key [32]byte // of form tokens

	mu    sync.Mutex
	known map[Hash]*session // by the hash of the cookie
}

type session struct {
	proof       Proof
	begun, used time.Time
}

// NewSessions returns a table without sessions.
func NewSessions() *Sessions {
	s := &Sessions{known: map[Hash]*session{}}
	_, _ = rand.Read(s.key[:]) // never fails
	return s
}

// NewCookie makes the value of a cookie, with 32 random bytes. By itself it is
// good for nothing but for form tokens.
func NewCookie() string {
	var random [32]byte
	_, _ = rand.Read(random[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// wellFormed tells whether a cookie may be one of NewCookie.
func wellFormed(cookie string) bool {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	return err == nil && len(raw) == 32
}

// Begin begins a session and returns its cookie.
func (s *Sessions) Begin(p Proof) (cookie string) {
	cookie = NewCookie()
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tidy(now)
	s.known[HashOf(cookie)] = &session{p, now, now}
	return cookie
}

// tidy makes room for one more. The lock is held.
func (s *Sessions) tidy(now time.Time) {
	var (
		oldest Hash
		used   time.Time
	)
	for hash, known := range s.known {
		if known.over(now) {
			delete(s.known, hash)
			continue
		}
		if used.IsZero() || known.used.Before(used) {
			oldest, used = hash, known.used
		}
	}
	if len(s.known) >= sessionsKept {
		delete(s.known, oldest)
	}
}

func (s *session) over(now time.Time) bool {
	return now.Sub(s.used) >= sessionIdle || now.Sub(s.begun) >= sessionMost
}

// Find is the proof of a session that is not over, and counts as a use of it.
func (s *Sessions) Find(cookie string) (Proof, bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := HashOf(cookie)
	known := s.known[hash]
	if known == nil {
		return Proof{}, false
	}
	if known.over(now) {
		delete(s.known, hash)
		return Proof{}, false
	}
	known.used = now
	return known.proof, true
}

// End ends a session.
func (s *Sessions) End(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, HashOf(cookie))
}

// ErrForm: a form has no token, or not the one of its cookie.
var ErrForm = errors.New("the form is of another session")

// FormToken is what a form has to have with it that is sent with the cookie. It
// is another text each time, so that its bytes cannot be found out by the length
// of what is compressed with it.
func (s *Sessions) FormToken(cookie string) string {
	var pad [32]byte
	_, _ = rand.Read(pad[:]) // never fails
	mac := s.mac(cookie)
	masked := make([]byte, len(mac))
	subtle.XORBytes(masked, mac, pad[:])
	return base64.RawURLEncoding.EncodeToString(append(pad[:], masked...))
}

// CheckForm returns ErrForm unless token is a FormToken of the cookie. It takes
// the same time wherever they differ.
func (s *Sessions) CheckForm(cookie, token string) error {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != 2*sha256.Size || !wellFormed(cookie) {
		return ErrForm
	}
	mac := make([]byte, sha256.Size)
	subtle.XORBytes(mac, raw[:sha256.Size], raw[sha256.Size:])
	if !hmac.Equal(mac, s.mac(cookie)) {
		return ErrForm
	}
	return nil
}

func (s *Sessions) mac(cookie string) []byte {
	h := hmac.New(sha256.New, s.key[:])
	_, _ = h.Write([]byte(cookie)) // never fails
	return h.Sum(nil)
}
