// Package mongo keeps jobs and runs in a database that speaks MongoDB's
// protocol. Many schedulers may share it.
//
//	store, err := mongo.Open(ctx, "mongodb://db.example/?replicaSet=rs0", mongo.Options{})
//
// # What it was proved on
//
// Its tests run against FerretDB 1.24 (MongoDB's protocol over SQLite), not
// against MongoDB. It asks nothing of a server but what both document; on
// MongoDB it writes with the concern majority, reads with the concern majority
// from the primary, and wants a replica set (see Examine). FerretDB looks
// nothing but a single _id up in an index, so there every other question reads
// the whole collection: that is fine for hundreds of jobs. For many thousands
// take PostgreSQL or Redis.
//
// Unlike the other stores this one has no clock of its own: leases and due
// times go by Claim.Now and Beat.Now of the nodes, and by Options.Clock where
// nobody gives a time (Commit, CancelRun, Remove). The clocks of the nodes must
// agree to within a fraction of the lease. If they do not, a run may be taken
// for lost while its owner lives; it is still true that only the newest token
// can finish it.
//
// # Registers
//
// FerretDB's findAndModify lets two win where MongoDB's lets one; the insertion
// of a taken _id fails on both. So every compare-and-set here is an insertion.
// A register is a chain of links, documents
//
//	{_id: KEY/NONCE of the link before, key, seq, nonce, prev, at, trail, v: the value}
//
// and its value is that of the newest link. To set a register is to insert the
// link that follows the one that was read. Since the nonce of that one is the
// new _id, of two that follow the same link one is refused. Then links are
// deleted, the oldest first, all but the new one and the one before it.
//
// Deleting makes an _id free again. So a link counts only if the one that it
// follows was there after the insertion, which the writer checks; or if a later
// link names it in its trail (the last 16 nonces). A writer that slept while
// its turn went by inserts a link after one that is gone. Nobody takes it for
// the newest, even if the writer dies before it deletes the link.
//
// The first link of a register has the _id KEY/. It can be inserted while the
// register exists and its first links are deleted; then there is a link with a
// higher seq, and the new one does not count. A register is ended by a link
// that nothing may follow, and then its links are deleted, that one last.
// Anybody can finish that.
//
// # Collections
//
//   - jobs: a register for each job. Its value is the job, its state, its
//     revision, all its live runs with their owners and tokens, and the rows
//     that are to be copied to the history.
//   - runs: the history, a document for each run that is over, with the run's
//     ID as its _id.
//   - leases: a register for each node.
//   - groups: a register for each concurrency group, with the holders of its
//     places.
//   - tokens: one register, the highest token that was given.
//   - meta: the version of this layout, and a document that Watch looks at.
//
// # Operations, and what a crash in their middle leaves
//
// Add, Replace, Remove, Enqueue, CancelRun, Finish and the taking over of a run
// each set one register a job, and so happen all or not at all. So does Commit:
// revision, state and the runs that are owed are one value, and instances are
// counted in it. A revision is a number in the value, apart from the chain, so
// that finishing a run does not disturb who plans the job.
//
// Runs that are over leave the value of the job as rows in it. Whoever set the
// job copies them to the history and takes them out. A link inherits the rows
// of the one before, so a row that a crash left there is copied by who sets the
// job next, or by Prune; Runs lists it meanwhile. Copying twice changes nothing:
// the _id is the run's. That a run was there already is seen in the job's value
// and, for slots that may have been planned before (jobValue.Top), in the
// history.
//
// Tokens are taken before the job is set. Those of a crash are lost, which does
// no harm: they need to grow, not to be dense. A takeover reads the job, takes
// a token, which is higher than any that was given by then, and sets the job:
// after that the old token fits nothing.
//
// A place in a group is taken before the job is set, in the name of the link
// that the setting will follow. Who wants a place looks at the job of each
// holder: does the newest link list the run with that place, it is held; does
// another link follow the one that was named, and the run is not listed, it is
// free. While the named link is the newest, the setting may come yet: after
// five seconds who wants the place sets the job to what it is, and what was
// intended comes too late. Time is no part of why this is safe.
//
// The registers of jobs that were removed, with nothing left that lives, and of
// nodes whose lease ended are deleted a minute later, by some Beat. On FerretDB,
// which looks up and deletes in two steps, this minute is also what separates
// the deletion of an old first link from a new one with its _id; on MongoDB
// nothing depends on it.
package mongo
