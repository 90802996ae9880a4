package sqlstore

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// RunRow is a run as the columns want it.
type RunRow struct {
	job.Run
	Needs     string
	Room      int64  // MaxInstances of its policy; 0: no limit
	GroupRoom int64  // GroupLimit
	Body      string // job.EncodeRun of what has no column
}

// NewRunRow is the row of r.
func NewRunRow(r job.Run) (RunRow, error) {
	row := RunRow{
		Run: r, Needs: r.Work.Needs(), Room: room(r.Work.Policy), GroupRoom: int64(r.Work.Policy.GroupLimit),
	}
	row.Outcome.Error, row.Outcome.Detail = Clean(r.Outcome.Error), Clean(r.Outcome.Detail)
	group := r.Work.Policy.Group
	if Clean(r.ID) != r.ID || Clean(r.Job) != r.Job || Clean(row.Needs) != row.Needs || Clean(group) != group {
		return RunRow{}, fmt.Errorf("run %q: its ID, job, executor, function and group are to be UTF-8 without zero bytes", r.ID)
	}
	var err error
	row.Body, err = runBody(r)
	return row, err
}

// runBody is what has no column.
func runBody(r job.Run) (string, error) {
	body, err := job.EncodeRun(job.Run{Skipped: r.Skipped, Attempts: r.Attempts, Work: r.Work})
	if err != nil {
		return "", fmt.Errorf("encode run %q: %w", r.ID, err)
	}
	return Clean(string(body)), nil
}

// Result is the result as it is kept: "" is none.
func Result(r json.RawMessage) string { return Clean(string(r)) }

// RunColumns are the columns of runs, in the order of RunRow.Values. ScanRun
// reads them.
const RunColumns = "id, job, needs, slot_us, due_us, phase, node, token, attempt, instance, room, grp, place, " +
	"grp_room, cancel, started_us, kind, finished_us, error, detail, result, body"

// Record is a number of a unique record as it is kept: none is NULL.
func Record(k int) *int64 {
	if k < 0 {
		return nil
	}
	n := int64(k)
	return &n
}

// ScanRun reads RunColumns; more are columns behind them. There is
// errUnreadable for a run that a later release has written.
func ScanRun(rows Rows, more ...any) (job.Run, error) {
	var r job.Run
	var slot, due, started, finished, phase, kind, attempt, room, groupRoom int64
	var instance, place *int64
	var needs, group, result, body string
	dest := append([]any{
		&r.ID, &r.Job, &needs, &slot, &due, &phase, &r.Owner.Node, &r.Owner.Token, &attempt, &instance, &room, &group, &place,
		&groupRoom, &r.Cancel, &started, &kind, &finished, &r.Outcome.Error, &r.Outcome.Detail, &result, &body,
	}, more...)
	if err := rows.Scan(dest...); err != nil {
		return r, err
	}
	r.Slot, r.Due, r.Started, r.Outcome.Finished = Time(slot), Time(due), Time(started), Time(finished)
	r.Phase, r.Outcome.Kind = job.Phase(phase), job.OutcomeKind(kind)
	r.Attempt, r.Instance, r.Place = int(attempt), number(instance), number(place)
	if result != "" {
		r.Outcome.Result = json.RawMessage(result)
	}
	rest, err := job.DecodeRun([]byte(body))
	if err != nil {
		return r, fmt.Errorf("run %q %w: %w", r.ID, errUnreadable, err)
	}
	r.Skipped, r.Attempts, r.Work = rest.Skipped, rest.Attempts, rest.Work
	return r, nil
}

// errUnreadable: such a run is left alone, and not shown.
var errUnreadable = errors.New("cannot be decoded")

// readable leaves out what a later release has written.
func readable[T any](scan func(Rows) (T, error)) func(Rows) (*T, error) {
	return func(rows Rows) (*T, error) {
		v, err := scan(rows)
		if errors.Is(err, errUnreadable) {
			return nil, nil
		}
		return &v, err
	}
}

// present drops what readable left out.
func present[T any](all []*T) []T {
	var some []T
	for _, v := range all {
		if v != nil {
			some = append(some, *v)
		}
	}
	return some
}

func number(k *int64) int {
	if k == nil {
		return -1
	}
	return int(*k)
}

// Values are the values of RunColumns.
func (r *RunRow) Values() []any {
	return []any{
		r.ID, r.Job, r.Needs, Micros(r.Slot), Micros(r.Due), int64(r.Phase), r.Owner.Node, r.Owner.Token, int64(r.Attempt),
		Record(r.Instance), r.Room, r.Work.Policy.Group, Record(r.Place), r.GroupRoom, r.Cancel, Micros(r.Started),
		int64(r.Outcome.Kind), Micros(r.Outcome.Finished), r.Outcome.Error, r.Outcome.Detail, Result(r.Outcome.Result), r.Body,
	}
}
