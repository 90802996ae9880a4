package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// Examine implements job.Examiner: settings with which the server may lose what
// it has acknowledged, or cannot be written to.
func (s *Store) Examine(ctx context.Context) ([]string, error) {
	var lines []string
	err := s.DB.Read(ctx, func(tx sqlstore.Tx) error {
		type setting struct{ fsync, commit, pages, readOnly, recovering string }
		found, err := ask(ctx, tx, func(rows sqlstore.Rows) (v setting, err error) {
			return v, rows.Scan(&v.fsync, &v.commit, &v.pages, &v.readOnly, &v.recovering)
		}, `select current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes'),
			current_setting('transaction_read_only'), pg_is_in_recovery()::text`)
		if err != nil {
			return err
		}
		v := found[0]
		if v.fsync == "off" {
			lines = append(lines, "fsync is off: a crash of the machine may destroy the store")
		}
		if v.commit == "off" {
			lines = append(lines, "synchronous_commit is off: a crash of the server may undo what was acknowledged, and run it again")
		}
		if v.pages == "off" {
			lines = append(lines, "full_page_writes is off: a crash of the machine may destroy the store")
		}
		if v.readOnly == "on" || v.recovering == strconv.FormatBool(true) {
			lines = append(lines, "the server is a standby or read-only: nothing can be written")
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("examine the server: %w", err)
	}
	return lines, nil
}
