// Package e2e runs the built binary with real children: one script in
// testdata/script for each behaviour, with its configuration inside. It has
// no code of its own.
//
// Besides the commands of testscript the scripts have these, which wait for
// what they name, up to one generous deadline:
//
//	until PATTERN COMMAND [ARG]...   runs COMMAND again and again until its output matches
//	untilfile PATTERN FILE           reads FILE again and again until it matches
//	gone PIDFILE                     until the process named by PIDFILE has ended
//	shows NAME ADDRESS               until the server there shows the certificate of NAME
//	processes N MARK                 until N processes have MARK on their command line
//
// and these:
//
//	rc N COMMAND [ARG]...            COMMAND exits with N; its output is there for stdout and stderr
//	signal NAME PIDFILE              sends a signal to the process that PIDFILE names
//	certificates NAME...             writes ca.pem, and NAME.pem and NAME.key that it has signed
//	redis VARIABLE                   starts a private Redis and sets VARIABLE to its port
//	redis kill, redis restart        kills that Redis, starts it again
//	freeport VARIABLE                sets VARIABLE to a TCP port nobody listens on
//	expand FILE                      replaces ${VARIABLE} in FILE by the environment
//	connects ADDRESS                 somebody listens at a unix path or at host:port; ! nobody does
//	listen ADDRESS                   listens on a unix path or at host:port, and never answers
//	dead SOCKET                      leaves a socket file behind that nobody listens on
//	manager SOCKET                   is a service manager there, and sets NOTIFY_SOCKET
//	told PATTERN                     the service manager is told next what matches
package e2e
