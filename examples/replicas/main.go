// Command replicas is one replica of a web service whose jobs are shared by all
// of them: each runs a scheduler on the same PostgreSQL, and every scheduled
// time is carried out by one of them, whichever is there. A page shows who ran
// what. Start as many as you like, then kill one:
//
//	export DATABASE_URL='postgres:///postgres?host=/var/run/postgresql'
//	peers=http://127.0.0.1:8081,http://127.0.0.1:8082,http://127.0.0.1:8083
//	for port in 8081 8082 8083; do
//		go run ./examples/replicas -listen 127.0.0.1:$port -peers $peers &
//	done
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/watchkeeper-go/watchkeeper/store/postgres"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "address of this replica; also its name")
	peers := flag.String("peers", "", "addresses of all replicas, with commas; none: this one")
	database := flag.String("postgres", os.Getenv("DATABASE_URL"), "address of the database that all replicas share")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *peers == "" {
		*peers = "http://" + *listen
	}
	if err := run(ctx, *listen, strings.Split(*peers, ","), *database); err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
}

// run is one replica until ctx is over.
func run(ctx context.Context, address string, peers []string, database string) (err error) {
	store, err := postgres.Open(ctx, database, postgres.Options{})
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() {
		if closing := store.Close(); err == nil {
			err = closing
		}
	}()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	r, err := newReplica(address, store, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	if err := r.declare(ctx, peers); err != nil {
		return err
	}
	fmt.Printf("replica %s: http://%s\n", address, address)
	return r.serve(ctx, listener)
}
