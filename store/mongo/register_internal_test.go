package mongo

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func newRegisters(t *testing.T) *registers[tokenValue] {
	t.Helper()
	uri := os.Getenv("WATCHKEEPER_TEST_MONGO") // set by TestMain
	if uri == "" {
		t.Skip("FerretDB does not start here")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	db := client.Database("r" + bson.NewObjectID().Hex())
	t.Cleanup(func() {
		if err := db.Drop(context.Background()); err != nil {
			t.Error(err)
		}
		_ = client.Disconnect(context.Background())
	})
	return &registers[tokenValue]{coll: db.Collection("registers"), now: time.Now}
}

func (r *registers[V]) mustRead(t *testing.T, key string) *chain[V] {
	t.Helper()
	found, err := r.read(t.Context(), []string{key})
	if err != nil {
		t.Fatal(err)
	}
	return found[key]
}

// try makes one attempt to set a register.
func try(t *testing.T, r *registers[tokenValue], key string, from *chain[tokenValue], v int64) bool {
	t.Helper()
	st := &step[tokenValue]{key: key, from: from, value: &tokenValue{Last: v}}
	if err := r.append(t.Context(), []*step[tokenValue]{st}); err != nil {
		t.Fatal(err)
	}
	return st.won
}

func wantValue(t *testing.T, r *registers[tokenValue], key string, want int64) {
	t.Helper()
	c := r.mustRead(t, key)
	if c.head == nil || c.head.Value.Last != want {
		t.Errorf("register %s is %+v, want %d", key, c.head, want)
	}
}

func TestRegisterHasOneWinner(t *testing.T) {
	r := newRegisters(t)
	const writers, times = 8, 10
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for n := 0; n < times; {
				found, err := r.read(t.Context(), []string{"k"})
				if err != nil {
					t.Error(err)
					return
				}
				c := found["k"]
				var last int64
				if c.head != nil {
					last = c.head.Value.Last
				}
				st := []*step[tokenValue]{{key: "k", from: c, value: &tokenValue{Last: last + 1}}}
				if err := r.append(t.Context(), st); err != nil {
					t.Error(err)
					return
				}
				if st[0].won {
					n++
				}
			}
		})
	}
	all.Wait()
	wantValue(t, r, "k", writers*times)
}

func TestRegisterRefusesWhoSleptTooLong(t *testing.T) {
	for _, steps := range []int64{1, 2, 3, 10} {
		r := newRegisters(t)
		try(t, r, "k", r.mustRead(t, "k"), 1)
		old := r.mustRead(t, "k")
		none := &chain[tokenValue]{}
		for v := int64(2); v < 2+steps; v++ {
			if !try(t, r, "k", r.mustRead(t, "k"), v) {
				t.Fatalf("nobody else writes, and %d is refused", v)
			}
		}
		if try(t, r, "k", old, 100) {
			t.Errorf("who read before %d changes won", steps)
		}
		if try(t, r, "k", none, 100) {
			t.Errorf("who read before the first of %d changes won", steps+1)
		}
		wantValue(t, r, "k", 1+steps)
		if !try(t, r, "k", r.mustRead(t, "k"), 50) {
			t.Error("the register is stuck")
		}
		wantValue(t, r, "k", 50)
		if n, err := r.coll.CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
			t.Errorf("%d documents are left, %v, want 2", n, err)
		}
	}
}

// TestRegisterIgnoresWhoDiedTooLate: a late link is inserted, and who did it
// dies before he sees that it does not count.
func TestRegisterIgnoresWhoDiedTooLate(t *testing.T) {
	r := newRegisters(t)
	try(t, r, "k", r.mustRead(t, "k"), 1)
	old := r.mustRead(t, "k")
	for v := int64(2); v < 10; v++ {
		try(t, r, "k", r.mustRead(t, "k"), v)
	}
	for _, from := range []*chain[tokenValue]{old, {root: old.root}} {
		insertLate(t, r, from)
		wantValue(t, r, "k", 9)
	}
	try(t, r, "k", r.mustRead(t, "k"), 10)
	wantValue(t, r, "k", 10)

	newest := r.mustRead(t, "k")
	if err := r.end(t.Context(), map[string]*chain[tokenValue]{"k": newest}); err != nil {
		t.Fatal(err)
	}
	insertLate(t, r, newest)
	if c := r.mustRead(t, "k"); c.head != nil {
		t.Errorf("a register that was ended is there: %+v", c.head)
	}
	try(t, r, "k", r.mustRead(t, "k"), 1)
	wantValue(t, r, "k", 1)
	insertLate(t, r, old)
	wantValue(t, r, "k", 1)
	if err := r.weed(t.Context(), map[string]*chain[tokenValue]{"k": r.mustRead(t, "k")}); err != nil {
		t.Fatal(err)
	}
	if n, err := r.coll.CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
		t.Errorf("%d documents are left, %v, want 2", n, err)
	}
}

func insertLate(t *testing.T, r *registers[tokenValue], from *chain[tokenValue]) {
	t.Helper()
	late := &step[tokenValue]{key: "k", from: from, value: &tokenValue{Last: 100}}
	if taken, err := r.insert(t.Context(), []*link[tokenValue]{late.make(time.Now())}); len(taken) > 0 || err != nil {
		t.Fatal(taken, err)
	}
}

func TestRegisterEndsAndBeginsAnew(t *testing.T) {
	r := newRegisters(t)
	for v := int64(1); v < 4; v++ {
		try(t, r, "k", r.mustRead(t, "k"), v)
	}
	old := r.mustRead(t, "k")
	if err := r.end(t.Context(), map[string]*chain[tokenValue]{"k": old}); err != nil {
		t.Fatal(err)
	}
	if n, err := r.coll.CountDocuments(t.Context(), bson.D{}); n != 0 || err != nil {
		t.Errorf("%d documents are left, %v", n, err)
	}
	if try(t, r, "k", old, 100) {
		t.Error("who read before the end won")
	}
	if !try(t, r, "k", r.mustRead(t, "k"), 1) {
		t.Error("cannot be made anew")
	}
	wantValue(t, r, "k", 1)
	if try(t, r, "k", old, 100) {
		t.Error("who read before the end won over the new one")
	}
	wantValue(t, r, "k", 1)
}

// TestRegisterEndIsFinishedByOthers: the end is interrupted after each of its
// deletions.
func TestRegisterEndIsFinishedByOthers(t *testing.T) {
	for deleted := range 5 {
		r := newRegisters(t)
		for v := int64(1); v < 4; v++ {
			try(t, r, "k", r.mustRead(t, "k"), v)
		}
		c := r.mustRead(t, "k")
		st := &step[tokenValue]{key: "k", from: c, end: true}
		if err := r.append(t.Context(), []*step[tokenValue]{st}); err != nil || !st.won {
			t.Fatal(st.won, err)
		}
		left := append(c.remains(), st.link)
		if err := r.delete(t.Context(), left[:min(deleted, len(left))]); err != nil {
			t.Fatal(err)
		}
		if now := r.mustRead(t, "k"); now.head != nil {
			t.Errorf("after %d deletions it is there: %+v", deleted, now.head)
		}
		if !try(t, r, "k", r.mustRead(t, "k"), 1) {
			t.Errorf("after %d deletions it cannot be made anew", deleted)
		}
		wantValue(t, r, "k", 1)
	}
}
