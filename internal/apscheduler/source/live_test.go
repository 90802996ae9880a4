package source_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler/apschedulertest"
	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler/source"
	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// now is when the tests convert.
func now() time.Time { return time.Date(2029, 12, 1, 0, 0, 0, 0, time.UTC) }

// TestWhatAPSchedulerStores: jobs that Debian's APScheduler stores in a Redis and
// in an SQLite file are read from there, and from a PostgreSQL with the same table,
// as testdata/live.txt says; and all of it is there afterwards.
func TestWhatAPSchedulerStores(t *testing.T) {
	python := servertest.Python(t, "apscheduler", "redis", "sqlalchemy")
	server := redistest.Need(t)
	file := filepath.Join(t.TempDir(), "jobs.sqlite")
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), python, "testdata/store.py", server.Socket(), file)
	cmd.Stderr = &stderr
	printed, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	t.Run("times", func(t *testing.T) { compareTimes(t, "sqlite:///"+file, printed) })
	data, err := os.ReadFile("testdata/live.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(string(data), "\n")
	before := contents(t, server.Socket())
	for _, place := range []source.Place{
		{URL: "redis://" + server.Address(), JobsKey: "my.jobs", RunTimesKey: "my.times"},
		{URL: "unix://" + server.Socket(), JobsKey: "my.jobs", RunTimesKey: "my.times"},
		{URL: "sqlite:///" + file},
		{URL: inPostgres(t, file)},
	} {
		got := strings.Split(converted(t, place), "\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", place.URL, diff)
		}
	}
	if diff := cmp.Diff(before, contents(t, server.Socket())); diff != "" {
		t.Errorf("Redis has changed\n%s", diff)
	}
}

// compareTimes asks the triggers for the times after the next one; printed is what
// APScheduler's own have said.
func compareTimes(t *testing.T, url string, printed []byte) {
	records, err := source.Read(t.Context(), source.Place{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	jobs := map[string]apscheduler.Result{}
	for _, r := range records {
		jobs[r.ID] = apscheduler.Convert(r, apscheduler.Options{Now: now(), Rename: map[string]string{"__main__": "tasks"}})
	}
	compared := 0
	for line := range bytes.Lines(printed) {
		var id string
		var want []int64
		if err := json.Unmarshal(line, &[]any{&id, &want}); err != nil {
			t.Fatal(err)
		}
		r := jobs[id]
		if len(r.Reasons) > 0 {
			continue
		}
		var got []int64
		for at := r.Job.State.Slot; len(got) < 100; {
			if at = r.Job.Trigger.Next(at, at); at.IsZero() {
				break
			}
			got = append(got, at.UnixMicro())
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s, %v (-APScheduler +ours)\n%s", id, r.Job.Trigger, diff)
		}
		compared++
	}
	if compared < 10 {
		t.Errorf("only %d jobs were compared", compared)
	}
}

// converted is what becomes of all jobs of a source.
func converted(t *testing.T, place source.Place) string {
	t.Helper()
	records, err := source.Read(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range records {
		fmt.Fprintf(&b, "%s\n%s\n", r.ID, apschedulertest.Text(apscheduler.Convert(r, apscheduler.Options{Now: now()})))
	}
	return b.String()
}

// contents is all that a Redis has.
func contents(t *testing.T, socket string) map[string]string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket, DisableIdentity: true})
	defer client.Close()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, key := range keys {
		if all[key], err = client.Dump(t.Context(), key).Result(); err != nil {
			t.Fatal(err)
		}
	}
	if len(all) != 2 {
		t.Fatalf("Redis has the keys %q", keys)
	}
	return all
}

// inPostgres copies the table of an SQLite file into a PostgreSQL and returns the
// URL of that as SQLAlchemy has it.
func inPostgres(t *testing.T, file string) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	address := pgtest.Need(t).Database(t)
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	// The table as SQLAlchemyJobStore makes it.
	if _, err := conn.Exec(ctx, `create table apscheduler_jobs (id varchar(191) not null primary key, next_run_time float(25), job_state bytea not null)`); err != nil {
		t.Fatal(err)
	}
	records, err := source.Read(ctx, source.Place{URL: "sqlite:///" + file})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		var due *float64
		if !r.Due.IsZero() {
			s := float64(r.Due.UnixMicro()) / 1e6
			due = &s
		}
		if _, err := conn.Exec(ctx, `insert into apscheduler_jobs values ($1, $2, $3)`, r.ID, due, r.State); err != nil {
			t.Fatal(err)
		}
	}
	return strings.Replace(address, "postgres://", "postgresql+psycopg2://", 1)
}
