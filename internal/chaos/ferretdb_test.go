package chaos_test

import (
	"context"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ferrettest"
	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
	"github.com/watchkeeper-go/watchkeeper/store/mongo"
)

// ferretDriver has fewer and rarer jobs than the others and longer times: for
// whatever FerretDB is asked it reads a whole collection.
func ferretDriver() driver {
	return driver{
		jobs:   200,
		every:  20 * time.Second,
		timing: schedule.Timing{Lease: 10 * time.Second, Call: 5 * time.Second},
		start:  startFerretDB,
		open: func(ctx context.Context, url string) (job.Store, error) {
			return mongo.Open(ctx, url, mongo.Options{Poll: 2 * time.Second})
		},
	}
}

// ferretServer is FerretDB 1.24 over SQLite: what stands in for MongoDB.
type ferretServer struct{ *ferrettest.Server }

func startFerretDB(t *testing.T) server {
	return ferretServer{servertest.Need(t, ferrettest.Start, nil)}
}

func (s ferretServer) Address() (network, address string) { return "tcp", s.Server.Address() }

func (s ferretServer) URL(address string) string { return "mongodb://" + address + "/" }

func (s ferretServer) Kill(t *testing.T) {
	if err := s.Server.Kill(); err != nil {
		t.Fatal(err)
	}
}

func (s ferretServer) Restart(t *testing.T) {
	if err := s.Server.Restart(); err != nil {
		t.Fatal(err)
	}
}
