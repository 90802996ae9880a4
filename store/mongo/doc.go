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
// nothing up in an index, so there every question reads a whole collection:
// that is fine for some hundred jobs (BenchmarkSecond). For many thousands take
// PostgreSQL or Redis.
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
// A register is a root and a chain of links, documents
//
//	root: {_id: KEY/,                        key, root: NONCE, link}
//	link: {_id: KEY/NONCE of the one before, key, link, value, and what queries look for}
//
// and its value is that of the newest link; in the text "link" are seq, nonce,
// the nonce of the root, and the trail: the last 16 nonces before. To set a
// register is to insert the link that follows the one that was read. Since the
// nonce of that one is the new _id, of two that follow the same link one is
// refused. Then the links before are deleted, the oldest first. The root stays
// as long as the register.
//
// Deleting makes an _id free again, so an insertion alone decides nothing. A
// writer that slept while its turn went by inserts a link after one that is
// gone. It has a lower seq than the newest, so no reader takes it for that, even
// if the writer dies. A writer that lives reads the register again: its link
// counts if it is the newest, or if the newest has it in its trail. If neither
// can be told, since it was overtaken more than 16 times, it is an error.
//
// A register is ended by a link that nothing may follow. Then its links are
// deleted, then the root, and that link last; anybody can finish it. What a
// late writer inserts after that names a root that is gone, and does not count,
// also when the register is made anew: that has another root.
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
// They must not be sharded: an _id is unique within a shard only.
//
// # Operations, and what a crash in their middle leaves
//
// Add, Replace, Remove, Enqueue, CancelRun, Finish and the taking over of a run
// each set one register a job, and so happen all or not at all. So does Commit:
// revision, state and the runs that are owed are one value, and instances are
// counted in it. A revision is a number in the value, apart from the chain, so
// that finishing a run does not disturb who plans the job.
//
// Runs that are over are rows in the link that says so, and are copied from
// there to the history: after the link was inserted, and again, unless the Store
// knows that it was done, before another link follows. So what a crash leaves
// undone, who sets the job next does; Runs looks into the newest links, too.
// Copying twice changes nothing: the _id is the run's. Prune sets the jobs whose
// newest links carry rows that it removes, so that these do not come back. That
// a run was there already is seen in the job's value and, for slots that may
// have been planned before (jobValue.Top), in the history.
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
// nodes that ended their lease are deleted a minute later, by some Beat; those of
// nodes whose lease ran out a day later. A root is
// deleted by _id and nonce. On FerretDB, which looks up and deletes in two steps,
// a root that is made anew between the two would be lost; between them the
// register would have to be deleted by another one and made again.
package mongo
