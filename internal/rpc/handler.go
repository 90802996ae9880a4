package rpc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// maxKept is how large a buffer for answers may be to be used again, in
// bytes: enough for the state of some thousand processes, not for logs.
const maxKept = 4 << 20

// Handler answers POST /RPC2. What is no call is 400, what a web page sends 403;
// everything else is a methodResponse, be it a fault. A client that hangs up
// ends nothing that it asked for. The server in front bounds the body.
func Handler(s *service.Service, o Options) http.Handler {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &handler{methods: newRegistry(s, o), log: log}
}

type handler struct {
	methods *registry
	log     *slog.Logger
	buffers sync.Pool // of *[]byte, for answers
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodPost:
		w.WriteHeader(http.StatusBadRequest)
		return
	case auth.CheckProgram(r) != nil:
		w.WriteHeader(http.StatusForbidden)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest) // in vain when the client is gone
		return
	}
	call, err := xmlrpc.DecodeCall(body)
	if err != nil {
		reason := "unmarshallable"
		if errors.Is(err, xmlrpc.ErrNoMethod) {
			reason = "no method name"
		}
		h.log.Error(fmt.Sprintf("XML-RPC request data %s is invalid: %s", excerpt(body), reason))
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	buffer, _ := h.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	answer, err := h.answer(r.Context(), (*buffer)[:0], call)
	if err != nil {
		h.log.Error(fmt.Sprintf("XML-RPC method %s() has no answer: %v", call.Method, err))
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // a client that is gone misses nothing
	if cap(answer) <= maxKept {
		*buffer = answer
		h.buffers.Put(buffer)
	}
}

// answer appends the methodResponse of a call. The error is for a value that
// cannot be encoded.
func (h *handler) answer(ctx context.Context, dst []byte, call xmlrpc.Call) ([]byte, error) {
	h.trace(ctx, "XML-RPC method called: %s()", call.Method)
	value, err := h.methods.call(ctx, call.Method, call.Params)
	if err != nil {
		f := faultOf(err)
		h.trace(ctx, "XML-RPC method %s() returned fault: [%d] %s", call.Method, f.Code, f.String)
		return xmlrpc.AppendFault(dst, f), nil
	}
	h.trace(ctx, "XML-RPC method %s() returned successfully", call.Method)
	return xmlrpc.AppendResponse(dst, value)
}

func (h *handler) trace(ctx context.Context, format string, a ...any) {
	if h.log.Enabled(ctx, mainlog.Trace) {
		h.log.Log(ctx, mainlog.Trace, fmt.Sprintf(format, a...))
	}
}

// excerpt quotes the beginning of a request, which may be long, for the log,
// in single quotes unless it has those and no double ones, as the original does.
func excerpt(body []byte) string {
	const most = 1000
	rest := ""
	if len(body) > most {
		body, rest = body[:most], "..."
	}
	quoted := strconv.Quote(string(body))
	if bytes.ContainsRune(body, '\'') && !bytes.ContainsRune(body, '"') {
		return quoted + rest
	}
	inner := strings.NewReplacer(`\\`, `\\`, `\"`, `"`, `'`, `\'`).Replace(quoted[1 : len(quoted)-1])
	return "'" + inner + "'" + rest
}

// statusOf is the HTTP status of an error on the paths that have no faults.
func statusOf(err error) int {
	if errors.Is(err, service.ErrBadName) || errors.Is(err, service.ErrNoLog) {
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
