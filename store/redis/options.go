package redis

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Options say where the store is. The zero Options are a server at
// localhost:6379 and the keys watchkeeper.jobs and watchkeeper.run_times.
type Options struct {
	// URL has all of it in one text:
	//
	//	redis://user:password@host:6379/2?jobs_key=...&run_times_key=...
	//	rediss://... (TLS)
	//	unix:///run/redis.sock?db=2
	//
	// with the parameters of redis.ParseURL beside ours. What is set below
	// wins.
	URL string

	Addr     string // host:port, or the path of a unix socket
	DB       int
	Username string
	Password string

	// JobsKey is the hash of the jobs. All other keys of the store but
	// RunTimesKey begin with it and a colon.
	JobsKey string
	// RunTimesKey is the sorted set of their next run times. "": JobsKey with
	// run_times instead of its jobs, or after it.
	RunTimesKey string

	// Log is told what was healed; nil: slog.Default(). For what the client
	// library has to tell see LogClients.
	Log *slog.Logger
}

// DefaultJobsKey is not the one of APScheduler: its jobs are pickles.
const DefaultJobsKey = "watchkeeper.jobs"

// resolve fills in what o leaves open, and gives what to connect with.
func (o Options) resolve() (Options, *redis.Options, error) {
	to := &redis.Options{Addr: "localhost:6379"}
	if o.URL != "" {
		var err error
		if o, to, err = o.fromURL(); err != nil {
			return o, nil, err
		}
	}
	if o.Addr != "" {
		to.Addr, to.Network = o.Addr, "tcp"
	}
	if strings.HasPrefix(to.Addr, "/") {
		to.Network = "unix"
	}
	to.DB = cmp.Or(o.DB, to.DB)
	to.Username = cmp.Or(o.Username, to.Username)
	to.Password = cmp.Or(o.Password, to.Password)
	// A command that is sent again after its answer was lost may be refused
	// for what it did the first time. The scheduler asks anew, and knows better.
	to.MaxRetries = -1
	to.ContextTimeoutEnabled = true
	to.DialerRetries = 1
	to.DisableIdentity = true
	if to.ReadTimeout == 0 {
		to.ReadTimeout = 30 * time.Second // the caller's context is the limit
	}
	o, err := o.withKeys()
	return o, to, err
}

func (o Options) withKeys() (Options, error) {
	o.JobsKey = cmp.Or(o.JobsKey, DefaultJobsKey)
	if o.RunTimesKey == "" {
		base, _ := strings.CutSuffix(o.JobsKey, "jobs")
		if base != "" && base == o.JobsKey {
			base += "."
		}
		o.RunTimesKey = base + "run_times"
	}
	if o.RunTimesKey == o.JobsKey || strings.HasPrefix(o.RunTimesKey, o.JobsKey+":") {
		return o, fmt.Errorf("run_times_key %q must be another key than jobs_key and not begin with it and a colon", o.RunTimesKey)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o, nil
}

// fromURL takes the parameters out of the URL that are ours.
func (o Options) fromURL() (Options, *redis.Options, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		// The text may have a password in it.
		return o, nil, errors.New("the URL of the store cannot be read")
	}
	query := u.Query()
	o.JobsKey = cmp.Or(o.JobsKey, query.Get("jobs_key"))
	o.RunTimesKey = cmp.Or(o.RunTimesKey, query.Get("run_times_key"))
	query.Del("jobs_key")
	query.Del("run_times_key")
	u.RawQuery = query.Encode()
	to, err := redis.ParseURL(u.String())
	if err != nil {
		return o, nil, fmt.Errorf("the URL %s: %w", u.Redacted(), err)
	}
	return o, to, nil
}
