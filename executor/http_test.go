package executor_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// newHTTP is an HTTP and a server for it.
func newHTTP(t *testing.T, o executor.HTTPOptions, serve http.HandlerFunc) (*executor.HTTP, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	o.Transport = transport
	return executor.NewHTTP(o), server
}

func TestHTTPSendsTheRun(t *testing.T) {
	secret := []byte("correct horse")
	var got executor.HTTPBody
	var header http.Header
	e, server := newHTTP(t, executor.HTTPOptions{
		Secret: secret,
		Header: http.Header{"Authorization": {"Bearer token"}, "Content-Type": {"text/plain"}},
	}, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.RequestURI() != "/sync?full=1" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		if err := executor.Verify(secret, r.Header.Get(executor.SignatureHeader), body, time.Now(), time.Minute); err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		header = r.Header
		w.WriteHeader(http.StatusAccepted)
	})
	result, err := execute(t, e, task(server.URL+"/sync?full=1", `{"table":"users"}`))
	wantError(t, err, "")
	if result != `{"status":202}` {
		t.Errorf("the result is %s", result)
	}
	want := executor.HTTPBody{
		Job: "nightly", Run: "nightly@1774747800000250", Scheduled: slot(), Attempt: 2, Token: 42, Args: []byte(`{"table":"users"}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer token", "Idempotency-Key": "nightly@1774747800000250",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestHTTPKeepsTheAnswer(t *testing.T) {
	long := strings.Repeat("grün<>", 50)
	for name, c := range map[string]struct {
		status     int
		kind, body string
		keep       int
		want       string // of the result; "" is looked at below
		err        string
	}{
		"as JSON":                       {kind: "application/json; charset=utf-8", body: ` {"rows": 8} `, want: `{"status":200,"json":{"rows":8}}`},
		"as JSON of a kind of its own":  {kind: "application/problem+json", body: `[1]`, want: `{"status":200,"json":[1]}`},
		"as text":                       {kind: "text/plain", body: "done\n", want: `{"status":200,"body":"done\n"}`},
		"as text if it is no JSON":      {kind: "application/json", body: `{"a":`, want: `{"status":200,"body":"{\"a\":"}`},
		"cut where it is too long":      {kind: "text/plain", body: long, keep: 100},
		"cut where it is too long JSON": {kind: "application/json", body: `"` + long + `"`, keep: 100},
		"beside the failure": {
			status: 422, kind: "application/json", body: `{"error":"no such table"}`,
			want: `{"status":422,"json":{"error":"no such table"}}`, err: "answered 422 Unprocessable Entity"},
		"of a status without a name": {status: 599, kind: "text/plain", want: `{"status":599}`, err: "answered 599"},
		"of a redirect to nowhere":   {status: 304, want: `{"status":304}`, err: "answered 304 Not Modified"},
	} {
		t.Run(name, func(t *testing.T) {
			e, server := newHTTP(t, executor.HTTPOptions{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", c.kind)
				if c.status != 0 {
					w.WriteHeader(c.status)
				}
				if c.body != "" {
					_, _ = io.WriteString(w, c.body) // the client may have read enough
				}
			})
			result, err := execute(t, e, task(server.URL, "", keepResult(c.keep)))
			wantError(t, err, c.err)
			if c.want != "" {
				if result != c.want {
					t.Errorf("the result is %s, want %s", result, c.want)
				}
				return
			}
			var r executor.HTTPResult
			if err := json.Unmarshal([]byte(result), &r); err != nil {
				t.Fatal(err)
			}
			if !r.Cut || !strings.HasPrefix(c.body, r.Body) || !utf8.ValidString(r.Body) || len(result) > c.keep || len(result) < c.keep-12 {
				t.Errorf("the result has %d bytes of %d: %s", len(result), c.keep, result)
			}
		})
	}
}

func TestHTTPTellsWhenToTryAgain(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"7":                             7 * time.Second,
		"0":                             0,
		"":                              0,
		"-5":                            0,
		"soon":                          0,
		"Fri, 01 Jan 1999 00:00:00 GMT": 0,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour,
	} {
		e, server := newHTTP(t, executor.HTTPOptions{}, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		_, err := execute(t, e, task(server.URL, ""))
		var again job.RetryAfter
		if !errors.As(err, &again) {
			t.Fatalf("the error %v tells nothing", err)
		}
		if got := again.RetryAfter(); (want-got).Abs() > 30*time.Second || want == 0 && got != 0 {
			t.Errorf("Retry-After: %q is %s, want %s", value, got, want)
		}
	}
}

func TestHTTPFollowsRedirectsWithinTheHostOnly(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the other host was asked")
	}))
	t.Cleanup(other.Close)
	for name, c := range map[string]struct {
		status int
		to     string
		err    string
	}{
		"temporary, with the body": {http.StatusTemporaryRedirect, "/there", ""},
		"permanent, with the body": {http.StatusPermanentRedirect, "/there", ""},
		"without the body":         {http.StatusFound, "/there", "would drop the body"},
		"as if seen elsewhere":     {http.StatusSeeOther, "/there", "would drop the body"},
		"to another host":          {http.StatusTemporaryRedirect, other.URL, "leads to another host"},
		"to another scheme":        {http.StatusTemporaryRedirect, "https://%s/there", "leads to another host"},
		"in a circle":              {http.StatusTemporaryRedirect, "/", "more than 10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			e, server := newHTTP(t, executor.HTTPOptions{}, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/there" {
					to := strings.Replace(c.to, "%s", r.Host, 1)
					http.Redirect(w, r, to, c.status)
					return
				}
				if body, err := io.ReadAll(r.Body); err != nil || r.Method != http.MethodPost || len(body) == 0 {
					t.Errorf("%s with %q, %v", r.Method, body, err)
				}
			})
			_, err := execute(t, e, task(server.URL, ""))
			wantError(t, err, c.err)
		})
	}
}

func TestHTTPEndsWithItsContext(t *testing.T) {
	for name, c := range map[string]struct {
		options executor.HTTPOptions
		change  func(*job.Task)
		ctx     func(context.Context) (context.Context, context.CancelFunc)
		err     string
	}{
		"by its own timeout": {
			options: executor.HTTPOptions{Timeout: 20 * time.Millisecond},
			err:     "no answer within 20ms",
		},
		"by that of the job alone, if it has one": {
			options: executor.HTTPOptions{Timeout: time.Nanosecond},
			change:  func(t *job.Task) { t.Run.Work.Policy.Timeout = time.Hour },
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeoutCause(ctx, 20*time.Millisecond, errTimeout)
			},
			err: errTimeout.Error(),
		},
		"when somebody cancels it": {
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				cancel(errors.New("somebody wants it ended"))
				return ctx, func() { cancel(nil) }
			},
			err: "somebody wants it ended",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, begun := range []bool{false, true} { // the answer
				release := make(chan struct{})
				e, server := newHTTP(t, c.options, func(w http.ResponseWriter, _ *http.Request) {
					if begun {
						_, _ = io.WriteString(w, "begin") // the client may be gone
						_ = http.NewResponseController(w).Flush()
					}
					<-release
				})
				run := task(server.URL, "")
				if c.change != nil {
					c.change(&run)
				}
				ctx := t.Context()
				if c.ctx != nil {
					var cancel context.CancelFunc
					ctx, cancel = c.ctx(ctx)
					defer cancel()
				}
				_, err := e.Execute(ctx, run)
				wantError(t, err, c.err)
				close(release)
			}
		})
	}
}

func TestHTTPNeverShowsSecrets(t *testing.T) {
	const hidden = "hunter2"
	e, server := newHTTP(t, executor.HTTPOptions{Secret: []byte(hidden), Header: http.Header{"Authorization": {hidden}}},
		func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/away" {
				http.Redirect(w, r, "http://other.invalid/?key="+hidden, http.StatusTemporaryRedirect)
				return
			}
			w.WriteHeader(http.StatusForbidden)
		})
	host := strings.TrimPrefix(server.URL, "http://")
	texts := []string{fmt.Sprint(e), fmt.Sprintf("%v %+v %#v %s", *e, *e, *e, e)}
	for _, address := range []string{
		"http://user:" + hidden + "@" + host + "/path?key=" + hidden,
		"http://user:" + hidden + "@" + host + "/away?key=" + hidden + "#" + hidden,
		"http://user:" + hidden + "@127.0.0.1:1/?key=" + hidden,
		"http://user:" + hidden + "@127.0.0.1:99999/?key=" + hidden,
		"http://user:" + hidden + "/@host:port/",
		"ftp://user:" + hidden + "@" + host,
		"http://host/%" + hidden,
		hidden,
	} {
		_, err := execute(t, e, task(address, ""))
		if err == nil {
			t.Errorf("%s went well", address)
			continue
		}
		texts = append(texts, err.Error(), fmt.Sprintf("%#v", err))
		if err := e.Check(asJob(task(address, ""))); err != nil {
			texts = append(texts, err.Error())
		}
	}
	for _, text := range texts {
		if strings.Contains(text, hidden) {
			t.Errorf("a secret is shown in %q", text)
		}
	}
}

func TestHTTPChecks(t *testing.T) {
	e := executor.NewHTTP(executor.HTTPOptions{Workers: 7})
	if e.Workers() != 7 || executor.NewHTTP(executor.HTTPOptions{}).Workers() != executor.DefaultWorkers {
		t.Errorf("workers are %d", e.Workers())
	}
	const want = "want an address such as https://host/path"
	for address, text := range map[string]string{
		"https://host/path": "", "http://[::1]:80": "", "https://user:pass@host/?q=1": "",
		"": want, "host/path": want, "//host": want, "ftp://host": want, "https://": want, "http://host:port": want, "https://ho st": want,
	} {
		wantError(t, e.Check(asJob(task(address, ""))), text)
	}
	wantError(t, e.Check(asJob(task("https://host", `{"a":`))), "arguments are not JSON")
}

// TestHTTPSharesItsHeadersSafely: many runs at a time, for the race detector.
func TestHTTPSharesItsHeadersSafely(t *testing.T) {
	var asked atomic.Int64
	e, server := newHTTP(t, executor.HTTPOptions{Header: http.Header{"X-Team": {"ops"}}, Secret: []byte("s")},
		func(_ http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Team") == "ops" {
				asked.Add(1)
			}
		})
	done := make(chan error)
	const n = 20
	for range n {
		go func() {
			_, err := e.Execute(context.Background(), task(server.URL, ""))
			done <- err
		}()
	}
	for range n {
		wantError(t, <-done, "")
	}
	if got := asked.Load(); got != n {
		t.Errorf("%d requests came with the header, want %d", got, n)
	}
}
