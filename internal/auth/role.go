package auth

import (
	"context"
	"errors"
	"fmt"
)

// Role is what an identity may do; a greater role may do all that a lesser may.
type Role uint8

// The roles. The user of a Supervisor configuration is an Admin, and so is
// everybody where the configuration names none.
const (
	Nobody   Role = iota
	Viewer        // sees states and logs
	Operator      // starts, stops, signals and clears logs as well
	Admin         // everything
)

// String is the word that a file has for the role: read, operate or admin.
func (r Role) String() string {
	switch r {
	case Nobody:
		return "nobody"
	case Viewer:
		return "read"
	case Operator:
		return "operate"
	case Admin:
		return "admin"
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// ParseRole reads read, operate or admin.
func ParseRole(word string) (Role, error) {
	for r := Viewer; r <= Admin; r++ {
		if r.String() == word {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("there is no role %q", word)
}

// Identity is somebody who asks.
type Identity struct {
	Name string // of the user, or token:x; empty where no password is asked for
	Role Role
	// Token: the request had a bearer token, which was right. No browser
	// sends one by itself; see CheckSite.
	Token bool
	// Session: the request had the cookie of somebody who logged in on a page, which
	// a browser sends by itself. Only browsers have one; see CheckSite.
	Session bool
}

// May tells whether the identity has the role, or a greater one.
func (i Identity) May(r Role) bool { return i.Role >= r }

type identityKey struct{}

// With returns a context that carries the identity.
func With(ctx context.Context, i Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From returns the identity that ctx carries; without one it is a Nobody.
func From(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}

// ErrForbidden: who asks is known, and has too small a role.
var ErrForbidden = errors.New("not permitted")

// Require is the gate in front of a row (a method, route or page) that asks
// for a role: nil when the identity in ctx has it, else an error that wraps
// ErrForbidden and names both roles. Whoever has no identity has no role.
func Require(ctx context.Context, least Role) error {
	if i := From(ctx); !i.May(least) {
		return fmt.Errorf("%w: this needs the role %v, and yours is %v", ErrForbidden, least, i.Role)
	}
	return nil
}
