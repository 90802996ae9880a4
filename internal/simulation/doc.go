// Package simulation runs many schedulers over one memory store in virtual
// time, with crashes, pauses, a slow and failing store and clocks that differ,
// all of it drawn from a seed.
//
// In a testing/synctest bubble goroutines that wake together run in a random
// order. So every call of the store, every effect of a run, and every goroutine
// of a scheduler that woke (schedule asks a store that has the method Woke)
// parks at a gate. Once all goroutines are blocked the one with the lowest
// number goes on, alone. The numbers, and what becomes of a call, are drawn from
// the seed and the call's name (node, method, how many there were before),
// whoever else draws. So a seed takes the same course each time.
//
// The trace has a line for each step. It is printed when a promise is broken,
// and can be replayed: then its lines say what goes on, which node is killed or
// stopped, and what fails; the first line at which the world departs from it is
// an error. The last line has a digest of all effects and rows.
//
//	make simulate SEED=7 >7.trace
//	make simulate REPLAY=7.trace
package simulation
