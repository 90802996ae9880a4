package rpc

import "testing"

// The expectations are what the original's logtail_handler makes of a path.
func TestLogOfPath(t *testing.T) {
	for _, c := range []struct {
		path, name, channel string
		ok                  bool
	}{
		{"/logtail/web", "web", "stdout", true},
		{"/logtail/web/stderr", "web", "stderr", true},
		{"/logtail/g:web/stdout", "g:web", "stdout", true},
		{"/logtail/g%3Aweb", "g:web", "stdout", true},
		{"/logtail/g:*", "g:*", "stdout", true},
		{"/logtail/web/", "web", "", true},
		{"/logtail/web/a/b", "web", "a/b", true},
		{"/logtail/web;x/stderr", "web", "stdout", true},
		{"//logtail/web", "web", "stdout", true},
		{"/logtailing/web", "web", "stdout", true},
		{"/logtail/", "", "stdout", true},
		{"/logtail", "", "", false},
		{"/logtail/%zz", "", "", false},
	} {
		name, channel, ok := logOfPath(c.path)
		if name != c.name || channel != c.channel || ok != c.ok {
			t.Errorf("%s is %q, %q, %t, want %q, %q, %t", c.path, name, channel, ok, c.name, c.channel, c.ok)
		}
	}
}
