package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// maxBody is how large a request may be, in bytes.
const maxBody = 4 << 20

// maxKept is how large a buffer for answers may be to be used again, in
// bytes: enough for the state of some thousand processes, not for logs.
const maxKept = 4 << 20

// Handler answers POST /RPC2. What is no call is 400, a request without
// Content-Length 411, one of more than 4 MiB 413; everything else is a
// methodResponse, be it a fault. A client that hangs up ends nothing that it
// asked for.
func Handler(s *service.Service, o Options) http.Handler {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &handler{methods: newRegistry(s, o.Supervisor), log: log}
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
		httpError(w, http.StatusBadRequest)
		return
	case r.Header.Get("Content-Length") == "":
		httpError(w, http.StatusLengthRequired)
		return
	case r.ContentLength > maxBody:
		w.Header().Set("Connection", "close") // rather than read it all
		httpError(w, http.StatusRequestEntityTooLarge)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		httpError(w, http.StatusBadRequest) // in vain when the client is gone
		return
	}
	call, err := xmlrpc.DecodeCall(body)
	if err != nil {
		h.log.Error(fmt.Sprintf("XML-RPC request data %s is invalid: unmarshallable", excerpt(body)))
		httpError(w, http.StatusBadRequest)
		return
	}
	buffer, _ := h.buffers.Get().(*[]byte)
	if buffer == nil {
		buffer = new([]byte)
	}
	answer, err := h.answer(r.Context(), (*buffer)[:0], call)
	if err != nil {
		h.log.Error(fmt.Sprintf("XML-RPC method %s() has no answer: %v", call.Method, err))
		httpError(w, http.StatusInternalServerError)
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
	if h.log.Enabled(ctx, levelTrace) {
		h.log.Log(ctx, levelTrace, fmt.Sprintf(format, a...))
	}
}

// excerpt quotes the beginning of a request, which may be long, for the log,
// in single quotes as the original does.
func excerpt(body []byte) string {
	const most = 1000
	rest := ""
	if len(body) > most {
		body, rest = body[:most], "..."
	}
	quoted := strconv.Quote(string(body))
	inner := strings.NewReplacer(`\\`, `\\`, `\"`, `"`, `'`, `\'`).Replace(quoted[1 : len(quoted)-1])
	return "'" + inner + "'" + rest
}

// httpError answers with the page that Supervisor answers with.
func httpError(w http.ResponseWriter, status int) {
	page := fmt.Sprintf("<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n"+
		"<p>Error code %d.\r\n<p>Message: %s.\r\n</body>\r\n", status, http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, page) // a client that is gone misses nothing
}

// statusOf is the HTTP status of an error on the paths that have no faults.
func statusOf(err error) int {
	if errors.Is(err, service.ErrBadName) || errors.Is(err, service.ErrNoLog) {
		return http.StatusNotFound
	}
	return http.StatusInternalServerError
}
