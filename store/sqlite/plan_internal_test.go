package sqlite

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
)

// TestStatementsGoByIndexes: those that are executed all the time walk over no
// table.
func TestStatementsGoByIndexes(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "jobs.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if errs, err := s.Add(t.Context(), sqlstoretest.Due(1000, "j", time.Now().Add(time.Hour))); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	for name, query := range map[string]struct {
		text, index string
		args        []any
	}{
		"due":     {s.text.due, "watchkeeper_jobs_due (needs=? AND next_us<?)", []any{1, 2, "default:sync", "[]", 9}},
		"next":    {s.text.next, "watchkeeper_jobs_due (needs=? AND next_us>?)", []any{1, "default:sync", "[]"}},
		"move":    {s.text.move, "(id=?)", []any{"id", 1, nil, 0, 0, false, "", 2}},
		"finish":  {s.text.finish, "(id=?)", []any{"id", 1, 1, 1, 1, 1, "", "", ""}},
		"cancel":  {s.text.cancel, "(id=?)", []any{"id", "job", 1}},
		"take":    {s.text.take, "(id=?)", []any{"n", 1, 1, 1, "id", 1, 1}},
		"waiting": {s.text.waiting, "watchkeeper_runs_wait", nil},
	} {
		plan := explain(t, s, query.text, query.args)
		if strings.Contains(plan, "SCAN watchkeeper_jobs\n") || strings.Contains(plan, "TEMP B-TREE") || !strings.Contains(plan, query.index) {
			t.Errorf("%s does not go by %s:\n%s", name, query.index, plan)
		}
	}
}

// explain is the plan of a statement.
func explain(t *testing.T, s *Store, text string, args []any) string {
	t.Helper()
	var plan []string
	err := s.DB.Read(t.Context(), func(tx sqlstore.Tx) (err error) {
		plan, err = ask(t.Context(), tx, func(rows sqlstore.Rows) (detail string, err error) {
			var id, parent, unused int
			return detail, rows.Scan(&id, &parent, &unused, &detail)
		}, "explain query plan "+text, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n") + "\n"
}
