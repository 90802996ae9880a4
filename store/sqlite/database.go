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
	p, err := d.readers.borrow(ctx)
	if err != nil {
		return err
	}
	err = f(p)
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		err = errors.Join(err, p.close())
		p = nil
	}
	d.readers.free <- p
	return err
}

// Write runs f in a transaction that holds the lock of the writer from its
// beginning on, so it loses against nobody.
func (d *database) Write(ctx context.Context, f func(sqlstore.Tx) error) error {
	return d.writer.write(ctx, func(p *prepared) error { return f(p) })
}

// readers are connections that read, each with its prepared statements.
type readers struct {
	db   *sql.DB
	free chan *prepared // nil: to be made
}

func newReaders(db *sql.DB) *readers {
	r := &readers{db: db, free: make(chan *prepared, maxReaders)}
	for range maxReaders {
		r.free <- nil
	}
	return r
}

func (r *readers) borrow(ctx context.Context) (*prepared, error) {
	var p *prepared
	select {
	case p = <-r.free:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if p != nil {
		return p, nil
	}
	p, err := connect(ctx, r.db)
	if err != nil {
		r.free <- nil
	}
	return p, err
}

func (r *readers) close() error {
	var errs []error
	for range maxReaders {
		if p := <-r.free; p != nil {
			errs = append(errs, p.close())
		}
	}
	return errors.Join(append(errs, r.db.Close())...)
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
		p, err := connect(ctx, w.db)
		if err != nil {
			return err
		}
		w.now = p
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
	if w.now == nil {
		return w.db.Close()
	}
	return errors.Join(w.now.close(), w.db.Close())
}

func connect(ctx context.Context, db *sql.DB) (*prepared, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &prepared{conn, make(map[string]*sql.Stmt)}, nil
}

func (p *prepared) close() error {
	var errs []error
	for _, stmt := range p.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, ignoreDone(p.conn.Close()))...)
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
