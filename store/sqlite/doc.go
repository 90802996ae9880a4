// Package sqlite keeps jobs and runs in a file, so that they outlive the program
// without a server:
//
//	store, err := sqlite.Open("/var/lib/app/jobs.db", sqlite.Options{})
//
// Several processes of one host may have the file open, each with schedulers;
// what one adds, another one runs. It is to be on a local file system: locks and
// shared memory do not work over a network.
//
// # What is relied on
//
// SQLite has one writer at a time, so each method is one transaction, and what
// is read in it stays true until it is committed. A process may be killed at any
// moment. One that is stopped (SIGSTOP) in the middle of a transaction keeps the
// others from writing until it goes on; between transactions it harms nobody,
// and its runs go to others when its lease is over.
//
// The file has a write-ahead log (WAL), so reading waits for nobody. synchronous
// is FULL: each transaction is on the disk before it is acknowledged. NORMAL
// would be faster by one fdatasync a transaction and is safe when the program
// crashes, but a loss of power could take back a Commit whose runs had begun
// already, and they would be run a second time. As a transaction moves many
// jobs, the price is small; Options.Fast is for those who pay it differently.
//
// Watch costs nothing while nothing is written: on Linux it has the system tell
// when the log of the file is written to (inotify), elsewhere it reads one number
// twice a second.
package sqlite
