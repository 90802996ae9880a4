package postgres_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

type sqlstoreTx = sqlstore.Tx

func openWith(t *testing.T, url string, idle time.Duration) (*postgres.Store, error) {
	t.Helper()
	return postgres.Open(t.Context(), url, postgres.Options{IdleInTransaction: idle})
}

func TestOpen(t *testing.T) {
	server := need(t)
	t.Run("leaves the tables of others alone", func(t *testing.T) {
		url := server.Database(t)
		execute(t, url, `create table apscheduler_jobs (id varchar(191) primary key, next_run_time float8, job_state bytea)`)
		_, err := postgres.Open(t.Context(), url, postgres.Options{Prefix: "apscheduler_"})
		if !errors.Is(err, job.ErrForeign) {
			t.Errorf("Open over the table of APScheduler: %v, want %v", err, job.ErrForeign)
		}
		execute(t, url, `create table apscheduler_meta (gone int)`) // fails when Open has made it
	})
	t.Run("refuses the schema of a later release", func(t *testing.T) {
		url := server.Database(t)
		if err := open(t, url).Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, url, `update watchkeeper_meta set value = 99 where key = 'schema'`)
		_, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err == nil || !strings.Contains(err.Error(), "version 99") {
			t.Errorf("Open of version 99: %v, want an error that says so", err)
		}
	})
	t.Run("makes the tables once, whoever comes first", func(t *testing.T) {
		url := server.Database(t)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				s, err := postgres.Open(t.Context(), url, postgres.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
	})
	t.Run("refuses a prefix that needs quotes", func(t *testing.T) {
		if _, err := postgres.Open(t.Context(), server.URL("postgres"), postgres.Options{Prefix: `a"; drop`}); err == nil {
			t.Error("no error")
		}
	})
}

func TestExamine(t *testing.T) {
	url := need(t).Database(t)
	s := open(t, url)
	defer s.Close()
	if lines, err := s.Examine(t.Context()); err != nil || lines != nil {
		t.Errorf("a new cluster is found to be %q, %v, want nothing", lines, err)
	}
	loose := open(t, url+"&synchronous_commit=off")
	defer loose.Close()
	lines, err := loose.Examine(t.Context())
	if err != nil || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "synchronous_commit is off") }) {
		t.Errorf("without synchronous_commit: %q, %v, want a line about it", lines, err)
	}
}

// TestTextThatPostgreSQLDoesNotKeep: a job of a name with a zero byte is refused,
// what a run says is kept as far as may be.
func TestTextThatPostgreSQLDoesNotKeep(t *testing.T) {
	s := open(t, need(t).Database(t))
	defer s.Close()
	ctx := t.Context()
	now := time.Now()
	good, bad := due("good", now), due("b\x00d", now)
	errs, err := s.Add(ctx, []job.Job{bad, good})
	if err != nil || errs == nil || errs[0] == nil || errs[1] != nil {
		t.Fatalf("Add of a good and a bad ID: %v, %v, want an error for the bad one alone", errs, err)
	}
	if _, err := s.Beat(ctx, job.Beat{Node: "n", Lease: time.Hour, Ahead: time.Hour}); err != nil {
		t.Fatal(err)
	}
	batch, err := s.Claim(ctx, job.Claim{Node: "n", Serves: []string{"default:sync"}, Limit: 9})
	if err != nil || len(batch.Jobs) != 1 {
		t.Fatal(batch, err)
	}
	j := batch.Jobs[0].Job
	run := job.Run{ID: job.RunID(j.ID, j.State.Slot), Job: j.ID, Slot: j.State.Slot, Due: j.State.Slot, Phase: job.Running, Place: -1, Work: j.Work()}
	answers, err := s.Commit(ctx, "n", []job.Advance{{ID: j.ID, Rev: j.State.Rev, Runs: []job.Run{run}}})
	if err != nil || answers[0].Err != nil {
		t.Fatal(answers, err)
	}
	errs, err = s.Finish(ctx, []job.Finished{{
		ID: run.ID, Token: answers[0].Tokens[0], Attempt: 1,
		Outcome: job.Outcome{Kind: job.Failed, Finished: now, Error: "exit \x00\xff!", Detail: "\x00"},
	}})
	if err != nil || errs != nil {
		t.Fatal(errs, err)
	}
	runs, err := s.Runs(ctx, job.RunFilter{})
	if err != nil || len(runs) != 1 || runs[0].Outcome.Error != "exit \uFFFD\uFFFD!" {
		t.Errorf("the run is kept as %+v, %v", runs, err)
	}
}

// due is a job that is due at a time.
func due(id string, at time.Time) job.Job {
	j := sqlstoretest.Due(1, "", job.Micro(at))[0]
	j.ID = id
	return j
}
