package auth_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

func TestTokens(t *testing.T) {
	secret, hash := auth.NewSecret()
	other, _ := auth.NewSecret()
	tokens := auth.NewTokens(
		auth.Token{Name: "decoy", Role: auth.Admin, Hash: auth.HashOf("decoy")},
		auth.Token{Name: "ci", Role: auth.Operator, Hash: hash},
		auth.Token{Name: "empty", Role: auth.Viewer, Hash: auth.Hash{}},
	)
	for title, tt := range map[string]struct {
		tokens *auth.Tokens
		header string
		want   error
	}{
		"known":                   {tokens, "Bearer " + secret, nil},
		"case of the scheme":      {tokens, "bEaReR " + secret, nil},
		"another":                 {tokens, "Bearer " + other, auth.ErrBadCredentials},
		"cut short":               {tokens, "Bearer " + secret[:len(secret)-1], auth.ErrBadCredentials},
		"the hash is no secret":   {tokens, "Bearer " + hash.String(), auth.ErrBadCredentials},
		"nothing after Bearer":    {tokens, "Bearer", auth.ErrBadCredentials},
		"only a blank after it":   {tokens, "Bearer ", auth.ErrBadCredentials},
		"Basic is another scheme": {tokens, "Basic " + secret, auth.ErrNoCredentials},
		"no header":               {tokens, "", auth.ErrNoCredentials},
		"a server without tokens": {nil, "Bearer " + secret, auth.ErrNoCredentials},
		"none":                    {auth.NewTokens(), "Bearer " + secret, auth.ErrNoCredentials},
	} {
		t.Run(title, func(t *testing.T) {
			id, err := tt.tokens.Check(tt.header)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Check = %v, want %v", err, tt.want)
			}
			want := auth.Identity{}
			if err == nil {
				want = auth.Identity{Name: "token:ci", Role: auth.Operator, Token: true}
			}
			if id != want {
				t.Errorf("got %+v, want %+v", id, want)
			}
			if err != nil && strings.Contains(err.Error(), secret[:8]) {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestHashes(t *testing.T) {
	secret, hash := auth.NewSecret()
	if !strings.HasPrefix(secret, "wkt_") || len(secret) != 4+43 {
		t.Errorf("the secret is %q, want wkt_ and 256 bits", secret)
	}
	if got, err := auth.ParseHash(hash.String()); got != hash || err != nil {
		t.Errorf("read again the hash is %v, %v; want %v", got, err, hash)
	}
	const ofTest = "{SHA256}9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	if got := auth.HashOf("test").String(); got != ofTest {
		t.Errorf("the hash of test is %v, want %v", got, ofTest)
	}
	for _, text := range []string{"", "{SHA256}", secret, ofTest[:20], ofTest + "00", strings.Replace(ofTest, "256", "", 1), strings.Replace(ofTest, "9f", "9g", 1)} {
		if _, err := auth.ParseHash(text); !errors.Is(err, auth.ErrNoHash) || text != "" && strings.Contains(err.Error(), text) && len(text) > 8 {
			t.Errorf("%q: %v, want ErrNoHash without the text", text, err)
		}
	}
}

func TestRoles(t *testing.T) {
	for _, r := range []auth.Role{auth.Viewer, auth.Operator, auth.Admin} {
		if got, err := auth.ParseRole(r.String()); got != r || err != nil {
			t.Errorf("%v read again is %v, %v", r, got, err)
		}
	}
	for _, word := range []string{"", "nobody", "Read", "viewer", "role 9"} {
		if got, err := auth.ParseRole(word); err == nil {
			t.Errorf("%q is the role %v", word, got)
		}
	}
}

func TestRequire(t *testing.T) {
	as := func(r auth.Role) context.Context { return auth.With(t.Context(), auth.Identity{Role: r}) }
	for _, tt := range []struct {
		ctx   context.Context
		least auth.Role
		want  string
	}{
		{as(auth.Admin), auth.Admin, ""},
		{as(auth.Admin), auth.Viewer, ""},
		{as(auth.Viewer), auth.Viewer, ""},
		{as(auth.Viewer), auth.Operator, "not permitted: this needs the role operate, and yours is read"},
		{as(auth.Operator), auth.Admin, "not permitted: this needs the role admin, and yours is operate"},
		{t.Context(), auth.Viewer, "not permitted: this needs the role read, and yours is nobody"},
	} {
		err := auth.Require(tt.ctx, tt.least)
		switch {
		case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != tt.want || !errors.Is(err, auth.ErrForbidden)):
			t.Errorf("got %v, want %q", err, tt.want)
		}
	}
}

// A token that was checked vouches for a request from a page; a header alone,
// and the identity of a password, do not.
func TestTokensAndPages(t *testing.T) {
	for title, tt := range map[string]struct {
		id      auth.Identity
		refused bool
	}{
		"a checked token": {auth.Identity{Role: auth.Viewer, Token: true}, false},
		"a password":      {auth.Identity{Name: "user", Role: auth.Admin}, true},
		"nobody":          {auth.Identity{}, true},
	} {
		t.Run(title, func(t *testing.T) {
			r := httptest.NewRequest("POST", "http://evil.example:9001/RPC2", nil)
			r.Header.Set("Origin", "http://other.example")
			r.Header.Set("Authorization", "Bearer anything")
			r = r.WithContext(auth.With(r.Context(), tt.id))
			for name, err := range map[string]error{"site": auth.CheckSite(r), "program": auth.CheckProgram(r), "host": auth.CheckHost(r)} {
				if (err != nil) != tt.refused {
					t.Errorf("check of the %s: %v", name, err)
				}
			}
		})
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(auth.HashOf("test").String())
	f.Add(strings.ToUpper(auth.HashOf("test").String()))
	f.Add("{SHA256}")
	f.Fuzz(func(t *testing.T, text string) {
		hash, err := auth.ParseHash(text)
		if err == nil && !strings.EqualFold(hash.String(), text) {
			t.Errorf("%q is read as %v", text, hash)
		}
	})
}
