package mongo_test

import (
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
)

// TestStore is the suite of all stores.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		p := newPlace(t)
		return p.suite(func(t *testing.T, now func() time.Time) job.Store { return p.open(t, now) })
	})
}

// TestStoreThatSearches is the suite for the questions that a server with
// indexes is asked. FerretDB answers them, too.
func TestStoreThatSearches(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Place {
		p := newPlace(t)
		return p.suite(func(t *testing.T, now func() time.Time) job.Store {
			s := p.open(t, now)
			if err := s.Search(t.Context()); err != nil {
				t.Fatal(err)
			}
			return s
		})
	})
}

// suite is p for the suite. The store goes by the time of the nodes, so the
// suite's clock is one that it moves by itself.
func (p place) suite(open func(t *testing.T, now func() time.Time) job.Store) storetest.Place {
	var moved atomic.Int64
	now := func() time.Time { return t0().Add(time.Duration(moved.Load())) }
	return storetest.Place{
		Open:    func(t *testing.T) job.Store { return open(t, now) },
		Advance: func(d time.Duration) { moved.Add(int64(d)) },
		Now:     now,
		Corrupt: p.corrupt,
	}
}

// corrupt spoils the text of a job in all links of its register.
func (p place) corrupt(t *testing.T, id string) {
	t.Helper()
	jobs := p.shared.Database(p.database).Collection("watchkeeper_jobs")
	filter := bson.D{{Key: "key", Value: id}, {Key: "value", Value: bson.D{{Key: "$exists", Value: true}}}}
	var newest struct {
		ID    string `bson:"_id"`
		Value string `bson:"value"`
	}
	if err := jobs.FindOne(t.Context(), filter).Decode(&newest); err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal([]byte(newest.Value), &value); err != nil {
		t.Fatal(err)
	}
	value["job"] = "{spoiled"
	spoiled, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	_, err = jobs.UpdateByID(t.Context(), newest.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "value", Value: string(spoiled)}}}})
	if err != nil {
		t.Fatal(err)
	}
}
