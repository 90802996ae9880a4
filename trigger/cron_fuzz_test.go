package trigger_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// FuzzCrontab: a line is read, or the error points into it.
func FuzzCrontab(f *testing.F) {
	for _, line := range []string{"*/5 * * * *", "0 9 * * mon-fri", "H H(0-5) 1~28 * *", "0 0 L,15 * 5#2", "@daily", "0 22-2 * nov-feb 7"} {
		f.Add(line, false)
		f.Add(line, true)
	}
	f.Fuzz(func(t *testing.T, line string, legacy bool) {
		var options []trigger.CronOption
		if legacy {
			options = append(options, trigger.APScheduler3())
		}
		trig, err := trigger.Crontab(line, options...)
		checkRead(t, trig, err)
	})
}

// FuzzCron does the same with the fields that have the most kinds of
// expressions.
func FuzzCron(f *testing.F) {
	f.Add("2nd tue,last", "mon-fri/2", "9-17/4", "2025/2", false)
	f.Add("last-2", "fri", "0-0/5", "*", true)
	f.Fuzz(func(t *testing.T, day, weekday, hour, year string, legacy bool) {
		var options []trigger.CronOption
		if legacy {
			options = append(options, trigger.APScheduler3())
		}
		trig, err := trigger.Cron(trigger.CronFields{Day: day, DayOfWeek: weekday, Hour: hour, Year: year}, options...)
		checkRead(t, trig, err)
	})
}

func checkRead(t *testing.T, trig trigger.Trigger, err error) {
	t.Helper()
	if err != nil {
		var syntax *trigger.SyntaxError
		if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(syntax.Text) || err.Error() == "" {
			t.Fatalf("%#v does not point at a character", err)
		}
		return
	}
	now := time.Date(2025, 3, 30, 0, 30, 0, 0, time.UTC)
	next := trig.Next(time.Time{}, now)
	if !next.IsZero() && next.Before(now) {
		t.Fatalf("%v: %v is before %v", trig, next, now)
	}
	if again := trig.Next(next, next); !next.IsZero() && !again.IsZero() && !again.After(next) {
		t.Fatalf("%v: %v is not after %v", trig, again, next)
	}
	trigger.Warnings(trig, now)
}

// A slot is later than the one before, is found again from any time since
// then, and looking from later finds nothing earlier.
func TestCronNextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := trigger.LoadZone(rapid.SampledFrom(judgedZones()).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		dst := rapid.SampledFrom([]trigger.DST{trigger.DSTAuto, trigger.DSTOnce, trigger.DSTSkip, trigger.DSTWall, trigger.DSTAll}).Draw(t, "dst")
		pick := func(name string, values ...string) string { return rapid.SampledFrom(values).Draw(t, name) }
		trig, err := trigger.Cron(trigger.CronFields{
			Month: pick("month", "", "*", "3", "oct-dec", "*/5"), Day: pick("day", "", "*", "last", "1st sun,31", "*/9"),
			DayOfWeek: pick("weekday", "", "mon", "sun", "sat-sun"), Hour: pick("hour", "", "0", "*", "2", "1-3", "23"),
			Minute: pick("minute", "", "30", "*/20", "*"), Second: pick("second", "", "0", "*/13", "59"),
		}, trigger.In(zone), trigger.OnClockChange(dst))
		if err != nil {
			t.Fatal(err)
		}
		now := time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "now"))
		next := trig.Next(time.Time{}, now)
		if next.IsZero() {
			return
		}
		between := now.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "part") * float64(next.Sub(now))))
		if between.After(next) { // by rounding
			between = next
		}
		if again := trig.Next(time.Time{}, between); !again.Equal(next) {
			t.Errorf("%v: from %v %v, but from %v %v", trig, now, next, between, again)
		}
		if again := trig.Next(time.Time{}, next); !again.Equal(next) {
			t.Errorf("%v: %v is not found from itself, but %v", trig, next, again)
		}
		after := trig.Next(next, now)
		if !after.After(next) || next.Before(now) {
			t.Errorf("%v: %v, %v after %v", trig, next, after, now)
		}
		if later := trig.Next(time.Time{}, next.Add(time.Microsecond)); !later.Equal(after) {
			t.Errorf("%v: after %v comes %v or %v", trig, next, after, later)
		}
	})
}
