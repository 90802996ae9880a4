// Package compat runs Debian's supervisor and ours on the same generated
// configurations and compares what a user can see: every answer and fault of
// the XML-RPC interface, the main log, the logs of children, and the output
// and exit codes of supervisorctl, each side's against each side's.
//
// Besides, one pair of daemons each answers every method, as meant and not, and
// raw HTTP requests, and the main logs of whole lives are compared.
//
// What differs on purpose stands in the table of differences; anything else
// that differs fails. A failure prints the seed of its configuration, and
// COMPAT_SEED=… COMPAT_COUNT=1 runs that one alone.
package compat
