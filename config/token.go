package config

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// Role is what the holder of a token may do; each may do what those before it may.
type Role string

// The roles of tokens.
const (
	ReadRole    Role = "read"    // see states and logs
	OperateRole Role = "operate" // start, stop, signal, clear logs
	AdminRole   Role = "admin"   // everything
)

// Token is one [token:x] section: a secret that clients may show in place of
// a password, on every server.
type Token struct {
	Name string
	Role Role
	Hash string // {SHA256} and the SHA-256 of the secret in lower-case hex
}

const tokenPrefix = "token:"

// tokens reads the [token:x] sections.
func (l *loader) tokens() {
	l.each(tokenPrefix, func(section *ini.Section) {
		name, ok := l.namedSection(section)
		if !ok {
			return
		}
		v := make(values)
		l.read(place{section: section, table: tableOf(l.tables, section.Name)}, atSection, v)
		t := Token{Name: name, Role: get[Role](v, keyRole), Hash: get[string](v, keyToken)}
		at := slices.IndexFunc(l.config.Tokens, func(have Token) bool { return have.Hash == t.Hash && t.Hash != "" })
		if at >= 0 {
			l.wrong(section, keyToken, says("[%s%s] has the same token", tokenPrefix, l.config.Tokens[at].Name), "make one for each by: watchkeeper token new NAME --role ROLE")
		}
		l.config.Tokens = append(l.config.Tokens, t)
	})
	slices.SortFunc(l.config.Tokens, func(a, b Token) int { return cmp.Compare(a.Name, b.Name) })
}

// IsName reports whether name may follow the colon of a section.
func IsName(name string) bool {
	parsed, err := parseName(name)
	return err == nil && parsed == name && name != "" && !strings.ContainsAny(name, "[]\r\n\t")
}

// kindRole is a Role.
func kindRole() kind {
	return kind{name: "read, operate or admin", right: "give read, operate or admin", glued: true,
		parse: func(_ Host, text string) (any, error) { return parseRole(text) }}
}

func parseRole(text string) (Role, error) {
	if role, err := auth.ParseRole(text); err == nil {
		return Role(role.String()), nil
	}
	return "", says("there is no role %s", ini.Repr(shorten(text)))
}

// kindTokenHash is a string in the form of Token.Hash. No error shows the
// text, which may be the secret itself.
func kindTokenHash() kind {
	return kind{name: "{SHA256} and hexadecimal digits", right: "make both by: watchkeeper token new NAME --role ROLE",
		parse: func(_ Host, text string) (any, error) {
			hash, err := auth.ParseHash(text)
			if err != nil {
				return "", errors.New("the hash of a token is {SHA256} and 64 hexadecimal digits, and this is something else (the secret itself must not stand here)")
			}
			return hash.String(), nil
		}}
}
