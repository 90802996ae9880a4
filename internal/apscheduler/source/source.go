// Package source reads what APScheduler 3 has stored of its jobs, from Redis or
// from the table of its SQLAlchemy store in SQLite or PostgreSQL. It only reads.
package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
)

// The names that APScheduler gives to what it stores.
const (
	DefaultJobsKey     = "apscheduler.jobs"
	DefaultRunTimesKey = "apscheduler.run_times"
	DefaultTable       = "apscheduler_jobs"
)

// Place is where the jobs are stored.
type Place struct {
	// URL is redis://, rediss:// or unix:// as package store/redis takes it, or
	// as SQLAlchemy has it sqlite:///FILE and postgresql://; what SQLAlchemy has
	// after a + in the scheme is passed over.
	URL         string
	JobsKey     string // in Redis; "": DefaultJobsKey
	RunTimesKey string // in Redis; "": DefaultRunTimesKey
	Table       string // elsewhere, with its schema before a dot; "": DefaultTable
}

// Read returns all jobs of a place, the next first, those that are paused last.
// Nothing is written there.
func Read(ctx context.Context, p Place) ([]apscheduler.Record, error) {
	scheme, rest, ok := strings.Cut(p.URL, "://")
	if !ok {
		return nil, errors.New("the address of the jobs is no URL, such as redis://localhost:6379/0 or sqlite:///jobs.sqlite")
	}
	if _, err := url.Parse(p.URL); err != nil {
		return nil, errors.New("the address of the jobs cannot be read as a URL") // the text may have a password in it
	}
	dialect, _, _ := strings.Cut(scheme, "+")
	table := cmp.Or(p.Table, DefaultTable)
	var records []apscheduler.Record
	var err error
	switch dialect {
	case "redis", "rediss", "unix":
		records, err = readRedis(ctx, p.URL, cmp.Or(p.JobsKey, DefaultJobsKey), cmp.Or(p.RunTimesKey, DefaultRunTimesKey))
	case "sqlite":
		path, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "?")
		records, err = readSQLite(ctx, path, table)
	case "postgresql", "postgres":
		records, err = readPostgres(ctx, "postgresql://"+rest, table)
	default:
		return nil, fmt.Errorf("jobs in %s cannot be read, but those in redis, sqlite and postgresql", scheme)
	}
	if err != nil {
		return nil, fmt.Errorf("read jobs of %s: %w", Redacted(p.URL), err)
	}
	slices.SortFunc(records, byTime)
	return records, nil
}

func byTime(a, b apscheduler.Record) int {
	if a.Due.IsZero() != b.Due.IsZero() {
		return cmp.Compare(b.Due.Unix(), a.Due.Unix()) // the zero Time is the earliest
	}
	return cmp.Or(a.Due.Compare(b.Due), strings.Compare(a.ID, b.ID))
}

// Redacted is a URL without its password.
func Redacted(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		scheme, _, _ := strings.Cut(text, "://")
		return scheme + "://…"
	}
	return u.Redacted()
}
