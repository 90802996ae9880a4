// Package redis keeps jobs and runs in Redis, for any number of schedulers in any
// number of processes. It needs Redis 5 or newer, or Valkey.
//
//	store, err := redis.Open(ctx, redis.Options{Addr: "127.0.0.1:6379", DB: 2})
//	if err != nil {
//		return err
//	}
//	defer store.Close()
//
// and then the store is one of schedule's. A URL says the same in one text:
// redis://127.0.0.1:6379/2?jobs_key=myapp.jobs.
//
// # What it keeps
//
// Options.JobsKey is a hash: the id of a job, and the job as JSON.
// Options.RunTimesKey is a sorted set: the id, and when it is due next in seconds
// since 1970 with six digits after the point; jobs that are paused or ended are
// not in it. Both are made to be looked at:
//
//	HGET watchkeeper.jobs nightly
//	ZRANGE watchkeeper.run_times 0 9 WITHSCORES
//
// All else is under JobsKey and a colon. Of it, JobsKey:schema has the version of
// the layout. A job is removed by hand with HDEL on the hash: what is left of it
// is removed and logged when a scheduler comes upon it. Deleting it from the
// sorted set alone does nothing lasting: it is listed again.
//
// The keys of APScheduler's RedisJobStore hold pickles. Open does not touch them:
// it returns job.ErrForeign, and docs/scheduler.md says how to take the jobs
// over.
//
// # What it promises
//
// What job.Store promises, as far as the server keeps what it acknowledged. Every
// step is one script, so all of it happens or nothing, and the time is the
// server's. With appendonly yes and appendfsync everysec a crash of the machine
// may take the last second along; with appendfsync always it takes nothing. A
// replica that takes over may lack what its master acknowledged. Eviction must be
// off (maxmemory-policy noeviction). Examine, which the scheduler asks, says what
// of this is amiss.
//
// While a server is away, the client library writes to standard error for each
// attempt to connect; LogClients puts one line an outage into a log instead.
//
// A store lives on one node of a cluster: give both keys the same hash tag, such
// as {myapp}.jobs and {myapp}.run_times.
package redis
