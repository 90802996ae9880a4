package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// LogRange is a part of what a run wrote.
type LogRange struct {
	Offset int64 // bytes to leave out at the beginning; a negative one: so many before the end
	Limit  int64 // bytes at most; 0: any number. It does not count with Follow
	Follow bool  // go on until the run is done
}

// RunLog reads what a run wrote, until its end, ctx is done or the reader is
// closed.
func (c *Client) RunLog(ctx context.Context, run Ref, part LogRange) (io.ReadCloser, error) {
	r := &logReader{ctx: ctx, client: c, run: run, rest: part}
	if err := r.ask(); err != nil {
		return nil, err
	}
	return r, nil
}

// maxPiece is how many bytes the daemon gives at once.
const maxPiece = 4 << 20

// logReader reads piece after piece. It belongs to one goroutine.
type logReader struct {
	ctx    context.Context // of all requests, as that of a request is
	client *Client
	run    Ref
	rest   LogRange // behind body
	body   io.ReadCloser
	last   bool // there is nothing behind body
}

// ask opens the next piece.
func (r *logReader) ask() error {
	e := ofRun(http.MethodGet, r.run, "log")
	if r.rest.Offset != 0 {
		e.query.Set("offset", strconv.FormatInt(r.rest.Offset, 10))
	}
	if limit := r.rest.Limit; limit > 0 && !r.rest.Follow {
		e.query.Set("limit", strconv.FormatInt(min(limit, maxPiece), 10))
	}
	if r.rest.Follow {
		e.query.Set("follow", "true")
	}
	resp, err := r.client.send(r.ctx, e)
	if err != nil {
		return err
	}
	r.body = resp.Body
	return r.place(resp.Header)
}

// place finds out where to go on behind the piece.
func (r *logReader) place(h http.Header) error {
	if r.last = r.rest.Follow || h.Get("Log-Next") == ""; r.last {
		return nil
	}
	next, err := strconv.ParseInt(h.Get("Log-Next"), 10, 64)
	begin, beginErr := strconv.ParseInt(h.Get("Log-Offset"), 10, 64)
	size, sizeErr := strconv.ParseInt(h.Get("Log-Size"), 10, 64)
	if err := errors.Join(err, beginErr, sizeErr); err != nil {
		return errors.Join(err, r.body.Close())
	}
	r.rest.Offset = next
	if r.rest.Limit > 0 {
		r.rest.Limit -= next - begin
		r.last = r.rest.Limit <= 0
	}
	r.last = r.last || next >= size || next <= begin
	return nil
}

// Read is that of io.Reader.
func (r *logReader) Read(p []byte) (int, error) {
	for {
		n, err := r.body.Read(p)
		switch {
		case n > 0 && err == io.EOF:
			return n, nil
		case err == io.EOF && r.last:
			return 0, io.EOF
		case err != nil && err != io.EOF:
			return n, cause(r.ctx, err)
		case err == nil:
			return n, nil
		}
		if err := errors.Join(r.body.Close(), r.ask()); err != nil {
			return 0, err
		}
	}
}

// Close is that of io.Closer.
func (r *logReader) Close() error { return r.body.Close() }
