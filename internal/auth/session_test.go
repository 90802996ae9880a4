package auth_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

func TestSessionsEnd(t *testing.T) {
	for name, c := range map[string]struct {
		use   time.Duration // every
		after time.Duration
		want  bool
	}{
		"not while they are used": {11 * time.Hour, 6 * 24 * time.Hour, true},
		"when they are idle":      {12 * time.Hour, 12 * time.Hour, false},
		"not before that":         {11*time.Hour + 59*time.Minute, 12 * time.Hour, true},
		"after a week":            {time.Hour, 7 * 24 * time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := auth.NewSessions()
				cookie := s.Begin(auth.Proof{7})
				for began := time.Now(); time.Since(began) < c.after; {
					time.Sleep(min(c.use, c.after-time.Since(began)))
					if time.Since(began) < c.after {
						if p, ok := s.Find(cookie); !ok || p != (auth.Proof{7}) {
							t.Fatalf("after %v: %v, %v", time.Since(began), p, ok)
						}
					}
				}
				if _, ok := s.Find(cookie); ok != c.want {
					t.Errorf("it is there: %v, want %v", ok, c.want)
				}
			})
		})
	}
}

func TestSessionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := auth.NewSessions()
		first := s.Begin(auth.Proof{})
		second := s.Begin(auth.Proof{})
		for range 998 {
			time.Sleep(time.Second)
			s.Begin(auth.Proof{})
		}
		time.Sleep(time.Second)
		if _, ok := s.Find(first); !ok {
			t.Fatal("there is no room for a thousand")
		}
		s.Begin(auth.Proof{})
		if _, ok := s.Find(first); !ok {
			t.Error("one that was used just now has left")
		}
		if _, ok := s.Find(second); ok {
			t.Error("the one that was not used for longest has not left")
		}
	})
}

func TestSessionsAreNotGuessed(t *testing.T) {
	s := auth.NewSessions()
	cookie := s.Begin(auth.Proof{})
	s.End(cookie)
	for _, c := range []string{cookie, "", "x", auth.NewCookie()} {
		if _, ok := s.Find(c); ok {
			t.Errorf("%q is a session", c)
		}
	}
}

func TestFormTokens(t *testing.T) {
	s := auth.NewSessions()
	cookie, other := auth.NewCookie(), auth.NewCookie()
	token := s.FormToken(cookie)
	if again := s.FormToken(cookie); again == token {
		t.Error("a token is the same twice, so its bytes can be found out by lengths")
	}
	for name, c := range map[string]struct {
		cookie, token string
		want          error
	}{
		"right":                  {cookie, token, nil},
		"another one":            {cookie, s.FormToken(cookie), nil},
		"of another session":     {other, token, auth.ErrForm},
		"of another daemon":      {cookie, auth.NewSessions().FormToken(cookie), auth.ErrForm},
		"none":                   {cookie, "", auth.ErrForm},
		"cut off":                {cookie, token[:len(token)-4], auth.ErrForm},
		"changed":                {cookie, "A" + token[1:], auth.ErrForm},
		"without a cookie":       {"", s.FormToken(""), auth.ErrForm},
		"a cookie not of ours":   {"x", s.FormToken("x"), auth.ErrForm},
		"no text of ours at all": {cookie, "<>", auth.ErrForm},
	} {
		if token[0] == 'A' && name == "changed" {
			c.token = "B" + token[1:]
		}
		if err := s.CheckForm(c.cookie, c.token); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFailuresAreCountedByAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f auth.Failures
		for n := range 10 {
			if wait := f.Try(fmt.Sprintf("192.0.2.1:%d", 1000+n)); wait != 0 {
				t.Fatalf("after %d failures it waits for %v", n, wait)
			}
			time.Sleep(time.Second)
		}
		for address, want := range map[string]time.Duration{
			"192.0.2.1:9": 50 * time.Second, "[::ffff:192.0.2.1]:9": 50 * time.Second, "192.0.2.2:9": 0, "[2001:db8::1]:9": 0, "@": 0, "": 0,
		} {
			if got := f.Try(address); got != want {
				t.Errorf("%q waits for %v, want %v", address, got, want)
			}
		}
		time.Sleep(50 * time.Second)
		if wait := f.Try("192.0.2.1:9"); wait != 0 {
			t.Errorf("a minute after the first it still waits for %v", wait)
		}
		if wait := f.Try("192.0.2.1:9"); wait != time.Second {
			t.Errorf("one more, and it waits for %v, want until the second is a minute old", wait)
		}
	})
}

func TestASuccessIsForgiven(t *testing.T) {
	var f auth.Failures
	for n := range 100 {
		if wait := f.Try("192.0.2.1:9"); wait != 0 {
			t.Fatalf("after %d logins it waits for %v", n, wait)
		}
		if n > 8 { // nine have failed
			f.Forgive("192.0.2.1:9")
		}
	}
	f.Try("192.0.2.1:9")
	f.Forgive("192.0.2.3:9") // of which nothing is known
	if f.Try("192.0.2.1:9") == 0 {
		t.Error("after ten failures it is heard")
	}
}

func TestFailuresOfANetworkOfIPv6AreOnes(t *testing.T) {
	var f auth.Failures
	for n := range 10 {
		f.Try(fmt.Sprintf("[2001:db8::%x]:1", n))
	}
	if f.Try("[2001:db8::ffff]:1") == 0 {
		t.Error("whoever has a network is heard from each of its addresses")
	}
	if f.Try("[2001:db8:0:1::1]:1") != 0 {
		t.Error("another network has to wait")
	}
}

func TestFailuresAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f auth.Failures
		for range 10 {
			f.Try("192.0.2.1:1")
		}
		time.Sleep(time.Second)
		for n := range 10_000 {
			f.Try(fmt.Sprintf("10.0.%d.%d:1", n/256, n%256))
		}
		if f.Try("192.0.2.1:1") != 0 {
			t.Error("the oldest of more than ten thousand is still known")
		}
	})
}
