package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// registers are named values with compare-and-set, made of nothing but the
// insertion of documents with a unique _id. A register is a root and a chain of
// links, of which the newest has the value. To set it is to insert the link
// that follows the one that was read: the _id of a link is made of the nonce of
// the one before, so of two that follow the same link one cannot be inserted.
//
// Links that were followed are deleted, the oldest first; the root stays as
// long as the register. So an insertion alone decides nothing: who slept so long
// that his turn went by inserts a link that follows nothing. It has a lower seq
// than the newest, or the root that it names is gone, so nobody takes it for the
// newest, and its writer sees that when he looks.
type registers[V any] struct {
	coll *mongo.Collection
	now  func() time.Time
	// columns are what queries look for in a value; nil: nothing.
	columns func(*V) columns
}

// link is a link of a register, or its root.
type link[V any] struct {
	ID    string
	Key   string
	Value *V // nil in a root
	linkage
}

// linkage is how links hang together.
type linkage struct {
	Seq   int64  `json:"seq"` // 0 in the root
	Nonce string `json:"nonce"`
	Prev  string `json:"prev,omitempty"` // nonce of the link before; "" in the root
	Root  string `json:"root"`           // nonce of the root
	At    int64  `json:"at"`             // when it was made, by the clock of who made it
	End   bool   `json:"end,omitempty"`  // nothing may follow, the register is being deleted
	// Trail has the nonces of links before, most of which are deleted, one after
	// another, the latest last: who was overtaken before he looked sees that his
	// link counted.
	Trail string `json:"trail,omitempty"`
}

const (
	// trailed is how many links before a link remembers.
	trailed = 16
	// nonceSize is that of an ObjectID in hexadecimal digits.
	nonceSize = 24
)

