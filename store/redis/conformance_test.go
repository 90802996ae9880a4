package redis_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/job/storetest"
	"github.com/watchkeeper-go/watchkeeper/store/redis"
)

func TestStore(t *testing.T) {
	srv := startServer(t)
	client := srv.client(t)
	storetest.Run(t, func(t *testing.T) storetest.Place {
		if err := client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return storetest.Place{
			Open: func(t *testing.T) job.Store {
				s, err := redis.Open(t.Context(), redis.Options{Addr: srv.Socket()})
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			Corrupt: func(t *testing.T, id string) {
				if err := client.HSet(t.Context(), redis.DefaultJobsKey, id, "{").Err(); err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}
