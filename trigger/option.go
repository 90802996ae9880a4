package trigger

// DST says what a cron trigger does where clocks are changed: with times that
// the change skips and with times that it repeats.
type DST uint8

const (
	// DSTAuto is DSTOnce for a trigger whose hour, minute and second are all
	// given without a star, so that a daily job runs exactly once each day.
	// One with a star keeps its rhythm, as with DSTWall; and if all times of
	// a day are skipped, it runs once, right after the change.
	DSTAuto DST = iota
	// DSTOnce: what is skipped runs right after the change (once, however many
	// times were skipped), what is repeated runs the first time.
	DSTOnce
	// DSTSkip: what is skipped does not run, what is repeated runs the first
	// time.
	DSTSkip
	// DSTWall is whenever the clocks show the time: what is skipped does not
	// run, what is repeated runs twice.
	DSTWall
	// DSTAll: what is skipped runs right after the change, what is repeated
	// runs twice.
	DSTAll
)

func (d DST) String() string {
	return [...]string{"auto", "once", "skip", "wall", "all"}[d]
}

// ParseDST reads the value of the option dst, as String writes it.
func ParseDST(text string) (DST, error) {
	for d := DSTAuto; d <= DSTAll; d++ {
		if d.String() == text {
			return d, nil
		}
	}
	problem := "want auto, once, skip, wall or all"
	if near := nearest(text, []string{"auto", "once", "skip", "wall", "all"}); near != "" {
		problem += "; did you mean " + near + "?"
	}
	return 0, &SyntaxError{Key: "dst", Text: text, Problem: problem}
}

// CronOption is a setting of Cron and Crontab.
type CronOption func(*cronOptions)

// cronOptions are what a cron trigger is made with beside its fields.
type cronOptions struct {
	zone   *Zone // nil: UTC
	dst    DST
	legacy bool // as APScheduler 3.11.2
}

// In reads the fields as the clocks of a zone. Without it they are UTC.
func In(z *Zone) CronOption { return func(o *cronOptions) { o.zone = z } }

// OnClockChange sets what happens where clocks are changed.
func OnClockChange(d DST) CronOption { return func(o *cronOptions) { o.dst = d } }

// APScheduler3 makes a cron trigger read its fields and find its times as
// APScheduler 3.11.2 does, with its errors: it ignores what follows a name
// and loses some midnights after a clock change. A crontab line then counts weekdays from Monday, 0, and a date must
// match both by day of month and by weekday.
func APScheduler3() CronOption { return func(o *cronOptions) { o.legacy = true } }
