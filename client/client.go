// Package client talks to a running daemon on a unix or TCP socket, with TLS or
// without: to Supervisor's or ours over XML-RPC, and about jobs, runs and the
// scheduler to ours over /api/v1.
//
// Call and Get are the whole of XML-RPC; Process, AllProcesses and their like
// are typed forms of what most programs ask for. Job, Runs, Scheduler and
// their like speak in the types of package api.
package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
)

// What XML-RPC calls them, see Call.
type (
	// Fault is the failure that a method reports.
	Fault = xmlrpc.Fault
	// SyntaxError tells that an answer is no document of XML-RPC.
	SyntaxError = xmlrpc.SyntaxError
	// Struct is a struct of XML-RPC; its members keep their order.
	Struct = xmlrpc.Struct
	// Member is one member of a Struct.
	Member = xmlrpc.Member
)

// ErrURL is what New returns for a server URL that is neither http://, https://
// nor unix://.
var ErrURL = errors.New("unknown protocol")

// ErrWantsTLS is in the error of a request over http:// to a server that speaks TLS.
var ErrWantsTLS = errors.New("the server speaks TLS")

// HTTPError is an answer that is no answer of XML-RPC, such as 401.
type HTTPError struct {
	Path   string // that was asked for
	Code   int
	Reason string // as the server wrote it, such as Unauthorized
}

// Error gives path, code and reason.
func (e *HTTPError) Error() string {
	return fmt.Sprintf("%s: %d %s", e.Path, e.Code, e.Reason)
}

// Client is safe for concurrent use. Its connections are kept between calls.
type Client struct {
	scheme        string // http, also on a unix socket, or https
	host          string // for the Host header
	authorization string // header; "" sends none
	transport     *http.Transport
}

// Options say where the daemon is.
type Options struct {
	ServerURL          string // unix:///path, http://host:port or https://host:port; the port defaults to 80 or 443
	Username, Password string // both empty: no authentication
	Token              string // a bearer token, in the place of user name and password; "" none
	// TLS is for https://; nil asks for a certificate that the system trusts.
	TLS *tls.Config
}

const (
	idleTime = 90 * time.Second // after which a connection that nobody uses is closed
	// maxAnswer bounds the memory that an answer can take.
	maxAnswer = 1 << 30
)

// New checks the URL; it does not connect.
func New(o Options) (*Client, error) {
	to, err := parse(o.ServerURL)
	if err != nil {
		return nil, err
	}
	c := &Client{scheme: to.scheme, host: to.host}
	switch {
	case o.Token != "":
		c.authorization = "Bearer " + o.Token
	case o.Username != "" || o.Password != "":
		pair := base64.StdEncoding.EncodeToString([]byte(o.Username + ":" + o.Password))
		c.authorization = "Basic " + pair
	}
	var dialer net.Dialer
	c.transport = &http.Transport{
		// The environment's proxies do not apply, as in Supervisor.
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, to.network, to.address)
		},
		TLSClientConfig:     o.TLS,
		DisableCompression:  true,
		IdleConnTimeout:     idleTime,
		MaxIdleConnsPerHost: 8,
	}
	return c, nil
}

// endpoint is where a server URL leads to.
type endpoint struct{ scheme, network, address, host string }

// parse tells what to dial. What a URL has besides host and port (or path of
// the socket) means nothing, as in Supervisor, which knows no https.
func parse(serverURL string) (endpoint, error) {
	if path, ok := strings.CutPrefix(serverURL, "unix://"); ok {
		return endpoint{"http", "unix", path, "localhost"}, nil
	}
	scheme, _, ok := strings.Cut(serverURL, "://")
	if !ok || scheme != "http" && scheme != "https" {
		return endpoint{}, fmt.Errorf("%w for serverurl %s", ErrURL, serverURL)
	}
	u, err := url.Parse(serverURL)
	if err != nil {
		return endpoint{}, err
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return endpoint{scheme, "tcp", net.JoinHostPort(u.Hostname(), port), u.Host}, nil
}

// Call calls one method, such as "supervisor.getState". Parameters and result
// are string, int, bool, float64, time.Time, []byte, []any, Struct or nil. The
// error may be a *Fault, an *HTTPError or one of package net, so errors.Is
// finds syscall.ECONNREFUSED and its like in it; a cancelled ctx gives its cause.
//
// A call that reached the daemon and got no answer is not repeated: the daemon
// may have done what was asked.
func (c *Client) Call(ctx context.Context, method string, params ...any) (any, error) {
	body, err := xmlrpc.AppendCall(nil, method, params...)
	if err != nil {
		return nil, err
	}
	req := c.request(ctx, http.MethodPost, "/RPC2")
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("Accept", "text/xml")
	resp, err := c.do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := readAll(resp)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", method, cause(ctx, err))
	}
	v, err := xmlrpc.DecodeResponse(answer)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Get streams a path such as /logtail/web/stdout. Reading goes on until the
// daemon ends the stream, ctx is done or the reader is closed.
func (c *Client) Get(ctx context.Context, path string) (io.ReadCloser, error) {
	resp, err := c.do(c.request(ctx, http.MethodGet, path))
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// Close drops idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

func (c *Client) request(ctx context.Context, method, path string) *http.Request {
	req := &http.Request{
		Method: method,
		URL:    &url.URL{Scheme: c.scheme, Host: c.host, Path: path},
		Host:   c.host,
		Header: http.Header{"User-Agent": {"watchkeeper"}},
	}
	if c.authorization != "" {
		req.Header.Set("Authorization", c.authorization)
	}
	return req.WithContext(ctx)
}

// do sends req and makes any status but 200 an error. Redirections are not
// followed: no daemon sends one for these paths.
func (c *Client) do(req *http.Request) (*http.Response, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, cause(req.Context(), err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, httpError(resp)
}

// cause prefers the reason for which ctx ended to what became of the socket.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil {
		return why
	}
	return err
}

// readAll reads the body in one piece when its length is known.
func readAll(resp *http.Response) ([]byte, error) {
	const trusted = 64 << 20 // a length beyond it must be proved by bytes
	if n := resp.ContentLength; n >= 0 && n <= trusted {
		body := make([]byte, n)
		_, err := io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(body) > maxAnswer {
		err = errors.New("more than 1 GiB")
	}
	return body, err
}
