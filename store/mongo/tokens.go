package mongo

import (
	"context"
	"fmt"
)

// tokenValue is what the one register of tokens holds.
type tokenValue struct {
	Last int64 `json:"last"` // the highest token that was given
}

const tokenKey = "token"

// tokenRange gives n tokens, the first of which is returned: higher than any
// that was given before the call. Some may be lost, none is given twice.
func (s *Store) tokenRange(ctx context.Context, n int) (int64, error) {
	if n == 0 {
		return 0, nil
	}
	for try := range maxTries {
		if err := pause(ctx, try); err != nil {
			return 0, err
		}
		now, err := s.tokens.read(ctx, []string{tokenKey})
		if err != nil {
			return 0, err
		}
		var last int64
		if head := now[tokenKey].head; head != nil {
			last = head.Value.Last
		}
		st := &step[tokenValue]{key: tokenKey, from: now[tokenKey], value: &tokenValue{Last: last + int64(n)}}
		if err := s.tokens.append(ctx, []*step[tokenValue]{st}); err != nil {
			return 0, err
		}
		if st.won {
			return last + 1, nil
		}
	}
	return 0, fmt.Errorf("get tokens: others were faster %d times: %w", maxTries, errUnsettled)
}
