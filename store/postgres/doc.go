// Package postgres keeps jobs and runs in PostgreSQL 12 or newer, so that many
// schedulers on many machines share them:
//
//	store, err := postgres.Open(ctx, "postgres://app@db/app", postgres.Options{})
//
// The tables are made when they are not there, and brought up to date when a
// later release opens them; Options.Prefix begins their names. They may stand
// beside those of the application, in the schema that search_path names.
//
// # What is relied on
//
// The server's clock is the time: for what is due, for leases and for promises.
// Those of the machines that run schedulers need not agree with it.
//
// A slot is run once because a run's id is a primary key; limits hold because
// unique indexes hold them; and of several schedulers that plan one job, the
// one that finds its revision unchanged commits. No lock is held between two
// calls, and none while a scheduler thinks. That schedulers seldom plan the same
// jobs is a courtesy, on which nothing relies: while several live, a claim notes
// the revisions that it gives in an unlogged table, and others pass over those
// for a second at most. What Commit and Finish have
// acknowledged is as durable as the server makes it: see Examine.
//
// Adding, claiming, committing and finishing are one statement each for up to
// some thousand rows, so their cost is that of the rows. Transactions that lose
// against others are begun again; everything else that goes wrong is returned,
// and the connections are made anew, so a Store outlives a restart of the
// server. Sessions of processes that were stopped in the middle of a transaction
// are ended by the server (Options.IdleInTransaction).
//
// Watch LISTENs on a connection of its own: what one process adds, another one
// hears of without asking.
//
// Connections are to be to the server itself. Through a pooler that shares
// sessions (PgBouncer in transaction mode) nobody would be woken, and settings
// of sessions do not hold.
package postgres
