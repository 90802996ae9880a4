package executor

import (
	"bytes"
	"cmp"
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
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/output"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// HTTP carries a run out by a POST to a server. The job's Func is the address,
// its Args are any JSON, which the server gets as part of HTTPBody. An answer
// of 2xx is success. The result is HTTPResult, beside an error too.
//
// Redirects are followed within the host, and only where they keep the method
// (307, 308). Neither the secret nor what an address may hide (user, password,
// query) is ever part of an error or of the text form.
type HTTP struct {
	client  *http.Client
	header  http.Header
	secret  []byte
	timeout time.Duration
	workers int
}

// HTTPOptions are what the requests of one HTTP have in common. The zero value
// is good for servers that ask for nothing.
type HTTPOptions struct {
	// Transport sends the requests; nil is http.DefaultTransport.
	Transport http.RoundTripper
	// Header is added to each request, such as Authorization.
	Header http.Header
	// Secret signs each request as Sign tells; nil signs nothing.
	Secret []byte
	// Timeout is that of jobs whose policy has none; 0: DefaultTimeout.
	Timeout time.Duration
	Workers int // requests at the same time; 0: DefaultWorkers
}

// HTTPBody is the JSON that a server gets.
type HTTPBody struct {
	Job       string          `json:"job"`
	Run       string          `json:"run"`       // the same in every attempt; also in the header Idempotency-Key
	Scheduled time.Time       `json:"scheduled"` // the slot of the run
	Attempt   int             `json:"attempt"`   // from 1
	Token     int64           `json:"token"`     // to fence effects with: refuse one that is lower than the last
	Args      json.RawMessage `json:"args,omitempty"`
}

// HTTPResult is the result of a run.
type HTTPResult struct {
	Status int             `json:"status"`
	JSON   json.RawMessage `json:"json,omitempty"` // the body, if it is JSON and fits
	Body   string          `json:"body,omitempty"` // else as much of its beginning as fits
	Cut    bool            `json:"cut,omitempty"`  // there was more
}

// HTTPError is the failure of a run that the server has answered. Its
// RetryAfter is what the server asked for.
type HTTPError struct {
	Status  int
	address string
	after   time.Duration
}

// Error says whom was asked and what was answered.
func (e *HTTPError) Error() string {
	answer := strconv.Itoa(e.Status)
	if text := http.StatusText(e.Status); text != "" {
		answer += " " + text
	}
	return "POST " + e.address + ": answered " + answer
}

// RetryAfter implements job.RetryAfter.
func (e *HTTPError) RetryAfter() time.Duration { return e.after }

// NewHTTP returns an executor that sends requests.
func NewHTTP(o HTTPOptions) *HTTP {
	h := &HTTP{header: o.Header.Clone(), secret: bytes.Clone(o.Secret), timeout: o.Timeout, workers: workers(o.Workers)}
	if h.timeout <= 0 {
		h.timeout = DefaultTimeout
	}
	if h.header == nil {
		h.header = make(http.Header)
	}
	h.client = &http.Client{Transport: o.Transport, CheckRedirect: withinHost}
	return h
}

// String names the executor without its secrets.
func (HTTP) String() string { return "executor.HTTP" }

// GoString implements fmt.GoStringer, for the same reason.
func (HTTP) GoString() string { return "executor.HTTP" }

// The redirects that are not followed.
var (
	errOtherHost   = errors.New("the redirect leads to another host, which is not followed")
	errOtherMethod = errors.New("the redirect would drop the body; 307 and 308 keep it")
	errRedirects   = errors.New("more than 10 redirects")
)

// withinHost refuses redirects that would carry a run elsewhere.
func withinHost(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host:
		return errOtherHost
	case next.Method != first.Method:
		return errOtherMethod
	case len(via) >= 10:
		return errRedirects
	}
	return nil
}

// Check implements job.Checker.
func (h *HTTP) Check(j job.Job) error {
	if _, err := parseAddress(j.Func); err != nil {
		return err
	}
	if len(j.Args) > 0 && !json.Valid(j.Args) {
		return errors.New("arguments are not JSON")
	}
	return nil
}

// parseAddress reads the address of a job. Its errors quote nothing of it.
func parseAddress(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("func: want an address such as https://host/path")
	}
	return u, nil
}

// shown is an address without what may be secret in it.
func shown(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// Execute implements job.Executor.
func (h *HTTP) Execute(ctx context.Context, t job.Task) (json.RawMessage, error) {
	address, err := parseAddress(t.Run.Work.Func)
	if err != nil {
		return nil, err
	}
	if t.Run.Work.Policy.Timeout <= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, h.timeout, fmt.Errorf("no answer within %s", h.timeout))
		defer cancel()
	}
	request, err := h.request(ctx, address, t)
	if err != nil {
		return nil, err
	}
	response, err := h.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("POST %s: %w", shown(address), bare(ctx, err))
	}
	result, readErr := read(response, resultLimit(t.Run.Work.Policy))
	closeErr := response.Body.Close()
	switch {
	case response.StatusCode < 200 || response.StatusCode > 299:
		return result, &HTTPError{response.StatusCode, shown(address), retryAfter(response.Header, time.Now())}
	case readErr != nil:
		return result, fmt.Errorf("read the answer of %s: %w", shown(address), bare(ctx, readErr))
	case closeErr != nil:
		return result, fmt.Errorf("end the request to %s: %w", shown(address), closeErr)
	}
	return result, nil
}

// request is what the server is sent.
func (h *HTTP) request(ctx context.Context, address *url.URL, t job.Task) (*http.Request, error) {
	body, err := json.Marshal(HTTPBody{
		Job: t.Run.Job, Run: t.Run.ID, Scheduled: t.Run.Slot, Attempt: t.Run.Attempt, Token: t.Token, Args: t.Run.Work.Args,
	})
	if err != nil {
		return nil, fmt.Errorf("encode the request: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make the request to %s: %w", shown(address), bare(ctx, err))
	}
	r.Header = h.header.Clone()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", t.Run.ID)
	if len(h.secret) > 0 {
		r.Header.Set(SignatureHeader, Sign(h.secret, time.Now(), body))
	}
	return r, nil
}

// bare takes the address, which package http puts there, out of an error, and
// tells why a context ended where that is the error.
func bare(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err
}

// read makes the result of an answer, at most limit bytes of JSON.
func read(r *http.Response, limit int) (json.RawMessage, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	result := HTTPResult{Status: r.StatusCode}
	if isJSON(r.Header) && json.Valid(body) {
		result.JSON = body
		if data, failure := json.Marshal(result); failure == nil && len(data) <= limit {
			return data, err
		}
		result.JSON = nil
	}
	result.Cut = true // the longest that the frame can be
	frame, failure := json.Marshal(result)
	if failure != nil {
		return nil, failure
	}
	n := output.JSONPrefix(body, limit-len(frame)-len(`"body":"",`))
	result.Body, result.Cut = string(body[:n]), n < len(body)
	data, failure := json.Marshal(result)
	return data, cmp.Or(err, failure)
}

// isJSON reports whether an answer says that it is JSON.
func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && (kind == "application/json" || strings.HasSuffix(kind, "+json"))
}

// retryAfter is the header of that name: seconds, or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Workers implements job.Bounded.
func (h *HTTP) Workers() int { return h.workers }

var (
	_ job.Bounded    = (*HTTP)(nil)
	_ job.Checker    = (*HTTP)(nil)
	_ job.RetryAfter = (*HTTPError)(nil)
)
