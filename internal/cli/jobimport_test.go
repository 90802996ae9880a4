package cli

import (
	"bytes"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/store/sqlite"
)

// storedJob is a job as APScheduler has stored it.
type storedJob struct {
	Set, ID string
	Score   *float64 `json:",string"`
	State   string
}

// storedJobs are those of one release and protocol.
func storedJobs(t *testing.T, set string) []storedJob {
	t.Helper()
	data, err := os.ReadFile("../apscheduler/testdata/samples.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []storedJob
	for line := range bytes.Lines(data) {
		var s storedJob
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatal(err)
		}
		if s.Set == set {
			state, err := hex.DecodeString(s.State)
			if err != nil {
				t.Fatal(err)
			}
			s.State = string(state)
			all = append(all, s)
		}
	}
	return all
}

// inSQLite is the URL of a file with jobs.
func inSQLite(t *testing.T, jobs []storedJob) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jobs.sqlite")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("create table apscheduler_jobs (id varchar(191) primary key, next_run_time float, job_state blob not null)"); err != nil {
		t.Fatal(err)
	}
	for _, s := range jobs {
		if _, err := db.Exec("insert into apscheduler_jobs values (?, ?, ?)", s.ID, s.Score, []byte(s.State)); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite:///" + path
}

// runImport runs watchkeeper job import.
func runImport(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs strings.Builder
	w := world{argv0: "watchkeeper", prog: "watchkeeper", args: append([]string{"job", "import"}, args...),
		stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	code = watchkeeper(t.Context(), w)
	return out.String(), errs.String(), code
}

const importReport = `JOB                      FUNCTION       NEXT RUN                   TRIGGER
sample-args (with args)  tasks:work     2030-01-01T00:00:00Z       every hour, counted from 2030-01-01 00:00:00, UTC
sample-method (Svc.run)  tasks:Svc.run  2030-01-01T00:00:00Z       once, at 2030-01-01 00:00:00, UTC
sample-or (tick)         tasks:tick     2030-01-01T00:00:00Z       at 06:00 every day, Asia/Tokyo, or at 10:00 on every Saturday and Sunday, Asia/Tokyo
sample-interval (tick)   tasks:tick     2030-01-01T00:00:00.25Z    every 5 minutes, counted from 2030-01-01 00:00:00, UTC, delayed at random by up to 30 seconds
sample-cron (tick)       tasks:tick     2030-01-07T09:00:00+01:00  every 15 minutes of hours 9, 11, 13, 15 and 17, on the 1st Monday and the last Friday of January, February and March, Europe/Berlin, not before 2030-01-01 00:00:00, not after 2031-12-31 23:59:59
sample-calendar (tick)   tasks:tick     2030-01-31T03:04:05-05:00  every month and 2 days at 03:04:05, counted from 2030-01-31, America/New_York, not after 2032-01-01 23:59:59.999999, delayed at random by up to 10 seconds
sample-date (tick)       tasks:tick     2030-06-01T12:00:00+02:00  once, at 2030-06-01 12:00:00, +02:00
sample-paused (tick)     tasks:tick     paused                     every 5 minutes, every day, UTC

Notes:
  sample-interval: compat=apscheduler3: its next run is not on the grid of its start, and what follows is counted from there
  sample-cron: compat=apscheduler3: it keeps APScheduler's times where clocks are changed
  sample-calendar: compat=apscheduler3: each run is counted from the one before

These cannot be imported:
  none: what is stored is of type None, not the state of a job

`

// TestImportShowsAndApplies: without --apply nothing is written; with it jobs are
// in the new store as they were shown, and a second time they are skipped.
func TestImportShowsAndApplies(t *testing.T) {
	from := inSQLite(t, append(storedJobs(t, "3.11.2-p5"), storedJob{ID: "none", State: "N."}))
	path := filepath.Join(t.TempDir(), "new.db")
	args := []string{"--apscheduler", from, "--map", "jobsmod=tasks"}

	stdout, stderr, code := runImport(t, append(args, "--to", "sqlite://"+path)...)
	want := importReport + "8 jobs can be imported, 1 cannot. Nothing was written: stop the Python program, then give --apply --to URL.\n"
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(stdout, "\n")); diff != "" || stderr != "" || code != exitFailed {
		t.Errorf("%d, %s(-want +got)\n%s", code, stderr, diff)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Fatalf("without --apply there is a store: %v", err)
	}

	args = append(args, "--apply", "--to", "sqlite://"+path)
	stdout, stderr, code = runImport(t, args...)
	want = importReport + "8 jobs imported, 0 skipped, 1 cannot be imported.\n"
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(stdout, "\n")); diff != "" || stderr != "" || code != exitFailed {
		t.Errorf("%d, %s(-want +got)\n%s", code, stderr, diff)
	}
	checkImported(t, path)

	stdout, _, code = runImport(t, args...)
	if !strings.Contains(stdout, "\n  sample-or: skipped, as there is a job with that id\n") ||
		!strings.HasSuffix(stdout, "\n0 jobs imported, 8 skipped, 1 cannot be imported.\n") || code != exitFailed {
		t.Errorf("%d, %s", code, stdout)
	}
}

