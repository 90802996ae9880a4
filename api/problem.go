package api

import "strconv"

// Problem is how a request fails: the problem details of RFC 9457, sent as
// application/problem+json. Programs tell problems apart by Type.
type Problem struct {
	Type   string       `json:"type" format:"uri-reference" doc:"Which kind of problem this is. The page at /docs explains it." example:"/docs#problem-already-started"`
	Title  string       `json:"title" doc:"The kind in words, always the same." example:"It runs already"`
	Status int          `json:"status" doc:"The HTTP status." example:"409"`
	Detail string       `json:"detail,omitempty" doc:"What happened this time." example:"web: already started"`
	Errors []FieldError `json:"errors,omitempty" doc:"Each thing that is wrong with the request, or with the configuration."`
}

// FieldError is one thing that is wrong.
type FieldError struct {
	Location string `json:"location,omitempty" doc:"Where: a path into the request such as body.signal or query.limit, or file and line of a configuration." example:"query.limit"`
	Message  string `json:"message" example:"expected number <= 10000"`
}

// Error is the detail, or the title where there is none.
func (p *Problem) Error() string {
	switch {
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	}
	return "HTTP status " + strconv.Itoa(p.Status)
}

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is application/problem+json where JSON is asked for.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// The types of problems.
const (
	// ProblemBlank says no more than its status. The server in front of the API
	// answers so, for want of credentials or of time.
	ProblemBlank = "about:blank"

	ProblemBadRequest       = "/docs#problem-bad-request"
	ProblemForbidden        = "/docs#problem-forbidden"
	ProblemCrossSite        = "/docs#problem-cross-site"
	ProblemNotFound         = "/docs#problem-not-found"
	ProblemNoRoute          = "/docs#problem-no-route"
	ProblemMethod           = "/docs#problem-method-not-allowed"
	ProblemTooLarge         = "/docs#problem-too-large"
	ProblemMediaType        = "/docs#problem-media-type"
	ProblemInvalid          = "/docs#problem-invalid"
	ProblemBadSignal        = "/docs#problem-bad-signal"
	ProblemNoLog            = "/docs#problem-no-log"
	ProblemBeyondLog        = "/docs#problem-beyond-log"
	ProblemAlreadyStarted   = "/docs#problem-already-started"
	ProblemNotRunning       = "/docs#problem-not-running"
	ProblemNoFile           = "/docs#problem-no-file"
	ProblemNotExecutable    = "/docs#problem-not-executable"
	ProblemSpawn            = "/docs#problem-spawn-error"
	ProblemAbnormal         = "/docs#problem-abnormal-termination"
	ProblemUnknownState     = "/docs#problem-unknown-state"
	ProblemStdinClosed      = "/docs#problem-stdin-closed"
	ProblemStillRunning     = "/docs#problem-still-running"
	ProblemExists           = "/docs#problem-exists"
	ProblemChanged          = "/docs#problem-changed"
	ProblemDeclared         = "/docs#problem-declared"
	ProblemBadJob           = "/docs#problem-bad-job"
	ProblemRunOver          = "/docs#problem-run-over"
	ProblemNoScheduler      = "/docs#problem-no-scheduler"
	ProblemSchedulerDown    = "/docs#problem-scheduler-down"
	ProblemSchedulerEnded   = "/docs#problem-scheduler-ended"
	ProblemStoreAway        = "/docs#problem-store-away"
	ProblemBadConfiguration = "/docs#problem-bad-configuration"
	ProblemShuttingDown     = "/docs#problem-shutting-down"
	ProblemFailed           = "/docs#problem-failed"
	ProblemInternal         = "/docs#problem-internal"
)
