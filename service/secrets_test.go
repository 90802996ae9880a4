package service_test

import (
	"errors"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/service"
)

func TestPasswordsOfStoresAreNotTold(t *testing.T) {
	for _, c := range []struct{ text, address, want string }{
		{"dial redis://u:p%40ss@h: refused", "redis://u:p%40ss@h", "dial redis://u:***@h: refused"},
		{"wrong password p@ss", "redis://u:p%40ss@h", "wrong password ***"},
		{"no such host", "redis://h", "no such host"},
		{"dial postgres://h/d?password=s%2Fc: s/c", "postgres://h/d?password=s%2Fc", "dial postgres://h/d?password=***: ***"},
		{"both one and two", "postgres://u:one@h/d?sslpassword=two", "both *** and ***"},
	} {
		health := service.StoreHealth{JobStore: config.JobStore{URL: c.address}, Err: errors.New(c.text)}
		if got := health.Trouble(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
