package service

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// cursor is a place in the list of jobs: behind the job that had this next time
// when it was read.
type cursor struct {
	store string
	next  time.Time // zero: none
	id    string
}

func (c cursor) String() string {
	next := ""
	if !c.next.IsZero() {
		next = strconv.FormatInt(c.next.UnixMicro(), 10)
	}
	return c.store + "/" + next + "/" + c.id
}

// parseCursor reads what String has written; "" is the begin of the list.
func parseCursor(text string) (c cursor, err error) {
	if text == "" {
		return c, nil
	}
	words := strings.SplitN(text, "/", 3)
	if len(words) < 3 {
		return c, fmt.Errorf("%w: no page ends at %q", ErrBadArguments, text)
	}
	c.store, c.id = words[0], words[2]
	if words[1] == "" {
		return c, nil
	}
	micros, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return c, fmt.Errorf("%w: no page ends at %q", ErrBadArguments, text)
	}
	c.next = time.UnixMicro(micros)
	return c, nil
}

// list returns the jobs behind the cursor. A store knows the place only by where
// the job stands now: when that has come to its end, or is due at another time,
// the place is looked for in all of the list.
func (c cursor) list(ctx context.Context, in schedule.Jobs, limit int) ([]job.Job, error) {
	former, err := in.List(ctx, job.Filter{IDs: []string{c.id}})
	if err != nil {
		return nil, err
	}
	if len(former) > 0 && former[0].State.Next.Equal(c.next) {
		return in.List(ctx, job.Filter{After: c.id, Limit: limit})
	}
	all, err := in.List(ctx, job.Filter{})
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, c.before)
	if at < 0 {
		return nil, nil
	}
	if all = all[at:]; limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all, nil
}

// before reports whether j stands behind the cursor: jobs are sorted by next
// time, those without one last, then by id.
func (c cursor) before(j job.Job) bool {
	next := j.State.Next
	switch {
	case next.Equal(c.next):
		return j.ID > c.id
	case next.IsZero():
		return true
	case c.next.IsZero():
		return false
	}
	return next.After(c.next)
}