// chain is what is stored of a register.
type chain[V any] struct {
	root *link[V]   // nil: there is no such register
	head *link[V]   // nil: it has no value
	end  *link[V]   // of a register that is being deleted
	rest []*link[V] // all others, the oldest first
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

// errUnsettled: it cannot be told whether a link counted, or others were
// faster time and again. It is trouble with the store.
var errUnsettled = errors.New("mongo: a register does not settle")

const (
	readTries = 3 // a listing that is no snapshot may miss a link
	// pushed is up to how many documents are asked for one by one: FerretDB
	// hands nothing but a single _id on to what is below it.
	pushed = 8
)

// read returns the registers of keys; each has an entry.
func (r *registers[V]) read(ctx context.Context, keys []string) (map[string]*chain[V], error) {
	found := make(map[string]*chain[V], len(keys))
	for try := 0; len(keys) > 0 && try < readTries; try++ {
		var filter any = bson.D{{Key: "key", Value: bson.D{{Key: "$in", Value: keys}}}}
		if len(keys) == 1 {
			filter = bson.D{{Key: "key", Value: keys[0]}}
		}
		listed, err := r.list(ctx, filter)
		if err != nil {
			return nil, err
		}
		keys = resolve(keys, listed, found)
	}
	return found, nil
}

// all returns all registers that have a value.
func (r *registers[V]) all(ctx context.Context) (map[string]*chain[V], error) {
	listed, err := r.list(ctx, bson.D{})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, l := range listed {
		keys = append(keys, l.Key)
	}
	slices.Sort(keys)
	found := make(map[string]*chain[V], len(keys))
	again, err := r.read(ctx, resolve(slices.Compact(keys), listed, found))
	if err != nil {
		return nil, err
	}
	maps.Copy(found, again)
	maps.DeleteFunc(found, func(_ string, c *chain[V]) bool { return c.head == nil })
	return found, nil
}

// resolve puts the chains that listed makes into found and returns the keys
// that are to be read again: a root alone is rare.
func resolve[V any](keys []string, listed []*link[V], found map[string]*chain[V]) (again []string) {
	byKey := make(map[string][]*link[V], len(keys))
	for _, l := range listed {
		byKey[l.Key] = append(byKey[l.Key], l)
	}
	for _, key := range keys {
		c := chainOf(byKey[key])
		found[key] = c
		if c.root != nil && c.head == nil && c.end == nil {
			again = append(again, key)
		}
	}
	return again
}

func chainOf[V any](links []*link[V]) *chain[V] {
	slices.SortFunc(links, func(a, b *link[V]) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	c := &chain[V]{}
	for _, l := range links {
		if l.Prev == "" {
			c.root = l
		}
	}
	for _, l := range links {
		switch {
		case l == c.root:
		case c.follows(l):
			if c.head != nil {
				c.rest = append(c.rest, c.head)
			}
			c.head = l
		case l.End && c.root == nil:
			c.end = l
		default:
			c.rest = append(c.rest, l)
		}
	}
	if c.head != nil && c.head.End {
		c.head, c.end = nil, c.head
	}
	return c
}

// follows says whether l is of the register that there is: not of one that
// was deleted.
func (c *chain[V]) follows(l *link[V]) bool { return c.root != nil && l.Root == c.root.Nonce }

func rootID(key string) string { return key + "/" }

func newRoot[V any](key string, at time.Time) *link[V] {
	nonce := bson.NewObjectID().Hex()
	return &link[V]{ID: rootID(key), Key: key, linkage: linkage{Nonce: nonce, Root: nonce, At: at.UnixMicro()}}
}

func (s *step[V]) make(at time.Time) *link[V] {
	before := cmp.Or(s.from.head, s.from.root)
	trail := before.Trail + before.Nonce
	return &link[V]{ID: rootID(s.key) + before.Nonce, Key: s.key, Value: s.value, linkage: linkage{
		Seq: before.Seq + 1, Nonce: bson.NewObjectID().Hex(), Prev: before.Nonce, Root: before.Root,
		At: at.UnixMicro(), End: s.end, Trail: trail[max(0, len(trail)-trailed*nonceSize):],
	}}
}

// append tries steps of different keys, each by itself, and says in won which
// were taken; what those follow is deleted. An error leaves it open.
func (r *registers[V]) append(ctx context.Context, steps []*step[V]) error {
	steps, err := r.plant(ctx, steps)
	if err != nil || len(steps) == 0 {
		return err
	}
	links := make([]*link[V], len(steps))
	for i, s := range steps {
		s.link = s.make(r.now())
		links[i] = s.link
	}
	taken, err := r.insert(ctx, links)
	if err != nil {
		return err
	}
	for i, s := range steps {
		s.inserted = !taken[i]
	}
	if err := r.settle(ctx, steps); err != nil {
		return err
	}
	return r.tidy(ctx, steps)
}

// plant makes the roots of registers that there are none of, and returns the
// steps that may go on: of the others somebody else made the root.
func (r *registers[V]) plant(ctx context.Context, steps []*step[V]) ([]*step[V], error) {
	var ended []*link[V]
	var fresh []*step[V]
	var roots []*link[V]
	for _, s := range steps {
		if s.from.end != nil {
			ended = append(ended, s.from.remains()...)
			s.from = &chain[V]{}
		}
		if s.from.root == nil {
			fresh = append(fresh, s)
			roots = append(roots, newRoot[V](s.key, r.now()))
		}
	}
	if err := r.delete(ctx, ended); err != nil {
		return nil, err
	}
	taken, err := r.insert(ctx, roots)
	if err != nil {
		return nil, err
	}
	lost := map[*step[V]]bool{}
	for i, s := range fresh {
		lost[s] = taken[i]
		s.from.root = roots[i]
	}
	return slices.DeleteFunc(slices.Clone(steps), func(s *step[V]) bool { return lost[s] }), nil
}

// remains are what to delete of a register that was ended, in this order.
func (c *chain[V]) remains() []*link[V] {
	left := slices.Clone(c.rest)
	for _, l := range []*link[V]{c.head, c.root, c.end} {
		if l != nil {
			left = append(left, l)
		}
	}
	return left
}

// settle finds out which links of steps count: those that are the newest or
// that the newest knows. That the server inserted one does not say so, for the
// link that it follows may be gone; nor does a refusal say the contrary, for a
// server may insert a link and refuse it when it tries again.
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
		covered := c.head.covers(s.link.Seq) || c.end.covers(s.link.Seq)
		switch {
		case c.follows(s.link) && (c.head.knows(s.link.Nonce) || c.end.knows(s.link.Nonce)):
			s.won = true
		case own && (covered || !c.follows(s.link)):
			void = append(void, s.link)
		case own || s.inserted && !(covered && c.follows(s.link)):
			return fmt.Errorf("set %q: %w", s.key, errUnsettled)
		}
	}
	return r.delete(ctx, void)
}

// knows says whether nonce is that of l or of a link before it.
func (l *link[V]) knows(nonce string) bool {
	return l != nil && (l.Nonce == nonce || strings.Contains(l.Trail, nonce))
}

// covers says whether l would know a link with seq, had it counted.
func (l *link[V]) covers(seq int64) bool {
	return l != nil && seq >= l.Seq-int64(len(l.Trail)/nonceSize)
}

// tidy deletes what nobody needs after steps that won: all but the root and
// the newest. An _id that is free again is only ever taken by a link that does
// not count, so it does no harm to delete one by its _id.
func (r *registers[V]) tidy(ctx context.Context, steps []*step[V]) error {
	var old []*link[V]
	for _, s := range steps {
		if !s.won {
			continue
		}
		old = append(old, s.from.rest...)
		if s.from.head != nil {
			old = append(old, s.from.head)
		}
	}
	return r.delete(ctx, old)
}

// weed deletes links of registers that there are no more, which writers that
// died too late have left.
func (r *registers[V]) weed(ctx context.Context, chains map[string]*chain[V]) error {
	var left []*link[V]
	for _, c := range chains {
		for _, l := range c.rest {
			if !c.follows(l) {
				left = append(left, l)
			}
		}
	}
	return r.delete(ctx, left)
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
			left = append(left, s.from.root, s.link)
		}
	}
	return r.delete(ctx, left)
}
