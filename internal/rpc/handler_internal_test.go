package rpc

import (
	"strings"
	"testing"
)

func TestExcerptQuotesAsPython(t *testing.T) {
	for body, want := range map[string]string{
		`plain`:                    `'plain'`,
		`<?xml version='1.0'?>`:    `"<?xml version='1.0'?>"`,
		`say "it"`:                 `'say "it"'`,
		`both ' and "`:             `'both \' and "'`,
		"line\n":                   `'line\n'`,
		strings.Repeat("x", 1_001): `'` + strings.Repeat("x", 1_000) + `'...`,
	} {
		if got := excerpt([]byte(body)); got != want {
			t.Errorf("excerpt of %q is %s, want %s", body, got, want)
		}
	}
}
