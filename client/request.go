package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/api"
)

// Problem is how the daemon refuses a request to /api/v1: status, title and
// detail as RFC 9457 has them. Programs tell them apart by Status or Type.
type Problem = api.Problem

// Ref names a job or a run. With no Store the daemon takes the first one that
// has the ID.
type Ref struct{ Store, ID string }

// exchange is one request to /api/v1 below its prefix.
type exchange struct {
	method string
	// path has segments that are sent escaped, so that an id with a slash
	// remains one of them.
	path   []string
	query  url.Values
	header http.Header
	body   any // sent as JSON; nil: nothing
}

// query has the parameters that are not empty; words are keys and values in turn.
func query(words ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(words); i += 2 {
		if words[i+1] != "" {
			v.Set(words[i], words[i+1])
		}
	}
	return v
}

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// unchanged is the condition that the job has this revision still; none for 0.
func unchanged(revision int64) http.Header {
	if revision == 0 {
		return nil
	}
	return http.Header{"If-Match": {`"` + strconv.FormatInt(revision, 10) + `"`}}
}

// ask sends e and decodes the answer into a T. The error is a *Problem where
// the daemon refuses, an *HTTPError where the answer is none of /api/v1, such as
// that of Supervisor, or one of package net.
func ask[T any](ctx context.Context, c *Client, e exchange) (T, error) {
	var answer T
	resp, err := c.send(ctx, e)
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	text, err := readAll(resp)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err != nil {
		return answer, fmt.Errorf("read the answer of %s: %w", resp.Request.URL.Path, cause(ctx, err))
	}
	return answer, nil
}

// send gives the response if its status tells of success.
func (c *Client) send(ctx context.Context, e exchange) (*http.Response, error) {
	req := c.request(ctx, e.method, api.Prefix+"/"+strings.Join(e.path, "/"))
	escaped := make([]string, len(e.path))
	for i, segment := range e.path {
		escaped[i] = url.PathEscape(segment)
	}
	req.URL.RawPath = api.Prefix + "/" + strings.Join(escaped, "/")
	req.URL.RawQuery = e.query.Encode()
	for name, values := range e.header {
		req.Header[name] = values
	}
	if e.body != nil {
		text, err := json.Marshal(e.body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(text))
		req.ContentLength = int64(len(text))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json, application/problem+json, text/plain")
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, cause(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

// maxProblem bounds the memory that a refusal can take.
const maxProblem = 1 << 20

// refusal is the error that a response tells of.
func refusal(resp *http.Response) error {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || kind != "application/problem+json" {
		return httpError(resp)
	}
	problem := &Problem{}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err := errors.Join(err, json.Unmarshal(text, problem)); err != nil {
		return httpError(resp)
	}
	problem.Status = resp.StatusCode
	return problem
}

// tlsWanted is what Go's servers answer with status 400, and without TLS, to a
// request that came without.
const tlsWanted = "Client sent an HTTP request to an HTTPS server."

// httpError is the *HTTPError that a response tells of.
func httpError(resp *http.Response) error {
	reason := strings.TrimPrefix(resp.Status, strconv.Itoa(resp.StatusCode))
	err := &HTTPError{Path: resp.Request.URL.Path, Code: resp.StatusCode, Reason: strings.TrimSpace(reason)}
	if resp.StatusCode != http.StatusBadRequest {
		return err
	}
	// What cannot be read tells nothing more.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, int64(len(tlsWanted))+1))
	if strings.TrimSpace(string(text)) == tlsWanted {
		return fmt.Errorf("%w: %w", ErrWantsTLS, err)
	}
	return err
}
