package client_test

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/client"
)

// recorder answers every request with one text and keeps what was asked.
type recorder struct {
	asked  []string
	answer string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		panic(err)
	}
	line := req.Method + " " + req.RequestURI
	if match := req.Header.Get("If-Match"); match != "" {
		line += " If-Match " + match
	}
	if len(body) > 0 {
		line += " " + string(body)
	}
	r.asked = append(r.asked, line)
	io.WriteString(w, r.answer)
}

func TestRequestsOfTheAPI(t *testing.T) {
	job, run := client.Ref{ID: "a/b ü"}, client.Ref{Store: "redis", ID: "nightly@17"}
	since := time.Date(2030, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	tests := []struct {
		want string
		ask  func(*client.Client) error
	}{
		{"GET /api/v1/jobs/a%2Fb%20%C3%BC", func(c *client.Client) error { _, err := c.Job(t.Context(), job); return err }},
		{`POST /api/v1/jobs {"hour":3,"id":"x"}`, func(c *client.Client) error {
			_, err := c.AddJob(t.Context(), api.JobSpec{"id": "x", "hour": 3}, client.Fail)
			return err
		}},
		{`POST /api/v1/jobs?on_conflict=declare {"id":"x"}`, func(c *client.Client) error {
			_, err := c.AddJob(t.Context(), api.JobSpec{"id": "x"}, client.Declare)
			return err
		}},
		{`PUT /api/v1/jobs/x {"hour":3}`, func(c *client.Client) error {
			_, err := c.PutJob(t.Context(), client.Ref{ID: "x"}, api.JobSpec{"hour": 3}, 0)
			return err
		}},
		{`PATCH /api/v1/jobs/x?jobstore=s If-Match "7" {"timeout":null}`, func(c *client.Client) error {
			_, err := c.EditJob(t.Context(), client.Ref{Store: "s", ID: "x"}, api.JobSpec{"timeout": nil}, 7)
			return err
		}},
		{`DELETE /api/v1/jobs/x If-Match "7"`, func(c *client.Client) error { return c.RemoveJob(t.Context(), client.Ref{ID: "x"}, 7) }},
		{"POST /api/v1/jobs/x/run", func(c *client.Client) error { _, err := c.RunJob(t.Context(), client.Ref{ID: "x"}); return err }},
		{"POST /api/v1/jobs/x/pause", func(c *client.Client) error { _, err := c.PauseJob(t.Context(), client.Ref{ID: "x"}); return err }},
		{"POST /api/v1/jobs/x/resume", func(c *client.Client) error { _, err := c.ResumeJob(t.Context(), client.Ref{ID: "x"}); return err }},
		{"GET /api/v1/runs/nightly@17?jobstore=redis&wait=20", func(c *client.Client) error { _, err := c.Run(t.Context(), run, 20*time.Second); return err }},
		{"GET /api/v1/runs/nightly@17?jobstore=redis", func(c *client.Client) error { _, err := c.Run(t.Context(), run, 0); return err }},
		{"POST /api/v1/runs/nightly@17/cancel?jobstore=redis", func(c *client.Client) error { _, err := c.CancelRun(t.Context(), run); return err }},
		{"GET /api/v1/runs/nightly@17/log?follow=true&jobstore=redis&offset=-5", func(c *client.Client) error {
			stream, err := c.RunLog(t.Context(), run, client.LogRange{Offset: -5, Limit: 9, Follow: true})
			if err != nil {
				return err
			}
			return stream.Close()
		}},
		{"GET /api/v1/runs?before=2030-01-02T03%3A04%3A05Z&job=x&limit=100&outcome=failed&phase=done&since=2030-01-02T02%3A04%3A05Z", func(c *client.Client) error {
			for range c.Runs(t.Context(), client.RunFilter{Job: "x", Phase: api.RunDone, Outcome: api.Failed, Since: since, Before: since.Add(time.Hour)}, 0) {
				t.Error("runs where there are none")
			}
			return nil
		}},
		{`POST /api/v1/triggers/preview {"options":{"hour":"3"},"count":2}`, func(c *client.Client) error {
			_, err := c.Preview(t.Context(), api.PreviewRequest{Options: api.JobSpec{"hour": "3"}, Count: 2})
			return err
		}},
		{"GET /api/v1/processes/web:web_00", func(c *client.Client) error { _, err := c.ProcessStatus(t.Context(), "web:web_00"); return err }},
		{"GET /api/v1/processes?group=web", func(c *client.Client) error {
			for range c.Processes(t.Context(), "web") {
				t.Error("processes where there are none")
			}
			return nil
		}},
		{"GET /api/v1/scheduler", func(c *client.Client) error { _, err := c.Scheduler(t.Context()); return err }},
		{"POST /api/v1/scheduler/pause", func(c *client.Client) error { _, err := c.PauseScheduler(t.Context()); return err }},
		{"POST /api/v1/scheduler/resume", func(c *client.Client) error { _, err := c.ResumeScheduler(t.Context()); return err }},
		{"POST /api/v1/scheduler/shutdown", func(c *client.Client) error { _, err := c.ShutdownScheduler(t.Context(), true); return err }},
		{"POST /api/v1/scheduler/shutdown?wait=false", func(c *client.Client) error { _, err := c.ShutdownScheduler(t.Context(), false); return err }},
	}
	server := &recorder{answer: "{}"}
	urls, _ := serve(t, server.ServeHTTP)
	for _, url := range urls {
		c := connect(t, url)
		for _, tt := range tests {
			server.asked = nil
			if err := tt.ask(c); err != nil {
				t.Errorf("%s: %v", tt.want, err)
			}
			if diff := gocmp.Diff([]string{tt.want}, server.asked); diff != "" {
				t.Errorf("%s (-want +asked):\n%s", url, diff)
			}
		}
	}
}

// pages answers with three pages of one run or job each.
func pages(w http.ResponseWriter, r *http.Request) {
	after := r.URL.Query().Get("after")
	next := map[string]string{"": "b", "b": "c"}[after]
	switch r.URL.Path {
	case "/api/v1/jobs":
		json.NewEncoder(w).Encode(api.Jobs{Jobs: []api.Job{{ID: "a" + after}}, Next: next})
	case "/api/v1/runs":
		json.NewEncoder(w).Encode(api.Runs{Runs: []api.Run{{ID: "a" + after}}, Next: next})
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	urls, _ := serve(t, pages)
	c := connect(t, urls[0])
	var jobs, runs, two []string
	for j, err := range c.Jobs(t.Context(), "") {
		jobs = append(jobs, j.ID)
		if err != nil {
			t.Fatal(err)
		}
	}
	for r, err := range c.Runs(t.Context(), client.RunFilter{}, 0) {
		runs = append(runs, r.ID)
		if err != nil {
			t.Fatal(err)
		}
	}
	for r, err := range c.Runs(t.Context(), client.RunFilter{}, 2) {
		two = append(two, r.ID)
		if err != nil {
			t.Fatal(err)
		}
	}
	want := [][]string{{"a", "ab", "ac"}, {"a", "ab", "ac"}, {"a", "ab"}}
	if diff := gocmp.Diff(want, [][]string{jobs, runs, two}); diff != "" {
		t.Errorf("jobs, runs and two runs (-want +got):\n%s", diff)
	}
}

// piecewise gives a log of ten bytes in pieces of four at most.
func piecewise(t *testing.T, asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		const log = "0123456789"
		*asked = append(*asked, r.URL.RawQuery)
		number := func(key string) int {
			n, err := strconv.Atoi(cmp.Or(r.URL.Query().Get(key), "0"))
			if err != nil {
				t.Error(err)
			}
			return n
		}
		begin, size := number("offset"), min(cmp.Or(number("limit"), 4), 4)
		if begin < 0 {
			begin += len(log)
		}
		end := min(begin+size, len(log))
		w.Header().Set("Log-Offset", strconv.Itoa(begin))
		w.Header().Set("Log-Next", strconv.Itoa(end))
		w.Header().Set("Log-Size", strconv.Itoa(len(log)))
		io.WriteString(w, log[begin:end])
	}
}

func TestLogsAreReadPieceByPiece(t *testing.T) {
	var asked []string
	urls, _ := serve(t, piecewise(t, &asked))
	for _, tt := range []struct {
		part  client.LogRange
		want  string
		asked []string
	}{
		{client.LogRange{}, "0123456789", []string{"", "offset=4", "offset=8"}},
		{client.LogRange{Offset: 7}, "789", []string{"offset=7"}},
		{client.LogRange{Offset: -5}, "56789", []string{"offset=-5", "offset=9"}},
		{client.LogRange{Offset: 10}, "", []string{"offset=10"}},
		{client.LogRange{Limit: 6}, "012345", []string{"limit=6", "limit=2&offset=4"}},
		{client.LogRange{Limit: 4}, "0123", []string{"limit=4"}},
	} {
		asked = nil
		stream, err := connect(t, urls[0]).RunLog(t.Context(), client.Ref{ID: "x"}, tt.part)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(stream)
		if err := errors.Join(err, stream.Close()); err != nil {
			t.Error(err)
		}
		if diff := gocmp.Diff(append([]string{tt.want}, tt.asked...), append([]string{string(text)}, asked...)); diff != "" {
			t.Errorf("%+v: text and requests (-want +got):\n%s", tt.part, diff)
		}
	}
}

func TestProblemsAreErrors(t *testing.T) {
	tests := []struct {
		kind, body string
		want       error
	}{
		{"application/problem+json; charset=utf-8", `{"type":"/docs#x","title":"Taken","status":409,"detail":"Job identifier (x) conflicts with an existing job","errors":[{"location":"body.id","message":"taken"}]}`,
			&client.Problem{Type: "/docs#x", Title: "Taken", Status: 409, Detail: "Job identifier (x) conflicts with an existing job", Errors: []api.FieldError{{Location: "body.id", Message: "taken"}}}},
		{"application/problem+json", `{"title":"Taken"}`, &client.Problem{Title: "Taken", Status: 409}},
		{"application/problem+json", `{`, &client.HTTPError{Path: "/api/v1/jobs/x", Code: 409, Reason: "Conflict"}},
		{"text/html", `<h1>no</h1>`, &client.HTTPError{Path: "/api/v1/jobs/x", Code: 409, Reason: "Conflict"}},
		{"", ``, &client.HTTPError{Path: "/api/v1/jobs/x", Code: 409, Reason: "Conflict"}},
	}
	for _, tt := range tests {
		urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", tt.kind)
			w.WriteHeader(http.StatusConflict)
			io.WriteString(w, tt.body)
		})
		_, err := connect(t, urls[0]).Job(t.Context(), client.Ref{ID: "x"})
		if diff := gocmp.Diff(tt.want, err); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", tt.kind, tt.body, diff)
		}
	}
}

