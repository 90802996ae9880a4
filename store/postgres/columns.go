package postgres

import (
	"github.com/watchkeeper-go/watchkeeper/internal/sqlstore"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// advanceColumns are the parameters $2 to $9 of statements.commit.
func advanceColumns(all []*advance) []any {
	return []any{
		column(all, func(a *advance) string { return sqlstore.Clean(a.ID) }),
		column(all, func(a *advance) int64 { return a.Rev }),
		column(all, func(a *advance) *int64 { return sqlstore.Next(a.State) }),
		column(all, func(a *advance) int64 { return sqlstore.Micros(a.State.Slot) }),
		column(all, func(a *advance) int64 { return sqlstore.Micros(a.State.Last) }),
		column(all, func(a *advance) bool { return a.State.Paused }),
		column(all, func(a *advance) string { return sqlstore.Clean(a.State.Parked) }),
		column(all, func(a *advance) bool { return a.Remove }),
	}
}

// runColumns are the parameters of runArrays.
func runColumns(rows []*sqlstore.RunRow) []any {
	type row = *sqlstore.RunRow
	return []any{
		column(rows, func(r row) string { return r.ID }),
		column(rows, func(r row) string { return r.Job }),
		column(rows, func(r row) string { return r.Needs }),
		column(rows, func(r row) int64 { return sqlstore.Micros(r.Slot) }),
		column(rows, func(r row) int64 { return sqlstore.Micros(r.Due) }),
		column(rows, func(r row) int16 { return int16(r.Phase) }),
		column(rows, func(r row) *int64 { return sqlstore.Record(r.Instance) }),
		column(rows, func(r row) int64 { return r.Room }),
		column(rows, func(r row) int64 { return int64(r.Attempt) }),
		column(rows, func(r row) string { return r.Work.Policy.Group }),
		column(rows, func(r row) *int64 { return sqlstore.Record(r.Place) }),
		column(rows, func(r row) int64 { return r.GroupRoom }),
		column(rows, func(r row) int64 { return sqlstore.Micros(r.Started) }),
		column(rows, func(r row) int16 { return int16(r.Outcome.Kind) }),
		column(rows, func(r row) int64 { return sqlstore.Micros(r.Outcome.Finished) }),
		column(rows, func(r row) string { return r.Outcome.Error }),
		column(rows, func(r row) string { return r.Outcome.Detail }),
		column(rows, func(r row) string { return sqlstore.Result(r.Outcome.Result) }),
		column(rows, func(r row) string { return r.Body }),
	}
}

// finishedColumns are the parameters of statements.finish.
func finishedColumns(all []*job.Finished) []any {
	type row = *job.Finished
	return []any{
		column(all, func(f row) string { return sqlstore.Clean(f.ID) }),
		column(all, func(f row) int64 { return f.Token }),
		column(all, func(f row) int64 { return int64(f.Attempt) }),
		column(all, func(f row) int64 { return sqlstore.Micros(f.Started) }),
		column(all, func(f row) int16 { return int16(f.Outcome.Kind) }),
		column(all, func(f row) int64 { return sqlstore.Micros(f.Outcome.Finished) }),
		column(all, func(f row) string { return sqlstore.Clean(f.Outcome.Error) }),
		column(all, func(f row) string { return sqlstore.Clean(f.Outcome.Detail) }),
		column(all, func(f row) string { return sqlstore.Result(f.Outcome.Result) }),
	}
}

// jobColumns are the parameters of statements.add.
func jobColumns(rows []*sqlstore.JobRow) []any {
	type row = *sqlstore.JobRow
	return []any{
		column(rows, func(r row) string { return r.ID }),
		column(rows, func(r row) string { return r.Needs }),
		column(rows, func(r row) *int64 { return r.Next }),
		column(rows, func(r row) int64 { return r.Slot }),
		column(rows, func(r row) int64 { return r.Last }),
		column(rows, func(r row) bool { return r.Paused }),
		column(rows, func(r row) string { return r.Parked }),
		column(rows, func(r row) int64 { return r.Room }),
		column(rows, func(r row) string { return r.Body }),
	}
}
