package memory

import "hash/maphash"

// keyed is what an index finds.
type keyed interface{ key() string }

// index finds things by their keys. It is a map for millions of jobs and runs: a
// map keeps the key beside the value, so that the garbage collector follows two
// pointers more for each, and hashes all keys again whenever it grows. This one
// keeps their hashes, in a table without pointers.
//
// The table is probed linearly; what stands at a place is 1 + the position among
// the items.
type index[T keyed] struct {
	seed  maphash.Seed
	items []T // in any order
	table []place
}

type place struct{ hash, item uint32 } // item 0: free

// newIndex returns an empty index. An index is made by it alone.
func newIndex[T keyed]() index[T] {
	return index[T]{seed: maphash.MakeSeed(), table: make([]place, 8)}
}

func (x *index[T]) len() int { return len(x.items) }

// get finds the item with a key; the zero T if there is none.
func (x *index[T]) get(key string) (found T) {
	if at, ok := x.find(key, x.hash(key)); ok {
		return x.items[x.table[at].item-1]
	}
	return found
}

// put adds an item whose key is not there yet.
func (x *index[T]) put(item T) {
	if 4*(len(x.items)+1) > 3*len(x.table) {
		x.grow()
	}
	x.items = append(x.items, item)
	x.enter(place{x.hash(item.key()), uint32(len(x.items))})
}

// remove takes out the item with a key, if it is there.
func (x *index[T]) remove(key string) {
	at, ok := x.find(key, x.hash(key))
	if !ok {
		return
	}
	item, last := x.table[at].item, uint32(len(x.items))
	if item != last { // the last one moves to where it stood
		moved := x.items[last-1]
		from, _ := x.find(moved.key(), x.hash(moved.key()))
		x.table[from].item = item
		x.items[item-1] = moved
	}
	var none T
	x.items[last-1] = none
	x.items = x.items[:last-1]
	x.free(at)
}

func (x *index[T]) hash(key string) uint32 { return uint32(maphash.String(x.seed, key)) }

func (x *index[T]) mask() uint32 { return uint32(len(x.table) - 1) }

// find is where in the table the item with a key stands.
func (x *index[T]) find(key string, hash uint32) (at uint32, ok bool) {
	mask := x.mask()
	for at = hash & mask; x.table[at].item != 0; at = (at + 1) & mask {
		if x.table[at].hash == hash && x.items[x.table[at].item-1].key() == key {
			return at, true
		}
	}
	return at, false
}

// enter puts p at the first free place from where it belongs.
func (x *index[T]) enter(p place) {
	mask := x.mask()
	at := p.hash & mask
	for x.table[at].item != 0 {
		at = (at + 1) & mask
	}
	x.table[at] = p
}

func (x *index[T]) grow() {
	old := x.table
	x.table = make([]place, 2*len(old))
	for _, p := range old {
		if p.item != 0 {
			x.enter(p)
		}
	}
}

// free makes a place free. What was put behind it because it was taken moves up:
// a search stops at the first free place.
func (x *index[T]) free(hole uint32) {
	mask := x.mask()
	for at := (hole + 1) & mask; x.table[at].item != 0; at = (at + 1) & mask {
		way := (at - x.table[at].hash) & mask // from where it belongs
		if way >= (at-hole)&mask {
			x.table[hole] = x.table[at]
			hole = at
		}
	}
	x.table[hole] = place{}
}
