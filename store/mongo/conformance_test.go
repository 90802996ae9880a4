package mongo_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
)

// TestStore is the suite of all stores. The store goes by the time of the
// nodes, so the suite's clock is one that it moves by itself.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		p := newPlace(t)
		var moved atomic.Int64
		now := func() time.Time { return t0().Add(time.Duration(moved.Load())) }
		return storetest.Place{
			Open:    func(t *testing.T) job.Store { return p.open(t, now) },
			Advance: func(d time.Duration) { moved.Add(int64(d)) },
			Now:     now,
			Corrupt: func(t *testing.T, id string) { p.corrupt(t, id) },
		}
	})
}

// corrupt spoils the text of a job in all links of its register.
func (p place) corrupt(t *testing.T, id string) {
	t.Helper()
	jobs := p.shared.Database(p.database).Collection("watchkeeper_jobs")
	filter := bson.D{{Key: "key", Value: id}, {Key: "v", Value: bson.D{{Key: "$exists", Value: true}}}}
	spoil := bson.D{{Key: "$set", Value: bson.D{{Key: "v.job", Value: "{spoiled"}}}}
	res, err := jobs.UpdateMany(context.Background(), filter, spoil)
	if err != nil || res.ModifiedCount == 0 {
		t.Fatalf("nothing was spoiled: %+v, %v", res, err)
	}
}