func TestErrorsOfListsAreGiven(t *testing.T) {
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	c := connect(t, urls[0])
	var got []int
	count := func(err error) {
		if refused, ok := errors.AsType[*client.HTTPError](err); ok {
			got = append(got, refused.Code)
		}
	}
	for _, err := range c.Jobs(t.Context(), "") {
		count(err)
	}
	for _, err := range c.Runs(t.Context(), client.RunFilter{}, 0) {
		count(err)
	}
	if diff := gocmp.Diff([]int{418, 418}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// TestListsSayWhatIsMissing: behind what there is, also when the limit ends the list.
func TestListsSayWhatIsMissing(t *testing.T) {
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"jobs":[{"id":"a"}],"runs":[{"id":"a"},{"id":"b"}],"away":["redis"],"next":"`+map[string]string{"": "more"}[r.URL.Query().Get("after")]+`"}`)
	})
	c := connect(t, urls[0])
	var got []string
	count := func(id string, err error) {
		if some, ok := errors.AsType[*client.IncompleteError](err); ok {
			id = some.Error()
		} else if err != nil {
			t.Error(err)
		}
		got = append(got, id)
	}
	for j, err := range c.Jobs(t.Context(), "") {
		count(j.ID, err)
	}
	for r, err := range c.Runs(t.Context(), client.RunFilter{}, 2) {
		count(r.ID, err)
	}
	const missing = "the job store redis does not answer: what it has is missing"
	if diff := gocmp.Diff([]string{"a", "a", missing, "a", "b", missing}, got); diff != "" {
		t.Errorf("lists (-want +got):\n%s", diff)
	}
}

func TestAnswersThatAreNoJSON(t *testing.T) {
	urls, _ := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>") })
	if _, err := connect(t, urls[0]).Scheduler(t.Context()); err == nil || !strings.Contains(err.Error(), "/api/v1/scheduler") {
		t.Errorf("got %v, want an error that names the path", err)
	}
}

func TestBearerTokenOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"daemon":%q}`, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	o := client.Options{ServerURL: server.URL, Username: "me", Token: "wk_secret", TLS: &tls.Config{RootCAs: trusted}}
	c, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := c.Scheduler(t.Context())
	if err != nil || s.Daemon != "Bearer wk_secret" {
		t.Errorf("the server saw %q, and the error is %v", s.Daemon, err)
	}
	o.TLS = nil
	stranger, err := client.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	if _, err := stranger.Scheduler(t.Context()); err == nil {
		t.Error("a certificate that nobody vouches for is accepted")
	}
}
