package mongo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// linkDocument is a link as it is stored. Value and linkage are JSON in one
// text each: FerretDB takes long for each field of a document.
type linkDocument struct {
	ID      string  `bson:"_id"`
	Key     string  `bson:"key"`
	Root    string  `bson:"root,omitempty"` // nonce of a root, in roots only
	Link    string  `bson:"link"`
	Value   string  `bson:"value,omitempty"`
	Columns columns `bson:",inline"`
}

// columns are what queries look for. What does not hold is left out.
type columns struct {
	Due     *int64   `bson:"due,omitempty"`     // when the job is due; nil: it is not to be planned
	Needs   string   `bson:"needs,omitempty"`   // job.Work.Needs of the job
	Busy    bool     `bson:"busy,omitempty"`    // runs live
	Cancel  []string `bson:"cancel,omitempty"`  // owners of runs that are to be cancelled
	Carries bool     `bson:"carries,omitempty"` // runs that are over, see jobValue.Done
	Gone    bool     `bson:"gone,omitempty"`    // there is no job, or the register is being deleted
}

func (r *registers[V]) document(l *link[V]) (linkDocument, error) {
	d := linkDocument{ID: l.ID, Key: l.Key}
	if l.Prev == "" {
		d.Root = l.Nonce
	}
	text, err := json.Marshal(l.linkage)
	if err != nil {
		return d, err
	}
	d.Link = string(text)
	d.Columns.Gone = l.End
	if l.Value == nil {
		return d, nil
	}
	text, err = json.Marshal(l.Value)
	d.Value = string(text)
	if r.columns != nil {
		d.Columns = r.columns(l.Value)
	}
	return d, err
}

func linkOf[V any](d *linkDocument) (*link[V], error) {
	l := &link[V]{ID: d.ID, Key: d.Key}
	if err := json.Unmarshal([]byte(d.Link), &l.linkage); err != nil {
		return nil, fmt.Errorf("document %q %w: %w", d.ID, job.ErrForeign, err)
	}
	if d.Value == "" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(d.Value), &l.Value); err != nil {
		return nil, fmt.Errorf("document %q %w: %w", d.ID, job.ErrForeign, err)
	}
	return l, nil
}

// list returns the links that filter selects.
func (r *registers[V]) list(ctx context.Context, filter any) ([]*link[V], error) {
	docs, err := find[linkDocument](ctx, r.coll, filter)
	if err != nil {
		return nil, err
	}
	links := make([]*link[V], len(docs))
	for i, d := range docs {
		if links[i], err = linkOf[V](d); err != nil {
			return nil, err
		}
	}
	return links, nil
}

// insert inserts links, each by itself, and returns the indexes of those whose
// _id was taken.
func (r *registers[V]) insert(ctx context.Context, links []*link[V]) (taken map[int]bool, err error) {
	docs := make([]linkDocument, len(links))
	for i, l := range links {
		if docs[i], err = r.document(l); err != nil {
			return nil, err
		}
	}
	return insert(ctx, r.coll, docs)
}

// delete deletes links, those of one register in the order given.
func (r *registers[V]) delete(ctx context.Context, links []*link[V]) error {
	for _, wave := range waves(links) {
		if err := r.deleteWave(ctx, wave); err != nil {
			return err
		}
	}
	return nil
}

// waves are links such that those of one wave are of different registers, and
// those of one register stay in their order.
func waves[V any](links []*link[V]) [][]*link[V] {
	var all [][]*link[V]
	depth := map[string]int{}
	for _, l := range links {
		n := depth[l.Key]
		depth[l.Key]++
		if n == len(all) {
			all = append(all, nil)
		}
		all[n] = append(all[n], l)
	}
	return all
}

// deleteWave deletes links. The _id of a root comes again when a register is
// made anew; so its nonce is looked at, too.
func (r *registers[V]) deleteWave(ctx context.Context, links []*link[V]) error {
	var ids []string
	var models []mongo.WriteModel
	for _, l := range links {
		switch {
		case l.Prev == "":
			models = append(models, mongo.NewDeleteOneModel().SetFilter(bson.D{{Key: "_id", Value: l.ID}, {Key: "root", Value: l.Nonce}}))
		case len(links) <= pushed:
			models = append(models, mongo.NewDeleteOneModel().SetFilter(anyID([]string{l.ID})))
		default:
			ids = append(ids, l.ID)
		}
	}
	if len(ids) > 0 {
		models = append(models, mongo.NewDeleteManyModel().SetFilter(anyID(ids)))
	}
	_, err := r.coll.BulkWrite(ctx, models)
	return wrap("delete old links of", r.coll, err)
}

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
