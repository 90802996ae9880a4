package mongo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// Options are what may be chosen; the zero Options are fine.
type Options struct {
	Database string        // "": the one that the URI names, or "watchkeeper"
	Prefix   string        // of the collections' names; "": "watchkeeper_"
	Poll     time.Duration // how often Watch looks for changes by others; 0: 500 ms
	// Clock is the time of what nobody gives a time for, such as CancelRun;
	// nil: time.Now. It should be the clock that Claim.Now and Beat.Now are
	// taken from.
	Clock func() time.Time
}

const (
	defaultDatabase = "watchkeeper"
	defaultPrefix   = "watchkeeper_"
	defaultPoll     = 500 * time.Millisecond
	// schema is the version of the layout of the documents.
	schema = 1
)

// Store is a job.Store over MongoDB's protocol. It may be used concurrently,
// and by many processes at once.
type Store struct {
	client *mongo.Client // to disconnect; nil: not ours
	db     *mongo.Database
	clock  func() time.Time
	poll   time.Duration

	jobs   *registers[jobValue]
	leases *registers[leaseValue]
	groups *registers[groupValue]
	tokens *registers[tokenValue]
	runs   *mongo.Collection // the history
	meta   *mongo.Collection // the version, and the signal that Watch looks at

	// scans: the server reads the whole collection for whatever it is asked, as
	// FerretDB 1 does; it is better asked once.
	scans   bool
	copied  copied
	sweeper sweeper
}

var (
	_ job.Store      = (*Store)(nil)
	_ job.Watcher    = (*Store)(nil)
	_ job.Examiner   = (*Store)(nil)
	_ job.NodeLister = (*Store)(nil)
)

// Open connects to the server that uri names (mongodb://...) and returns the
// Store in it, which is made when it is not there. job.ErrForeign when the
// collections hold something else.
func Open(ctx context.Context, uri string, o Options) (*Store, error) {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return nil, fmt.Errorf("open mongo store: %w", err)
	}
	if o.Database == "" {
		o.Database = databaseOf(uri)
	}
	s, err := New(ctx, client, o)
	if err != nil {
		return nil, errors.Join(err, client.Disconnect(context.WithoutCancel(ctx)))
	}
	s.client = client
	return s, nil
}

// New is Open with a client of the caller's, which Close leaves connected.
func New(ctx context.Context, client *mongo.Client, o Options) (*Store, error) {
	if o.Database == "" {
		o.Database = defaultDatabase
	}
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Poll <= 0 {
		o.Poll = defaultPoll
	}
	// What is acknowledged must outlive the server that did it, and what is
	// read must not be undone.
	concerns := options.Collection().
		SetWriteConcern(writeconcern.Majority()).
		SetReadConcern(readconcern.Majority()).
		SetReadPreference(readpref.Primary())
	db := client.Database(o.Database)
	coll := func(name string) *mongo.Collection { return db.Collection(o.Prefix+name, concerns) }
	s := &Store{db: db, clock: o.Clock, poll: o.Poll, runs: coll("runs"), meta: coll("meta")}
	s.jobs = &registers[jobValue]{coll: coll("jobs"), now: o.Clock, columns: (*jobValue).columns}
	s.leases = &registers[leaseValue]{coll: coll("leases"), now: o.Clock}
	s.groups = &registers[groupValue]{coll: coll("groups"), now: o.Clock}
	s.tokens = &registers[tokenValue]{coll: coll("tokens"), now: o.Clock}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open mongo store %s.%s*: %w", o.Database, o.Prefix, err)
	}
	return s, nil
}

// Close disconnects from the server, if Open connected to it.
func (s *Store) Close() error {
	if s.client == nil {
		return nil
	}
	return s.client.Disconnect(context.Background())
}

// databaseOf is the database that mongodb://hosts/database?options names.
func databaseOf(uri string) string {
	_, rest, _ := strings.Cut(uri, "://")
	_, path, _ := strings.Cut(rest, "/")
	name, _, _ := strings.Cut(path, "?")
	return cmp.Or(name, defaultDatabase)
}

type metaForm struct {
	ID     string `bson:"_id"`
	Schema int    `bson:"schema,omitempty"`
	Signal string `bson:"signal,omitempty"`
}

const schemaID = "schema"

// prepare makes the store, or finds that it is there and ours.
func (s *Store) prepare(ctx context.Context) error {
	var build struct {
		FerretDB string `bson:"ferretdbVersion"` // version 1 has it; "unknown" where it is embedded
	}
	if err := s.db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return fmt.Errorf("ask what server it is: %w", err)
	}
	s.scans = build.FerretDB != ""
	there, err := find[metaForm](ctx, s.meta, bson.D{{Key: "_id", Value: schemaID}})
	if err != nil {
		return err
	}
	if len(there) == 0 {
		if err := s.checkVacant(ctx); err != nil {
			return err
		}
		if err := s.makeIndexes(ctx); err != nil {
			return err
		}
		_, err := insert(ctx, s.meta, []metaForm{{ID: schemaID, Schema: schema}})
		return err
	}
	if there[0].Schema != schema {
		return fmt.Errorf("it has version %d, this program knows %d", there[0].Schema, schema)
	}
	return nil
}

// checkVacant refuses collections that somebody else filled.
func (s *Store) checkVacant(ctx context.Context) error {
	for field, coll := range map[string]*mongo.Collection{"link": s.jobs.coll, "run": s.runs} {
		err := coll.FindOne(ctx, bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: false}}}}).Err()
		if errors.Is(err, mongo.ErrNoDocuments) {
			continue
		}
		if err != nil {
			return wrap("look into", coll, err)
		}
		return fmt.Errorf("collection %s %w: choose another Prefix or Database, and add its jobs anew", coll.Name(), job.ErrForeign)
	}
	return nil
}

// makeIndexes makes them where they are of use: FerretDB 1 keeps the indexes
// it is told to, and never looks into them.
func (s *Store) makeIndexes(ctx context.Context) error {
	if s.scans {
		return nil
	}
	for _, index := range []struct {
		coll *mongo.Collection
		keys [][]string
	}{
		{s.jobs.coll, [][]string{{"key"}, {"due"}, {"busy"}, {"cancel"}, {"carries"}, {"gone"}}},
		{s.groups.coll, [][]string{{"key"}}},
		{s.leases.coll, [][]string{{"key"}}},
		{s.runs, [][]string{{"job", "slot"}, {"slot"}, {"finished"}}},
	} {
		for _, fields := range index.keys {
			var keys bson.D
			for _, f := range fields {
				keys = append(keys, bson.E{Key: f, Value: 1})
			}
			// One by one: FerretDB cannot make some when it has others.
			if _, err := index.coll.Indexes().CreateOne(ctx, mongo.IndexModel{Keys: keys}); err != nil {
				return wrap("make the indexes of", index.coll, err)
			}
		}
	}
	return nil
}
