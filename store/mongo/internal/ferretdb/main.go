// Command ferretdb is the server of MongoDB's protocol that the tests of
// store/mongo run against: FerretDB 1.24 over SQLite files.
//
//	ferretdb -listen 127.0.0.1:0 -dir DIR
//
// It prints its address (mongodb://...) as one line when it listens, and ends
// on SIGTERM, on SIGINT, and when its standard input ends: so it does not
// outlive the test that began it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen at")
	dir := flag.String("dir", "", "existing directory for the data")
	flag.Parse()
	if err := run(*listen, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "ferretdb:", err)
		os.Exit(1)
	}
}

func run(listen, dir string) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: listen},
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:  "sqlite",
		// Tests kill the server, not the machine: what was written survives that
		// without a wait for the disk.
		SQLiteURL: "file:" + abs + "/?_pragma=synchronous(normal)",
	})
	if err != nil {
		return err
	}
	go func() { fmt.Println(server.MongoDBURI()) }() // blocks until Run listens
	return server.Run(ctx)
}
