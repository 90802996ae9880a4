package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
)

// database is the sqlstore.DB of a Store.
type database struct{ *Store }

// Read runs each statement by itself, on a connection that others do not use
// meanwhile. Writers do not hold readers up.
func (d *database) Read(ctx context.Context, f func(sqlstore.Tx) error) error {
	conn, err := d.read.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return f(session{conn})
}

// Write runs f in a transaction that holds the lock of the writer from its
// beginning on, so it loses against nobody.
func (d *database) Write(ctx context.Context, f func(sqlstore.Tx) error) error {
	return d.writer.write(ctx, func(p *prepared) error { return f(p) })
}

// session is the sqlstore.Tx of a connection.
type session struct{ conn *sql.Conn }

func (s session) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	result, err := s.conn.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (s session) Query(ctx context.Context, statement string, args ...any) (sqlstore.Rows, error) {
	r, err := s.conn.QueryContext(ctx, statement, args...)
	return rows{r}, err
}

// rows are sqlstore.Rows.
type rows struct{ *sql.Rows }

// Close closes the rows; what went wrong, Err has told.
func (r rows) Close() { _ = r.Rows.Close() }

// writer is the one connection of a process that writes.
type writer struct {
	db   *sql.DB
	turn chan struct{} // holds a value while nobody writes

	// Only who has the turn touches what follows.
	now *prepared // nil: to be made
}

// prepared is a connection with its prepared statements, and a sqlstore.Tx.
type prepared struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
}

func newWriter(db *sql.DB) *writer {
	w := &writer{db: db, turn: make(chan struct{}, 1)}
	db.SetMaxOpenConns(1)
	w.turn <- struct{}{}
	return w
}

// write runs f in a transaction.
func (w *writer) write(ctx context.Context, f func(*prepared) error) error {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { w.turn <- struct{}{} }()
	if w.now == nil {
		conn, err := w.db.Conn(ctx)
		if err != nil {
			return err
		}
		w.now = &prepared{conn, make(map[string]*sql.Stmt)}
	}
	if _, err := w.now.Exec(ctx, "begin immediate"); err != nil {
		return fmt.Errorf("begin: %w", errors.Join(err, w.renew(err)))
	}
	err := f(w.now)
	if err == nil {
		if _, err = w.now.Exec(ctx, "commit"); err == nil {
			return nil
		}
	}
	// What was begun is to be over, also when ctx is.
	if _, undo := w.now.Exec(context.WithoutCancel(ctx), "rollback"); undo != nil {
		err = errors.Join(err, w.renew(driver.ErrBadConn))
	}
	return err
}

// renew gives a connection up that is not to be used again after err.
func (w *writer) renew(err error) error {
	if code(err) != 0 {
		return nil
	}
	conn := w.now.conn
	w.now = nil
	// The pool is to close it, not to keep it.
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
	return ignoreDone(conn.Close())
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}

func (w *writer) close() error {
	<-w.turn
	if w.now != nil {
		if err := ignoreDone(w.now.conn.Close()); err != nil {
			return errors.Join(err, w.db.Close())
		}
	}
	return w.db.Close()
}

// prepare returns a prepared statement, which is kept.
func (p *prepared) prepare(ctx context.Context, statement string) (*sql.Stmt, error) {
	if stmt := p.statements[statement]; stmt != nil {
		return stmt, nil
	}
	stmt, err := p.conn.PrepareContext(ctx, statement)
	if err != nil {
		return nil, err
	}
	p.statements[statement] = stmt
	return stmt, nil
}

func (p *prepared) Exec(ctx context.Context, statement string, args ...any) (int64, error) {
	stmt, err := p.prepare(ctx, statement)
	if err != nil {
		return 0, err
	}
	result, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p *prepared) Query(ctx context.Context, statement string, args ...any) (sqlstore.Rows, error) {
	stmt, err := p.prepare(ctx, statement)
	if err != nil {
		return nil, err
	}
	r, err := stmt.QueryContext(ctx, args...)
	return rows{r}, err
}
