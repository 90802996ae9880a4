// Package rpc is Supervisor's XML-RPC interface, supervisor.* and system.*,
// and that of supervisor_twiddler, as a table of methods over the service, and the table of its faults. It
// decodes, checks parameters, calls and encodes; what the operations do is
// the service's.
package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// Options of the interface.
type Options struct {
	// Supervisor: an [rpcinterface:supervisor] section is there; without it only system.* answers.
	Supervisor bool
	Twiddlers  []Twiddler
	Log        *slog.Logger
}

// registry is the methods that a handler answers to, by full name.
type registry struct {
	service *service.Service
	methods map[string]method
	names   []string // sorted
}

func newRegistry(s *service.Service, o Options) *registry {
	r := &registry{service: s, methods: map[string]method{}}
	var tables [][]method
	if o.Supervisor {
		tables = append(tables, daemonMethods(), controlMethods(), logMethods())
	}
	for _, t := range o.Twiddlers {
		tables = append(tables, t.methods())
	}
	tables = append(tables, r.systemMethods())
	for _, m := range slices.Concat(tables...) {
		for _, name := range append([]string{m.name}, m.aliases...) {
			r.methods[name] = m
			r.names = append(r.names, name)
		}
	}
	slices.Sort(r.names)
	return r
}

// call calls one method. Errors are for faultOf. The order of the checks is
// the original's: name, number of parameters, shutdown, their types. That of
// the role, which the original does not have, comes after the name, so that
// methods of a multicall are held to their own roles.
func (r *registry) call(ctx context.Context, name string, params []any) (any, error) {
	m, ok := r.methods[name]
	if !ok {
		return nil, errUnknownMethod
	}
	if err := auth.Require(ctx, m.role); err != nil {
		return nil, &service.Error{Subject: fmt.Sprintf("%s needs the role %v", name, m.role), Err: err}
	}
	if len(params) > len(m.params) || len(params) < m.required() {
		return nil, errIncorrectParameters
	}
	if !m.always && r.service.State() != service.StateRunning {
		return nil, service.ErrShuttingDown
	}
	if m.unlisted {
		return nil, &service.Error{Subject: name[strings.IndexByte(name, '.')+1:], Err: errNotInWhitelist}
	}
	args, err := m.convert(params)
	if err != nil {
		return nil, err
	}
	return m.call(ctx, r.service, args)
}

// method is one row of the table.
type method struct {
	name    string    // with its namespace
	aliases []string  // older names
	role    auth.Role // the least that may call it
	result  string    // its type, for methodSignature
	params  []param
	help    string // what it does
	returns string // what the result is
	always  bool   // answers during a shutdown, too
	call    call

	unlisted bool // the whitelist of its interface leaves it out
}

// The roles of rows, in short.
const (
	viewer   = auth.Viewer   // sees what there is
	operator = auth.Operator // starts, stops, signals, clears logs
	admin    = auth.Admin    // changes what runs, or ends the daemon
)

// required is how many parameters cannot be left out.
func (m method) required() int {
	n := 0
	for _, p := range m.params {
		if p.missing == nil {
			n++
		}
	}
	return n
}

// signature is what methodSignature answers: the type of the result, then
// those of the parameters.
func (m method) signature() []any {
	types := []any{m.result}
	for _, p := range m.params {
		types = append(types, p.kind.String())
	}
	return types
}

// document is what methodHelp answers, with the tags that Supervisor's own
// texts have, which programs may read.
func (m method) document() string {
	var b strings.Builder
	b.WriteString(m.help + "\n\n")
	for _, p := range m.params {
		fmt.Fprintf(&b, "@param %s %s  %s\n", p.kind, p.name, p.help)
	}
	fmt.Fprintf(&b, "@return %s result  %s\n", m.result, m.returns)
	return b.String()
}
