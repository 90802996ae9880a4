package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// registers are named values with compare-and-set, made of nothing but the
// insertion of documents with a unique _id. A register is a chain of links;
// its value is that of the newest. To set it is to insert the link that
// follows the one that was read: the _id of a link is made of the nonce of the
// one before, so of two that follow the same link one cannot be inserted.
//
// Links that were followed are deleted, the oldest first, all but the one
// before the newest. A link counts only while the one that it follows is there
// or after it was followed itself: who slept so long that his link was
// followed and deleted inserts one that follows nothing, and sees that.
type registers[V any] struct {
	coll *mongo.Collection
	now  func() time.Time
}

// link is a document of a chain.
type link[V any] struct {
	ID    string `bson:"_id"`
	Key   string `bson:"key"`
	Seq   int64  `bson:"seq"`
	Nonce string `bson:"nonce"`
	Prev  string `bson:"prev"` // nonce of the link before; "" in the first
	At    int64  `bson:"at"`   // when it was made, by the clock of who made it
	Value *V     `bson:"v,omitempty"`
	End   bool   `bson:"end,omitempty"` // nothing may follow, the register is being deleted
	// Trail has the nonces of links before, some of which are deleted: who was
	// overtaken many times before he looked sees that his link counted.
	Trail []string `bson:"trail,omitempty"`
}

// trailed is how many links before a link remembers.
const trailed = 16

// chain is what is stored of a register.
type chain[V any] struct {
	head *link[V]   // nil: there is no such register
	rest []*link[V] // all others, the oldest first
	end  *link[V]   // of a register that is being deleted
}

// step sets a register from what was read to a value.
type step[V any] struct {
	key   string
	from  *chain[V]
	value *V
	end   bool

	// What append makes of it.
	link     *link[V]
	inserted bool // the server said so
	won      bool
}

// errUnsettled: what is read of a register makes no sense, time and again, or
// it cannot be told whether a link counted. It is trouble with the store.
var errUnsettled = errors.New("mongo: a register does not settle")

const (
	readTries = 5 // a listing that is no snapshot may miss a link
	// pushed is up to how many documents are asked for one by one: FerretDB
	// looks nothing but a single _id up in an index.
	pushed = 8
)

// read returns the registers of keys; each has an entry.
func (r *registers[V]) read(ctx context.Context, keys []string) (map[string]*chain[V], error) {
	found := make(map[string]*chain[V], len(keys))
	for try := 0; len(keys) > 0; try++ {
		if try == readTries {
			return nil, fmt.Errorf("read %q: %w", keys[0], errUnsettled)
		}
		var filter any = bson.D{{Key: "key", Value: bson.D{{Key: "$in", Value: keys}}}}
		if len(keys) == 1 {
			filter = bson.D{{Key: "key", Value: keys[0]}}
		}
		listed, err := find[link[V]](ctx, r.coll, filter)
		if err != nil {
			return nil, err
		}
		keys = resolve(keys, listed, found)
	}
	return found, nil
}

