// Package api has the types that go over the wire of /api/v1, as JSON: what
// the daemon answers with and what a Go client decodes. Times are RFC 3339 in
// UTC, durations are seconds. Fields are only ever added; a client ignores
// those that it does not know.
//
// It imports nothing of ours, so that a client need not link the daemon.
package api
