package sqlite

import (
	"context"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// Examine implements job.Examiner.
func (s *Store) Examine(ctx context.Context) ([]string, error) {
	var lines []string
	err := s.DB.Write(ctx, func(tx sqlstore.Tx) error {
		mode, err := ask(ctx, tx, sqlstore.One[string], `pragma journal_mode`)
		if err != nil {
			return err
		}
		if mode[0] != "wal" {
			lines = append(lines, fmt.Sprintf("the journal is %q, not a write-ahead log, as on a file system of a network: several processes may damage the store", mode[0]))
		}
		level, err := ask(ctx, tx, sqlstore.One[int64], `pragma synchronous`)
		if err == nil && level[0] < 2 {
			lines = append(lines, "synchronous is below FULL: a loss of power may undo what was acknowledged, and run it again")
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("examine %s: %w", s.path, err)
	}
	return lines, nil
}
