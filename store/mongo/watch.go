package mongo

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

const signalID = "signal"

// signal tells those who watch that there is news. Of two at once one may be
// lost: the document is another one all the same.
func (s *Store) signal(ctx context.Context) error {
	id := bson.D{{Key: "_id", Value: signalID}}
	_, err := s.meta.ReplaceOne(ctx, id, metaForm{ID: signalID, Signal: bson.NewObjectID().Hex()}, options.Replace().SetUpsert(true))
	return wrap("signal in", s.meta, err)
}

// Watch implements job.Watcher: it looks at one small document every
// Options.Poll.
func (s *Store) Watch(ctx context.Context) <-chan struct{} {
	news := make(chan struct{}, 1)
	go s.watch(ctx, news)
	return news
}

// watch owns news.
func (s *Store) watch(ctx context.Context, news chan<- struct{}) {
	defer close(news)
	ticks := time.NewTicker(s.poll)
	defer ticks.Stop()
	last, known := s.look(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		now, ok := s.look(ctx)
		if !ok {
			known = false // what was missed is open
			continue
		}
		if known && now == last {
			continue
		}
		last, known = now, true
		select {
		case news <- struct{}{}:
		default: // there is one that nobody took yet
		}
	}
}

func (s *Store) look(ctx context.Context) (signal string, ok bool) {
	found, err := find[metaForm](ctx, s.meta, bson.D{{Key: "_id", Value: signalID}})
	if err != nil {
		return "", false
	}
	if len(found) == 0 {
		return "", true
	}
	return found[0].Signal, true
}
