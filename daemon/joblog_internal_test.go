package daemon

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

func TestWhatAJobSaysIsNoLineOfItsOwn(t *testing.T) {
	var text strings.Builder
	l := jobLog{slog.New(slog.NewTextHandler(&text, nil))}
	said := "boom \x1b[2J\n2026-01-01 CRIT forged"
	l.write(schedule.Errored{Outcome: job.Outcome{Error: said}})
	l.write(schedule.Retried{Err: errors.New(said)})
	// The handler quotes once more what had to be quoted.
	if got := strings.Count(text.String(), `boom \\x1b[2J\\n2026-01-01 CRIT forged`); got != 2 {
		t.Errorf("%d of 2 lines are quoted:\n%s", got, text.String())
	}
	if got := oneLine("plain: größer"); got != "plain: größer" {
		t.Errorf("plain text became %q", got)
	}
}
