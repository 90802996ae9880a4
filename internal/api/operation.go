package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// operation is a row of the tables: one method of one path.
type operation struct {
	id      string // in the document; for generated clients
	method  string
	path    string    // below /api/v1
	role    auth.Role // the least that may ask for it
	tag     string
	summary string
	about   string // more of it; may be empty
	// status of success; 0: 200, or 204 where there is nothing to say.
	status int
	// problems are those that it can end in, besides those of every request.
	problems []kind
	// text: the answer is no JSON but of this media type.
	text string
	// also are further statuses of success, with the answer of the first one.
	also map[int]string
	// answer is its type, where the handler writes it by hand.
	answer reflect.Type
	// headers of the answer that the types do not show, with their meaning.
	headers map[string]string
}

// add puts an operation into the API. The types of f are what the document
// says about parameters, body and answer.
func add[I, O any](s *server, o operation, f func(context.Context, *I) (*O, error)) {
	s.operations = append(s.operations, o)
	described := s.describe(o)
	huma.Register(s.huma, described, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.problem(o.id, err)
		}
		return out, nil
	})
	for status, meaning := range o.also {
		first := described.Responses["200"]
		described.Responses[strconv.Itoa(status)] = &huma.Response{Description: meaning, Content: first.Content, Headers: first.Headers}
	}
}

// problem says err over HTTP. What is not in the table of problems is logged,
// and the client learns nothing of it.
func (s *server) problem(operation string, err error) *api.Problem {
	p, known := problemFor(err)
	if !known {
		s.options.Log.Error(fmt.Sprintf("API operation %s failed: %v", operation, err))
	}
	return p
}

// describe is the operation as the document and huma need it.
func (s *server) describe(o operation) huma.Operation {
	role := o.role.String()
	return huma.Operation{
		OperationID:                  o.id,
		Method:                       o.method,
		Path:                         o.path,
		Summary:                      o.summary,
		Description:                  o.about,
		Tags:                         []string{o.tag},
		DefaultStatus:                o.status,
		MaxBodyBytes:                 maxBody,
		BodyReadTimeout:              -1, // the server in front has read it
		RejectUnknownQueryParameters: true,
		Security:                     []map[string][]string{{"basic": {role}}, {"bearer": {role}}},
		Responses:                    s.responses(o),
		Middlewares:                  huma.Middlewares{s.recover(o), s.allow(o.role)},
	}
}

// maxBody is how large a body may be, in bytes.
const maxBody = 1 << 20

// problemTypes is the extension of the document that names the types of the
// problems that a response may be.
const problemTypes = "x-problem-types"

// responses are those that the types of the operation do not tell.
func (s *server) responses(o operation) map[string]*huma.Response {
	all := map[string]*huma.Response{
		"401": problemResponse("No credentials, or wrong ones", api.ProblemBlank), // of the server in front
	}
	byStatus := map[int][]problemKind{}
	kinds := append(everywhere(), o.problems...)
	slices.Sort(kinds)
	for _, k := range slices.Compact(kinds) {
		row := k.row()
		byStatus[row.status] = append(byStatus[row.status], row)
	}
	for status, rows := range byStatus {
		var titles, types []string
		for _, row := range rows {
			titles, types = append(titles, row.title), append(types, row.uri)
		}
		all[strconv.Itoa(status)] = problemResponse(strings.Join(titles, "; "), types...)
	}
	if o.answer != nil {
		all["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.huma.OpenAPI().Components.Schemas.Schema(o.answer, true, "")},
		}}
	}
	if o.text != "" {
		all["200"] = textResponse(o)
	}
	return all
}

func problemResponse(description string, types ...string) *huma.Response {
	return &huma.Response{
		Description: description,
		Content: map[string]*huma.MediaType{
			"application/problem+json": {Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}},
		},
		Extensions: map[string]any{problemTypes: types},
	}
}

func textResponse(o operation) *huma.Response {
	headers := map[string]*huma.Param{}
	for name, meaning := range o.headers {
		headers[name] = &huma.Param{Description: meaning, Schema: &huma.Schema{Type: huma.TypeInteger}}
	}
	return &huma.Response{
		Description: "OK",
		Content:     map[string]*huma.MediaType{o.text: {Schema: &huma.Schema{Type: huma.TypeString}}},
		Headers:     headers,
	}
}

// allow lets only those pass who have the role.
func (s *server) allow(role auth.Role) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		if err := s.options.Allow(r, role); err != nil {
			writeProblem(w, problemOf(kindForbidden, "This needs the role "+role.String()+"."))
			return
		}
		next(ctx)
	}
}

// recover turns a panic into a problem, and logs it. An answer that has begun
// is cut off.
func (s *server) recover(o operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		_, w := humago.Unwrap(ctx)
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			s.options.Log.Error(fmt.Sprintf("API operation %s: panic: %v\n%s", o.id, cause, debug.Stack()))
			if ctx.Status() != 0 {
				panic(http.ErrAbortHandler)
			}
			writeProblem(w, problemOf(kindInternal, ""))
		}()
		next(ctx)
	}
}
