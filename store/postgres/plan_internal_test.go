package postgres

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pgtest"
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore/sqlstoretest"
)

// TestTheNextDueJobIsFoundByAnIndex: of 100,000 jobs, which look to the planner
// as a million do.
func TestTheNextDueJobIsFoundByAnIndex(t *testing.T) {
	ctx := t.Context()
	s, err := Open(ctx, pgtest.Need(t).Database(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if errs, err := s.Add(ctx, sqlstoretest.Due(100_000, "j", time.Now().Add(time.Hour))); errs != nil || err != nil {
		t.Fatal(errs, err)
	}
	if _, err := s.pool.Exec(ctx, "analyze"); err != nil {
		t.Fatal(err)
	}
	serves, none := []string{"default:sync", "default:other"}, []string{}
	for name, query := range map[string]struct {
		text string
		args []any
	}{
		"due":         {s.text.due, []any{int64(1e15), serves, none, int64(0), 1000}},
		"due shared":  {s.text.dueShared, []any{int64(1e15), serves, none, int64(0), 1000, "node"}},
		"hold":        {s.text.hold, []any{int64(1e15), serves, none, int64(0), 1000, "node", []int64{}, int64(1)}},
		"next":        {s.text.next, []any{int64(0), serves, none}},
		"next shared": {s.text.nextShared, []any{int64(0), serves, none, int64(0), "node"}},
	} {
		plan := explain(ctx, t, s, query.text, query.args)
		if strings.Contains(plan, "Seq Scan") || !strings.Contains(plan, "watchkeeper_jobs_due") {
			t.Errorf("%s does not go by the index of due jobs:\n%s", name, plan)
		}
	}
}

// explain is the plan of a statement.
func explain(ctx context.Context, t *testing.T, s *Store, text string, args []any) string {
	t.Helper()
	rows, err := s.pool.Query(ctx, "explain "+text, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
