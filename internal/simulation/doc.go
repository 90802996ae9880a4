// Package simulation runs many schedulers over one memory store in virtual
// time, with crashes, pauses, a slow and failing store and clocks that differ,
// all of it drawn from a seed.
//
// In a testing/synctest bubble goroutines that wake together run in a random
// order. So every call of the store, and every effect of a run, parks at a
// gate; once all goroutines are blocked the seed picks the one that goes on,
// and how. Between two gates a node touches nothing that others see, so the
// order of what nodes do to each other is the seed's, and is printed when a
// promise is broken. Inside a node a few goroutines still race at one instant
// of virtual time: a seed that is played again can take another course.
package simulation
