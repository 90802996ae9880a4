package auth_test

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

func TestCheck(t *testing.T) {
	basic := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	clear := auth.Basic{Username: "u", Password: "p:w"}
	sha := auth.Basic{Username: "u", Password: "{SHA}a94a8fe5ccb19ba61c4c0873d391e987982fbbd3"} // test
	for title, tt := range map[string]struct {
		user   auth.Basic
		header string
		want   error
	}{
		"clear":                   {clear, basic("u:p:w"), nil},
		"hash":                    {sha, basic("u:test"), nil},
		"the hash is no password": {sha, basic("u:" + sha.Password), auth.ErrBadCredentials},
		"wrong password":          {clear, basic("u:p"), auth.ErrBadCredentials},
		"wrong user":              {clear, basic("v:p:w"), auth.ErrBadCredentials},
		"nothing":                 {clear, "", auth.ErrNoCredentials},
		"another scheme":          {clear, "Bearer x", auth.ErrNoCredentials},
		"no colon":                {clear, basic("u"), auth.ErrMalformed},
		"no base64":               {clear, "Basic ?", auth.ErrMalformed},
	} {
		t.Run(title, func(t *testing.T) {
			id, err := tt.user.Check(tt.header)
			if !errors.Is(err, tt.want) || id.May(auth.Admin) != (tt.want == nil) {
				t.Errorf("Check = %v, %v; want %v", id, err, tt.want)
			}
		})
	}
}

func FuzzParseBasic(f *testing.F) {
	f.Add("Basic dTpwOnc=")
	f.Add("basic  !")
	f.Add("")
	f.Fuzz(func(t *testing.T, header string) {
		name, password, err := auth.ParseBasic(header)
		if err != nil {
			return
		}
		again := "Basic " + base64.StdEncoding.EncodeToString([]byte(name+":"+password))
		if n, p, err := auth.ParseBasic(again); n != name || p != password || err != nil {
			t.Errorf("%q read again is %q, %q, %v", header, n, p, err)
		}
	})
}
