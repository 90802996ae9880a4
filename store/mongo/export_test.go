package mongo

import "context"

// Search has s ask for what it looks for, and makes the indexes for that, as
// it does on a server that uses indexes.
func (s *Store) Search(ctx context.Context) error {
	s.scans = false
	return s.makeIndexes(ctx)
}