// checkImported looks at some jobs in the new store.
func checkImported(t *testing.T, path string) {
	t.Helper()
	store, err := sqlite.Open(path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	jobs, err := store.List(t.Context(), job.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) != 8 {
		t.Fatalf("%d jobs in the new store, want 8", len(jobs))
	}
	interval := jobs[slices.IndexFunc(jobs, func(j job.Job) bool { return j.ID == "sample-interval" })]
	if next := time.Date(2030, 1, 1, 0, 0, 0, 250e6, time.UTC); !interval.State.Next.Equal(next) || !interval.State.Slot.Equal(next) ||
		interval.Func != "tasks:tick" || string(interval.Args) != `{"args":[],"kwargs":{}}` || interval.Executor != "default" ||
		interval.Policy != (job.Policy{Grace: time.Second, MaxInstances: 1}) {
		t.Errorf("%+v", interval)
	}
	args := jobs[slices.IndexFunc(jobs, func(j job.Job) bool { return j.ID == "sample-method" })].Args
	if want := `{"args":[{"$py":"object","class":"tasks:Svc","state":{"n":7}},"z"],"kwargs":{}}`; string(args) != want {
		t.Errorf("%s, want %s", args, want)
	}
	if last := jobs[7]; last.ID != "sample-paused" || !last.State.Paused || !last.State.Next.IsZero() {
		t.Errorf("%+v", last)
	}
}

// TestImportTakesAllSamples: of each release and protocol.
func TestImportTakesAllSamples(t *testing.T) {
	taken := 0
	for _, set := range []string{"3.11.2-p5", "3.11.2-p2", "3.11.2-p0", "3.9.1-p5", "3.9.1-p5-localtz"} {
		jobs := storedJobs(t, set)
		stdout, stderr, code := runImport(t, "--apscheduler", inSQLite(t, jobs), "--apply", "--to", "sqlite://"+filepath.Join(t.TempDir(), "new.db"))
		if want := fmt.Sprintf("\n%d jobs imported, 0 skipped, 0 cannot be imported.\n", len(jobs)); !strings.HasSuffix(stdout, want) || stderr != "" || code != exitOK {
			t.Errorf("%s: %d, %s%s", set, code, stdout, stderr)
		}
		taken += len(jobs)
	}
	if taken != 29 {
		t.Errorf("%d samples, want 29", taken)
	}
}

// TestImportFromRedis: under keys of the user's own; all jobs can be imported, so
// the code is 0.
func TestImportFromRedis(t *testing.T) {
	server := redistest.Need(t)
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: server.Socket(), DB: 2, DisableIdentity: true})
	defer client.Close()
	for _, s := range storedJobs(t, "3.9.1-p5-localtz") {
		if err := client.HSet(t.Context(), "my.jobs", s.ID, s.State).Err(); err != nil {
			t.Fatal(err)
		}
		if s.Score == nil {
			continue
		}
		if err := client.ZAdd(t.Context(), "my.times", redis.Z{Score: *s.Score, Member: s.ID}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"--apscheduler", "redis://" + server.Address() + "/2", "--jobs-key", "my.jobs", "--run-times-key", "my.times", "--json"}
	stdout, stderr, code := runImport(t, args...)
	var got struct {
		Jobs    []importedJob
		Applied bool
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatal(err)
	}
	if code != exitOK || stderr != "" || got.Applied || len(got.Jobs) != 2 {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
	if j := got.Jobs[0]; j.ID != "sample-local-interval" || j.Fate != fateCan || j.Next != "2030-01-01T00:00:00.25Z" || j.Func != "jobsmod:tick" {
		t.Errorf("%+v", j)
	}
	if j := got.Jobs[1]; j.ID != "sample-local-paused" || j.Next != "" {
		t.Errorf("%+v", j)
	}
	for key, want := range map[string]string{
		"no.jobs":  `there is no key "no.jobs" in database 2`,
		"my.times": `the key "my.times" is a zset, not a hash`,
	} {
		_, stderr, code := runImport(t, "--apscheduler", "redis://"+server.Address()+"/2", "--jobs-key", key)
		if code != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d, %s", key, code, stderr)
		}
	}
}

func TestImportSaysWhatIsMissing(t *testing.T) {
	from := inSQLite(t, nil)
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{nil, "from where? Give a file, or --apscheduler URL, such as redis://localhost:6379/0", exitUsage},
		{[]string{"--apscheduler", from, "--apply"}, "--apply needs --to URL, the store that the jobs are written into", exitUsage},
		{[]string{"--apscheduler", from, "--map", "tasks"}, `--map: "tasks" is not OLD=NEW with two modules, as in __main__=tasks, or two functions, as in old:f=new:g`, exitUsage},
		{[]string{"--apscheduler", from, "--apply", "--to", "mysql://h/db"}, "--to: a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB", exitFailed},
		{[]string{"--apscheduler", from, "--table", "other"}, "read jobs of " + from + ": SQL logic error: no such table: other (1)", exitFailed},
		{[]string{"--apscheduler", from}, "", exitOK},
	} {
		_, stderr, code := runImport(t, c.args...)
		got, _, _ := strings.Cut(strings.TrimPrefix(stderr, "Error: "), "\n")
		if got != c.want || code != c.code {
			t.Errorf("%q: %d %s\nwant %d %s", c.args, code, got, c.code, c.want)
		}
	}
}

// TestImportPrintsNoControlCharacters: what a stranger has stored does nothing to
// the terminal.
func TestImportPrintsNoControlCharacters(t *testing.T) {
	from := inSQLite(t, []storedJob{{ID: "a\x1b[2J", State: "N."}})
	stdout, _, code := runImport(t, "--apscheduler", from)
	if strings.ContainsRune(stdout, '\x1b') || !strings.Contains(stdout, strconv.Quote("a\x1b[2J: what is stored is of type None, not the state of a job")) || code != exitFailed {
		t.Errorf("%d, %q", code, stdout)
	}
}
