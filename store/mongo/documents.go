package mongo

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// find returns the documents that filter selects.
func find[D any](ctx context.Context, coll *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions]) ([]*D, error) {
	cur, err := coll.Find(ctx, filter, append(opts, options.Find().SetBatchSize(batchSize))...)
	if err != nil {
		return nil, wrap("find in", coll, err)
	}
	var all []*D
	return all, wrap("read from", coll, cur.All(ctx, &all))
}

// existing says which of ids are the _id of a document.
func existing(ctx context.Context, coll *mongo.Collection, ids []string) (map[string]bool, error) {
	var filters []any
	if len(ids) > pushed {
		filters = []any{anyID(ids)}
	} else {
		for _, id := range ids {
			filters = append(filters, anyID([]string{id}))
		}
	}
	there := map[string]bool{}
	for _, filter := range filters {
		docs, err := find[idOnly](ctx, coll, filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			there[d.ID] = true
		}
	}
	return there, nil
}

// anyID selects the documents with one of ids.
func anyID(ids []string) bson.D {
	if len(ids) == 1 {
		return bson.D{{Key: "_id", Value: ids[0]}}
	}
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}
}

type idOnly struct {
	ID string `bson:"_id"`
}

// insert inserts docs, each by itself, and returns the indexes of those whose
// _id was taken.
func insert[D any](ctx context.Context, coll *mongo.Collection, docs []D) (taken map[int]bool, err error) {
	taken = map[int]bool{}
	if len(docs) == 0 {
		return taken, nil
	}
	_, err = coll.InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) {
		return taken, wrap("insert into", coll, err)
	}
	for _, we := range bulk.WriteErrors {
		if we.Code != duplicateKey {
			return taken, wrap("insert into", coll, err)
		}
		taken[we.Index] = true
	}
	if bulk.WriteConcernError != nil {
		return taken, wrap("insert into", coll, err)
	}
	return taken, nil
}

const (
	duplicateKey = 11000
	// batchSize is how many documents a server may send at a time.
	batchSize = 1000
)

// wrap says what was done with what when err came; nil stays nil.
func wrap(what string, coll *mongo.Collection, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, coll.Name(), err)
}
