// Package sqlstore is what the relational stores have in common: the tables
// and their migrations, how jobs and runs become rows, and every statement that
// is not in the way of thousands of runs a second. The statements that are
// (adding, finding what is due, committing, finishing) are the drivers' own:
// PostgreSQL wants one statement over arrays, SQLite prepared statements in one
// transaction.
//
// # Tables
//
// All names begin with a prefix. Times are microseconds since 1970; the zero
// time is kept as the microseconds that it is (in the year 1), and a next time
// that is none as NULL. Phases and kinds are the numbers of job.Phase and
// job.OutcomeKind.
//
//	jobs   a row a job: the columns that claims look at, and job.EncodeJob
//	runs   a row a run, be it waiting, running or over: the history is its last part
//	nodes  a row a scheduler: when its lease is over, and what it promised to begin
//	holds  in PostgreSQL: a row a scheduler, with the revisions of the jobs that it keeps from others
//	meta   the version of the schema, and what a dialect wants to count
//
// # Why it holds
//
// A run's id is the primary key, so a slot is run once. The unique index over
// (job, instance) of live runs, and that over (grp, place), are the limits. A
// job's revision is compared by the statement that writes it. Revisions and
// tokens come from one sequence: neither is ever given twice, so the revision
// of a job that was removed does not fit another one with its id.
//
// Statements are written for PostgreSQL and SQLite alike, with @ for the prefix
// and $1, $2... for parameters; Dialect has the differences.
package sqlstore
