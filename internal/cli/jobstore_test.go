package cli

import (
	"path/filepath"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// TestOpenStore: the store that a URL names can be used. What package store/mongo
// does with a URL it tests itself.
func TestOpenStore(t *testing.T) {
	server := redistest.Need(t)
	t.Chdir(t.TempDir())
	for _, address := range []string{
		"redis://" + server.Address() + "/1",
		"unix://" + server.Socket() + "?db=2&jobs_key=my.jobs",
		"sqlite:///jobs.db",
		"sqlite://" + filepath.Join(t.TempDir(), "jobs.db"),
		pgtest.Need(t).Database(t),
	} {
		store, err := openStore(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		jobs, err := store.List(t.Context(), job.Filter{})
		if err != nil || len(jobs) != 0 {
			t.Errorf("%s: %v %v", address, jobs, err)
		}
		if err := store.Close(); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestOpenStoreRefuses(t *testing.T) {
	for address, want := range map[string]string{
		"":            "a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB",
		"jobs.db":     "a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB",
		"sqlite:///":  "open sqlite store : it needs a file; package store/memory keeps jobs without one",
		"mongodb://":  `open mongo store: error parsing uri: must have at least 1 host`,
		"memory:":     "a store is redis://HOST/DB, sqlite:///FILE, postgres://HOST/DB or mongodb://HOST/DB",
		"redis://h/x": `open redis store: the URL redis://h/x: redis: invalid database number: "x"`,
	} {
		store, err := openStore(t.Context(), address)
		if store != nil || err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", address, err, want)
		}
	}
}
