package redis

import (
	"context"
	"log/slog"
)

// ClientLog is the logger that LogClients gives to the client library.
func ClientLog(log *slog.Logger) interface {
	Printf(ctx context.Context, format string, args ...any)
} {
	return newClientLog(log)
}

// Healed reports that the store has healed, and does not now.
func (s *Store) Healed() bool {
	s.healer.mu.Lock()
	defer s.healer.mu.Unlock()
	return !s.healer.busy && !s.healer.last.IsZero()
}
