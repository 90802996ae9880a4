package event_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/event"
)

func numbered(n int) event.Event { return event.Remote{Data: strconv.Itoa(n)} }

func TestQueueWaitsForAnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := event.NewQueue(2)
		got := make(chan event.Event)
		go func() {
			e, _, err := q.Next(t.Context())
			if err != nil {
				t.Error(err)
			}
			got <- e
		}()
		synctest.Wait()
		q.Accept(numbered(1))
		if e := <-got; e != numbered(1) {
			t.Errorf("got %v", e)
		}
	})
}

func TestQueueEndsWithItsContext(t *testing.T) {
	why := errors.New("client left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if _, _, err := event.NewQueue(1).Next(ctx); !errors.Is(err, why) {
		t.Errorf("Next fails with %v, want %v", err, why)
	}
}

// A reader at any pace gets every event in order, or the exact size of the gap.
func TestQueueShowsEveryGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 20).Draw(t, "limit")
		q := event.NewQueue(limit)
		sent, seen := 0, 0
		read := func() {
			e, missed, err := q.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			seen += missed
			if e != numbered(seen) {
				t.Fatalf("got %v after a gap of %d, want number %d", e, missed, seen)
			}
			seen++
		}
		for range rapid.IntRange(0, 30).Draw(t, "rounds") {
			for range rapid.IntRange(0, 40).Draw(t, "burst") {
				q.Accept(numbered(sent))
				sent++
			}
			for range rapid.IntRange(0, min(limit, sent-seen)).Draw(t, "reads") {
				if sent > seen {
					read()
				}
			}
		}
		for seen < sent {
			read()
		}
	})
}
