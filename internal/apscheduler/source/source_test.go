package source_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler/source"
)

func TestReadSaysWhatIsWrong(t *testing.T) {
	for address, want := range map[string]string{
		"jobs.sqlite":              "the address of the jobs is no URL, such as redis://localhost:6379/0 or sqlite:///jobs.sqlite",
		"mongodb://localhost/":     "jobs in mongodb cannot be read, but those in redis, sqlite and postgresql",
		"sqlite:////nowhere/db":    "read jobs of sqlite:////nowhere/db: stat /nowhere/db: no such file or directory (an absolute path has four slashes: sqlite:////srv/jobs.sqlite)",
		"redis://a:secret@h:x/":    "the address of the jobs cannot be read as a URL",
		"redis://a:secret@h/x":     `read jobs of redis://a:xxxxx@h/x: redis: invalid database number: "x"`,
		"mysql+pymysql://u:p@h/db": "jobs in mysql+pymysql cannot be read, but those in redis, sqlite and postgresql",
	} {
		_, err := source.Read(t.Context(), source.Place{URL: address})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
}
