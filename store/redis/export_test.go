package redis

// Healed reports that the store has healed, and does not now.
func (s *Store) Healed() bool {
	s.healer.mu.Lock()
	defer s.healer.mu.Unlock()
	return !s.healer.busy && !s.healer.last.IsZero()
}
