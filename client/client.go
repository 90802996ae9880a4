// Package client talks to a running daemon, Supervisor's or ours, over
// XML-RPC on a unix or TCP socket.
package client

import (
	"context"
	"io"
)

// Client is safe for concurrent use.
type Client struct{ _ int }

// Options say where the daemon is.
type Options struct {
	ServerURL          string // unix:///path or http://host:port
	Username, Password string
}

// New checks the URL; it does not connect.
func New(o Options) (*Client, error) { panic("stub") }

// Call calls one method, such as "supervisor.getState". The error may be an
// *xmlrpc.Fault (re-exported as Fault), an *HTTPError or a net error.
func (c *Client) Call(ctx context.Context, method string, params ...any) (any, error) {
	panic("stub")
}

// Get streams a path such as /logtail/web/stdout.
func (c *Client) Get(ctx context.Context, path string) (io.ReadCloser, error) { panic("stub") }

// Close drops idle connections.
func (c *Client) Close() { panic("stub") }
