// Package apschedulertest writes what became of APScheduler's jobs as text, for
// tests that compare it with what is expected.
package apschedulertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/apscheduler"
)

// Text is a result for people, a line for each thing.
func Text(r apscheduler.Result) string {
	var b strings.Builder
	for _, reason := range r.Reasons {
		fmt.Fprintf(&b, "  not: %s\n", reason)
	}
	if len(r.Reasons) == 0 {
		j := r.Job
		fmt.Fprintf(&b, "  job %s, %q, executor %s\n  %s %s\n  %v\n", j.ID, j.Name, j.Executor, j.Func, j.Args, j.Trigger)
		fmt.Fprintf(&b, "  coalesce %v, grace %v, max_instances %d\n", j.Policy.Coalesce, j.Policy.Grace, j.Policy.MaxInstances)
		if j.State.Paused {
			b.WriteString("  paused\n")
		} else {
			fmt.Fprintf(&b, "  next %s\n", j.State.Next.In(r.Zone).Format(time.RFC3339Nano))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "  note: %s\n", note)
	}
	return b.String()
}
