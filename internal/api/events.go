package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/watchkeeper-go/watchkeeper/api"
	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

const aboutEvents = "Server-sent events: the data of each is an Event. A client that was cut off sends the id of the last one that it saw as " +
	"Last-Event-ID, as browsers do, and gets what came since: the last 4,096 events are kept, for ten minutes after the last client has gone. " +
	"Where some are missing, the first event is a GAP. Without Last-Event-ID the stream begins now. A comment is sent every 20 seconds."

const eventStream = "text/event-stream"

// keepAlive is how long nothing is sent at most: proxies end what is silent.
const keepAlive = 20 * time.Second

// registerEvents is the table of operations on events.
func (s *server) registerEvents() {
	schema := s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[api.Event](), true, "")
	add(s, operation{
		id: "streamEvents", method: http.MethodGet, path: "/events", role: auth.Viewer, tag: tagEvents,
		summary: "Hear what happens", about: aboutEvents, text: eventStream,
	}, s.streamEvents)
	s.huma.OpenAPI().Paths["/events"].Get.Responses["200"].Content[eventStream].Schema = schema
	add(s, operation{
		id: "sendEvent", method: http.MethodPost, path: "/events", role: auth.Operator, tag: tagEvents,
		summary: "Send a REMOTE_COMMUNICATION event to all who listen", problems: ofBodies(),
	}, s.sendEvent)
}

type streamEventsInput struct {
	Types []string `query:"types" doc:"Only these, and those below them in the tree, such as PROCESS_STATE,JOB. If left out: all but TICK and PROCESS_LOG, which cost something and so must be named." example:"PROCESS_STATE,JOB"`
	Last  string   `header:"Last-Event-ID" doc:"Where to go on."`
}

func (s *server) streamEvents(_ context.Context, in *streamEventsInput) (*streamed, error) {
	types, err := leaves(in.Types)
	if err != nil {
		return nil, err
	}
	wanted := map[event.Type]bool{}
	for _, t := range types {
		wanted[t] = true
	}
	return &streamed{func(ctx huma.Context) {
		s.events.attach(types)
		defer s.events.detach()
		ctx.SetHeader("Content-Type", eventStream)
		out := &eventWriter{hub: s.events, wanted: wanted}
		out.begin(in.Last)
		stream(ctx, func(w io.Writer) error { return out.next(ctx.Context(), w) })
	}}, nil
}

// eventWriter writes the events of one client.
type eventWriter struct {
	hub    *hub
	wanted map[event.Type]bool
	serial int64 // of the last event that was seen
	greet  string
}

// begin finds where to go on. Of another daemon's events nobody knows how many
// are missing; all of this one's are.
func (e *eventWriter) begin(last string) {
	e.greet = ": hello\nretry: 2000\n\n"
	if last == "" {
		e.serial = e.hub.last()
		return
	}
	serial, known := e.hub.parse(last)
	if !known {
		serial = 0
		e.greet += e.text(api.Event{ID: e.hub.id(0), At: time.Now().UTC(), Type: api.EventGap, Gap: &api.GapEvent{}})
	}
	e.serial = serial
}

// public is what everybody may read of an event: the driver of a store may say its
// address, with a password in it.
func (e *eventWriter) public(out api.Event) api.Event {
	if out.Store == nil || out.Store.Error == "" {
		return out
	}
	out.Store.Error = e.hub.service.WithoutPasswords(out.Store.Error)
	return out
}

// next writes what has come, or a sign of life.
func (e *eventWriter) next(ctx context.Context, w io.Writer) error {
	if e.greet != "" {
		_, err := io.WriteString(w, e.greet)
		e.greet = ""
		return err
	}
	events, missed, err := e.hub.after(ctx, e.serial, keepAlive)
	if err != nil {
		return err
	}
	var b strings.Builder
	if missed > 0 {
		e.serial += missed
		b.WriteString(e.text(api.Event{ID: e.hub.id(e.serial), At: time.Now().UTC(), Type: api.EventGap, Gap: &api.GapEvent{Missed: missed}}))
	}
	for _, n := range events {
		e.serial = n.serial
		if e.wanted[n.EventType()] {
			b.WriteString(e.text(e.public(eventOf(n, e.hub.id(n.serial)))))
		}
	}
	if len(events) == 0 && missed == 0 {
		b.WriteString(":\n\n")
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// text is an event as the stream has it.
func (e *eventWriter) text(what api.Event) string {
	data, err := json.Marshal(what)
	if err != nil {
		panic(err) // strings, numbers and times only
	}
	return fmt.Sprintf("id: %s\nevent: %s\ndata: %s\n\n", what.ID, what.Type, data)
}

// leaves are the types of events that the names cover.
func leaves(names []string) ([]event.Type, error) {
	var roots []event.Type
	for i, name := range names {
		root, ok := event.ParseType(name)
		if !ok {
			p := problemOf(kindInvalid, "validation failed")
			p.Errors = []api.FieldError{{Location: fmt.Sprintf("query.types[%d]", i), Message: "there is no such type of event"}}
			return nil, p
		}
		roots = append(roots, root)
	}
	var found []event.Type
	for _, t := range event.Leaves() {
		if len(roots) == 0 && !t.Is(event.Tick) && !t.Is(event.ProcessLog) {
			found = append(found, t)
		}
		for _, root := range roots {
			if t.Is(root) {
				found = append(found, t)
				break
			}
		}
	}
	return found, nil
}

type sendEventInput struct{ Body api.RemoteEventRequest }

func (s *server) sendEvent(_ context.Context, in *sendEventInput) (*struct{}, error) {
	return nil, s.service.SendRemoteEvent(in.Body.Kind, in.Body.Data)
}
