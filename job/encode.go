package job

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// The functions here write what encoding/json writes of the wire types, at half
// the cost or less: each job that is added and each run that is planned is encoded
// once. What is rare is left to encoding/json.

// object is a JSON object under way. The first error ends it.
type object struct {
	buf []byte
	err error
}

// key begins a member.
func (o *object) key(name string) {
	if last := len(o.buf) - 1; o.buf[last] != '{' {
		o.buf = append(o.buf, ',')
	}
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, `":`...)
}

func (o *object) open()  { o.buf = append(o.buf, '{') }
func (o *object) close() { o.buf = append(o.buf, '}') }

// value writes a member in the way of encoding/json.
func (o *object) value(name string, v any) {
	data, err := encode(v)
	if err != nil && o.err == nil {
		o.err = err
	}
	o.key(name)
	o.buf = append(o.buf, data...)
}

// text writes a member that is a string.
func (o *object) text(name, s string) {
	if !plain(s) {
		o.value(name, s)
		return
	}
	o.key(name)
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, s...)
	o.buf = append(o.buf, '"')
}

// plain reports whether s is written as it is.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// optional writes a string unless it is "".
func (o *object) optional(name, s string) {
	if s != "" {
		o.text(name, s)
	}
}

func (o *object) number(name string, n int64) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, n, 10)
}

// count writes a number unless it is 0.
func (o *object) count(name string, n int64) {
	if n != 0 {
		o.number(name, n)
	}
}

// flag writes true, and nothing for false.
func (o *object) flag(name string, set bool) {
	if set {
		o.key(name)
		o.buf = append(o.buf, "true"...)
	}
}

// time writes a stamp unless there is none.
func (o *object) time(name string, t time.Time) {
	if !t.IsZero() {
		o.number(name, t.UnixMicro())
	}
}

// raw writes JSON without the spaces between its values; none is left out.
func (o *object) raw(name string, data json.RawMessage) {
	if len(data) == 0 {
		return
	}
	o.key(name)
	b := bytes.NewBuffer(o.buf)
	if err := json.Compact(b, data); err != nil && o.err == nil {
		o.err = err
	}
	o.buf = b.Bytes()
}

// work writes the members of a wireWork.
func (o *object) work(w Work) {
	o.optional("executor", w.Executor)
	o.optional("func", w.Func)
	o.raw("args", w.Args)
	if w.Policy != (Policy{}) {
		o.key("policy")
		o.policy(w.Policy)
	}
}

func (o *object) policy(p Policy) {
	o.open()
	if p.Coalesce != 0 {
		o.value("coalesce", p.Coalesce)
	}
	o.count("grace", int64(p.Grace))
	o.count("max_instances", int64(p.MaxInstances))
	if p.Overlap != 0 {
		o.value("overlap", p.Overlap)
	}
	o.count("timeout", int64(p.Timeout))
	if p.Retry != (Retry{}) {
		o.value("retry", p.Retry)
	}
	if p.OnLost != 0 {
		o.value("on_lost", p.OnLost)
	}
	o.count("priority", int64(p.Priority))
	o.optional("group", p.Group)
	o.count("group_limit", int64(p.GroupLimit))
	o.flag("named", p.Named)
	o.count("keep_result", int64(p.KeepResult))
	o.close()
}

// run writes the members of a wireRun.
func (o *object) run(r Run) {
	o.number("v", version)
	o.text("id", r.ID)
	o.text("job", r.Job)
	o.time("slot", r.Slot)
	o.time("due", r.Due)
	if r.Phase != 0 {
		o.value("phase", r.Phase)
	}
	if r.Owner != (Owner{}) {
		o.value("owner", wireOwner(r.Owner))
	}
	o.count("attempt", int64(r.Attempt))
	o.number("instance", int64(r.Instance))
	o.number("place", int64(r.Place))
	o.flag("cancel", r.Cancel)
	o.time("started", r.Started)
	if w := outcomeWire(r.Outcome); !w.IsZero() {
		o.value("outcome", w)
	}
	if s := r.Skipped; s != (Skipped{}) {
		o.value("skipped", wireSkipped{stamp(s.First), stamp(s.Last), s.Count, s.Reason})
	}
	if len(r.Attempts) > 0 {
		o.value("attempts", attemptsWire(r.Attempts))
	}
	o.key("work")
	o.open()
	o.work(r.Work)
	o.close()
}

func attemptsWire(all []Attempt) []wireAttempt {
	wire := make([]wireAttempt, len(all))
	for i, a := range all {
		wire[i] = wireAttempt{a.Number, wireOwner(a.Owner), stamp(a.Started), stamp(a.Finished), a.Kind, a.Error}
	}
	return wire
}
