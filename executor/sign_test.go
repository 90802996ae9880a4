package executor_test

import (
	"errors"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/executor"
)

// TestSignIsAsDocumented holds a value that was made by
// printf '%s' '1774747800.{"job":"nightly"}' | openssl dgst -sha256 -hmac 'correct horse'.
func TestSignIsAsDocumented(t *testing.T) {
	got := executor.Sign([]byte("correct horse"), time.Unix(1774747800, 999), []byte(`{"job":"nightly"}`))
	if want := "t=1774747800,v1=722f759ff4c96da64bb9fd1efbb3fa4f93311e5918c641a90c59b05d48cfea86"; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
}

func TestVerify(t *testing.T) {
	secret, body, at := []byte("correct horse"), []byte(`{"job":"nightly"}`), time.Unix(1774747800, 0)
	good := executor.Sign(secret, at, body)
	for name, c := range map[string]struct {
		secret, header, body string
		late                 time.Duration
		valid                bool
	}{
		"takes what Sign makes":             {secret: "correct horse", header: good, body: string(body), valid: true},
		"takes it within the tolerance":     {secret: "correct horse", header: good, body: string(body), late: 5 * time.Minute, valid: true},
		"takes it from a clock that is off": {secret: "correct horse", header: good, body: string(body), late: -5 * time.Minute, valid: true},
		"takes one of several": {
			secret: "correct horse", header: good + ",v1=00ff", body: string(body), valid: true},
		"takes blanks between the parts": {
			secret: "correct horse", header: "v0=x, " + good, body: string(body), valid: true},
		"refuses it when it is too late":      {secret: "correct horse", header: good, body: string(body), late: 301 * time.Second},
		"refuses it when it is from tomorrow": {secret: "correct horse", header: good, body: string(body), late: -301 * time.Second},
		"refuses another secret":              {secret: "wrong horse", header: good, body: string(body)},
		"refuses another body":                {secret: "correct horse", header: good, body: string(body) + " "},
		"refuses another time":                {secret: "correct horse", header: "t=1774747801" + good[len("t=1774747800"):], body: string(body)},
		"refuses a time without a signature":  {secret: "correct horse", header: "t=1774747800", body: string(body)},
		"refuses a signature without a time":  {secret: "correct horse", header: good[len("t=1774747800,"):], body: string(body)},
		"refuses what is no hexadecimal":      {secret: "correct horse", header: "t=1774747800,v1=zz", body: string(body)},
		"refuses nothing at all":              {secret: "correct horse", body: string(body)},
		"refuses to compare without a secret": {header: executor.Sign(nil, at, body), body: string(body)},
	} {
		t.Run(name, func(t *testing.T) {
			err := executor.Verify([]byte(c.secret), c.header, []byte(c.body), at.Add(c.late), 5*time.Minute)
			if c.valid != (err == nil) || err != nil && !errors.Is(err, executor.ErrSignature) {
				t.Errorf("Verify answers %v, want it to be valid: %t", err, c.valid)
			}
		})
	}
}

// FuzzVerify: no header that Sign did not make is taken, and none is too odd.
func FuzzVerify(f *testing.F) {
	secret, at := []byte("correct horse"), time.Unix(1774747800, 0)
	f.Add("t=1774747800,v1=00", []byte("{}"))
	f.Add(executor.Sign(secret, at, []byte("{}")), []byte("{}"))
	f.Add(",,=,t=,v1=", []byte(nil))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		if err := executor.Verify(secret, executor.Sign(secret, at, body), body, at, 0); err != nil {
			t.Errorf("what Sign made is refused: %v", err)
		}
		if err := executor.Verify([]byte("another"), header, body, at, time.Hour); err == nil {
			t.Errorf("%q is taken for another secret", header)
		}
	})
}
