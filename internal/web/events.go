package web

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// events is what the page at /events shows.
type events struct {
	Filter eventFilter
	Rows   []*eventRow
	Kept   int // how many pass the filter, some of which may not be shown
	// Last stands for the last event that there was: a module asks for what came
	// after it.
	Last string
	// Whole: the rows are all there are to show, not only what came after others.
	Whole    bool
	Programs []string // to choose from, as Jobs
	Jobs     []string
	Families []eventFamily
}

// More tells whether some that are kept are not shown.
func (e *events) More() bool { return e.Kept > len(e.Rows) }

// eventFilter is which events are shown.
type eventFilter struct {
	Type    string // and those below it
	Class   string // "bad": only what went wrong
	Program string // in the name of the program or its group
	Job     string // in the name of the job
	Text    string // words that all are in what the row says

	root event.Type
	only bool // of the root
}

// Empty tells whether everything passes.
func (f eventFilter) Empty() bool {
	return f.Type == "" && f.Class == "" && f.Program == "" && f.Job == "" && f.Text == ""
}

// eventFamily is types of events to choose from.
type eventFamily struct {
	Root  string
	Types []string // below the root; none: it is one itself
	All   bool     // they are all that are below it
}

const (
	// mostEvents is how many rows the page has.
	mostEvents = 200
	// mostNames is how many names a field offers.
	mostNames = 500
)

// families are the types by what people look for, each with all that are of it.
func families() []eventFamily {
	var all []eventFamily
	leaves := event.Leaves()
	for _, root := range []event.Type{
		event.ProcessState, event.JobRun, event.Job, event.JobStore, event.Scheduler, event.ScheduleExecutor, event.ProcessGroup,
		event.ProcessCommunication, event.RemoteCommunication, event.SupervisorStateChange,
	} {
		family := eventFamily{Root: root.String(), All: root != event.Job}
		for _, leaf := range leaves {
			if leaf.Is(root) && leaf != root && (family.All || !leaf.Is(event.JobRun)) {
				family.Types = append(family.Types, leaf.String())
			}
		}
		all = append(all, family)
	}
	return all
}

func (s *Site) events(r *request) (any, error) {
	filter, err := eventFilterOf(r)
	if err != nil {
		return nil, err
	}
	after, known := s.serialOf(r.Form.Get("after"))
	entries, last := s.Events.After(after)
	if after > last {
		entries, last = s.Events.After(0)
		known = false
	}
	e := &events{Filter: filter, Last: s.epoch + "-" + strconv.FormatInt(last, 10), Whole: !known, Families: families()}
	for i := range entries {
		row := s.eventRow(&entries[i], r.words)
		if !filter.passes(row) {
			continue
		}
		if e.Kept++; e.Kept <= mostEvents {
			e.Rows = append(e.Rows, row)
		}
	}
	if r.part == "" {
		e.Programs, e.Jobs = s.namesToChoose(r)
	}
	return e, nil
}

// eventFilterOf reads the query. A type that there is not is an address that there
// is not.
func eventFilterOf(r *request) (eventFilter, error) {
	text := func(key string) string { return strings.TrimSpace(r.Form.Get(key)) }
	f := eventFilter{Type: text("type"), Class: text("class"), Program: text("program"), Job: text("job"), Text: text("q")}
	if f.Type == "" {
		return f, nil
	}
	root, ok := event.ParseType(f.Type)
	if !ok {
		return f, fmt.Errorf("%w: type of event %q", errMissing, f.Type)
	}
	f.root, f.only = root, true
	return f, nil
}

// Roots are the types that a browser has to listen for.
func (f eventFilter) Roots() []string {
	if f.only {
		return []string{f.Type}
	}
	var names []string
	for _, t := range history.EventTypes() {
		names = append(names, t.String())
	}
	return names
}

func (f eventFilter) passes(row *eventRow) bool {
	// Runs are told of when they begin; that they were submitted is for who asks.
	if !f.only && row.kind == event.JobSubmitted {
		return false
	}
	if f.only && !row.kind.Is(f.root) || f.Class != "" && f.Class != row.Class {
		return false
	}
	if f.Program != "" && !within(row.Program, f.Program) || f.Job != "" && !within(row.Job, f.Job) {
		return false
	}
	for word := range strings.FieldsSeq(f.Text) {
		if !within(row.Type+" "+row.Word+" "+row.About()+" "+row.Text, word) {
			return false
		}
	}
	return true
}

// within tells whether part is in text, whatever the case.
func within(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

// serialOf reads what Last has said; it is not known when another daemon did.
func (s *Site) serialOf(id string) (serial int64, known bool) {
	epoch, number, _ := strings.Cut(id, "-")
	serial, err := strconv.ParseInt(number, 10, 64)
	if err != nil || epoch != s.epoch || serial < 0 {
		return 0, false
	}
	return serial, true
}

// newEpoch tells the serials of one daemon from those of another.
func newEpoch() string { return strconv.FormatInt(time.Now().UnixMicro(), 36) }

// namesToChoose are those of programs and of jobs that files declare or that have
// had a run lately, the first ones of each.
func (s *Site) namesToChoose(r *request) (programs, jobs []string) {
	infos := s.Service.AllProcessInfo()
	for i := range infos[:min(len(infos), mostNames)] {
		programs = append(programs, nameOf(infos[i].Group, infos[i].Name))
	}
	return programs, s.someJobs(r)
}

// someJobs are the names of the first jobs; none when the stores do not answer.
func (s *Site) someJobs(r *request) (names []string) {
	js := s.Service.Jobs()
	if js == nil {
		return nil
	}
	ctx, cancel := storeContext(r)
	defer cancel()
	infos, _ := js.List(ctx, service.JobFilter{Limit: mostNames}) // what is missing is not offered
	for i := range infos {
		names = append(names, infos[i].Job.ID)
	}
	return names
}
