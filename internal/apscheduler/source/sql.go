package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
)

// quotedTable is a table as SQL has it, with its schema if it names one.
func quotedTable(table string) string {
	return pgx.Identifier(strings.Split(table, ".")).Sanitize()
}

func selection(table string) string {
	return "select id, next_run_time, job_state from " + quotedTable(table)
}

// rows are those of a table of SQLAlchemyJobStore.
type rows interface {
	Next() bool
	Scan(...any) error
	Err() error
}

func readRows(r rows) (records []apscheduler.Record, err error) {
	for r.Next() {
		var record apscheduler.Record
		var due *float64
		if err := r.Scan(&record.ID, &due, &record.State); err != nil {
			return nil, err
		}
		if due != nil {
			record.Due = timeOfSeconds(*due)
		}
		records = append(records, record)
	}
	return records, r.Err()
}

func readSQLite(ctx context.Context, path, table string) (records []apscheduler.Record, err error) {
	if _, err := os.Stat(path); err != nil { // SQLite's own error says nothing
		return nil, fmt.Errorf("%w (an absolute path has four slashes: sqlite:////srv/jobs.sqlite)", err)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: absolute, RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}).String())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	r, err := db.QueryContext(ctx, selection(table))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return readRows(r)
}

func readPostgres(ctx context.Context, address, table string) (records []apscheduler.Record, err error) {
	options, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	options.RuntimeParams["default_transaction_read_only"] = "on"
	conn, err := pgx.ConnectConfig(ctx, options)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	r, err := conn.Query(ctx, selection(table))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return readRows(r)
}