// all returns all registers that exist.
func (r *registers[V]) all(ctx context.Context) (map[string]*chain[V], error) {
	listed, err := find[link[V]](ctx, r.coll, bson.D{})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, l := range listed {
		keys = append(keys, l.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	found := make(map[string]*chain[V], len(keys))
	again, err := r.read(ctx, resolve(keys, listed, found))
	if err != nil {
		return nil, err
	}
	for key, c := range again {
		found[key] = c
	}
	for key, c := range found {
		if c.head == nil {
			delete(found, key)
		}
	}
	return found, nil
}

// resolve puts the chains that listed makes into found and returns the keys
// that are to be read again.
func resolve[V any](keys []string, listed []*link[V], found map[string]*chain[V]) (again []string) {
	byKey := make(map[string][]*link[V], len(keys))
	for _, l := range listed {
		byKey[l.Key] = append(byKey[l.Key], l)
	}
	for _, key := range keys {
		c, settled := chainOf(byKey[key])
		found[key] = c
		if !settled {
			again = append(again, key)
		}
	}
	return again
}

func chainOf[V any](links []*link[V]) (c *chain[V], settled bool) {
	slices.SortFunc(links, func(a, b *link[V]) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	c = &chain[V]{rest: links}
	for i, l := range slices.Backward(links) {
		if l.Prev != "" && !slices.ContainsFunc(links, func(p *link[V]) bool { return p.Nonce == l.Prev }) {
			continue
		}
		c.rest = slices.Concat(links[:i], links[i+1:])
		if l.End {
			c.end = l
			return c, true
		}
		c.head = l
		return c, l.Value != nil // without one it was followed already
	}
	// Nothing, or links that follow nothing.
	if i := slices.IndexFunc(links, func(l *link[V]) bool { return l.End }); i >= 0 {
		c.end, c.rest = links[i], slices.Concat(links[:i], links[i+1:])
	}
	return c, true
}

func firstID(key string) string { return key + "/" }

func (s *step[V]) make(at time.Time) *link[V] {
	l := &link[V]{
		ID: firstID(s.key), Key: s.key, Nonce: bson.NewObjectID().Hex(),
		At: at.UnixMicro(), Value: s.value, End: s.end,
	}
	if before := s.from.head; before != nil {
		l.ID, l.Seq, l.Prev = firstID(s.key)+before.Nonce, before.Seq+1, before.Nonce
		l.Trail = append(slices.Clone(before.Trail), before.Nonce)
		l.Trail = l.Trail[max(0, len(l.Trail)-trailed):]
	}
	return l
}

// append tries steps of different keys, each by itself, and says in won which
// were taken. An error leaves it open; so does errUnsettled.
func (r *registers[V]) append(ctx context.Context, steps []*step[V]) error {
	if len(steps) == 0 {
		return nil
	}
	if err := r.clearEnded(ctx, steps); err != nil {
		return err
	}
	links := make([]*link[V], len(steps))
	for i, s := range steps {
		s.link = s.make(r.now())
		links[i] = s.link
	}
	taken, err := insert(ctx, r.coll, links)
	if err != nil {
		return err
	}
	var missing map[string]bool
	if missing, err = r.missing(ctx, steps, taken); err != nil {
		return err
	}
	var doubtful []*step[V]
	for i, s := range steps {
		s.inserted = !taken[i]
		s.won = s.inserted && s.from.head != nil && !missing[s.from.head.ID]
		if !s.won {
			doubtful = append(doubtful, s)
		}
	}
	return r.settle(ctx, doubtful)
}

// missing says which of the links that steps follow are gone.
func (r *registers[V]) missing(ctx context.Context, steps []*step[V], taken map[int]bool) (map[string]bool, error) {
	gone := map[string]bool{}
	var ids []string
	for i, s := range steps {
		if s.from.head != nil && !taken[i] {
			gone[s.from.head.ID] = true
			ids = append(ids, s.from.head.ID)
		}
	}
	there, err := existing(ctx, r.coll, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range there {
		delete(gone, id)
	}
	return gone, nil
}

// settle finds out what became of the links of steps whose insertion alone
// does not tell: first links, those that were refused (a server may have
// inserted a link and refused it when it tried again), and those that follow
// what is gone.
func (r *registers[V]) settle(ctx context.Context, steps []*step[V]) error {
	var keys []string
	for _, s := range steps {
		keys = append(keys, s.key)
	}
	now, err := r.read(ctx, keys)
	if err != nil {
		return err
	}
	var void []*link[V]
	for _, s := range steps {
		c := now[s.key]
		own := slices.ContainsFunc(c.rest, func(l *link[V]) bool { return l.Nonce == s.link.Nonce })
		switch {
		case c.head.knows(s.link.Nonce), c.end.knows(s.link.Nonce):
			s.won = true
		case own: // it follows nothing
			void = append(void, s.link)
		case s.inserted && !c.head.covers(s.link.Seq):
			return fmt.Errorf("set %q: %w", s.key, errUnsettled)
		}
	}
	return r.delete(ctx, void)
}

// knows says whether nonce is that of l or of a link before it.
func (l *link[V]) knows(nonce string) bool {
	return l != nil && (l.Nonce == nonce || slices.Contains(l.Trail, nonce))
}

// covers says whether l would know a link with seq, had it counted.
func (l *link[V]) covers(seq int64) bool {
	return l != nil && seq >= l.Seq-int64(len(l.Trail))
}

// clearEnded deletes what is left of registers that were ended and are made
// anew.
func (r *registers[V]) clearEnded(ctx context.Context, steps []*step[V]) error {
	var left []*link[V]
	for _, s := range steps {
		if s.from.head == nil && s.from.end != nil {
			left = append(append(left, s.from.rest...), s.from.end)
		}
	}
	return r.delete(ctx, left)
}

// tidy deletes what nobody needs after steps that won: all but the new link
// and the one before.
func (r *registers[V]) tidy(ctx context.Context, steps []*step[V]) error {
	var old []*link[V]
	for _, s := range steps {
		if s.won && s.from.head != nil {
			old = append(old, s.from.rest...)
		}
	}
	return r.delete(ctx, old)
}

// end deletes registers, if they still are as they were read.
func (r *registers[V]) end(ctx context.Context, which map[string]*chain[V]) error {
	var steps []*step[V]
	for key, c := range which {
		if c.head != nil {
			steps = append(steps, &step[V]{key: key, from: c, end: true})
		}
	}
	if err := r.append(ctx, steps); err != nil {
		return err
	}
	var left []*link[V]
	for _, s := range steps {
		if s.won {
			left = append(append(left, s.from.rest...), s.from.head, s.link)
		}
	}
	return r.delete(ctx, left)
}

// delete deletes links in the order given. The _id of a first link comes
// again when a register is made anew; so its nonce is looked at, too.
func (r *registers[V]) delete(ctx context.Context, links []*link[V]) error {
	if len(links) == 0 {
		return nil
	}
	models := make([]mongo.WriteModel, len(links))
	for i, l := range links {
		filter := bson.D{{Key: "_id", Value: l.ID}}
		if l.Prev == "" {
			filter = append(filter, bson.E{Key: "nonce", Value: l.Nonce})
		}
		models[i] = mongo.NewDeleteOneModel().SetFilter(filter)
	}
	_, err := r.coll.BulkWrite(ctx, models)
	return wrap("delete old links of", r.coll, err)
}

// find returns the documents that filter selects.
func find[D any](ctx context.Context, coll *mongo.Collection, filter any, opts ...options.Lister[options.FindOptions]) ([]*D, error) {
	cur, err := coll.Find(ctx, filter, opts...)
	if err != nil {
		return nil, wrap("find in", coll, err)
	}
	var all []*D
	return all, wrap("read from", coll, cur.All(ctx, &all))
}

// existing returns those of ids that are the _id of a document.
func existing(ctx context.Context, coll *mongo.Collection, ids []string) ([]string, error) {
	var filters []any
	if len(ids) > pushed {
		filters = []any{anyID(ids)}
	} else {
		for _, id := range ids {
			filters = append(filters, anyID([]string{id}))
		}
	}
	var there []string
	for _, filter := range filters {
		docs, err := find[idOnly](ctx, coll, filter, options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			there = append(there, d.ID)
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

const duplicateKey = 11000

// wrap says what was done with what when err came; nil stays nil.
func wrap(what string, coll *mongo.Collection, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", what, coll.Name(), err)
}
