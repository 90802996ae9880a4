// Package chaos proves the promises of a shared store: many real scheduler
// processes work on it while processes are killed and stopped, connections
// are cut and stalled, and the server itself is killed. What the runs did is
// told by themselves, each process in a file of its own, and an oracle that
// knows nothing of the scheduler's bookkeeping compares that with the history.
package chaos
