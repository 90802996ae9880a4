package config

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/trigger"
)

// Schedule is when a job is due, as the file declares it.
type Schedule struct {
	// Options are those of the trigger in the order of the docs, expanded, with
	// the timezone of [scheduler] if they name none and it does.
	Options []trigger.Option
	zone    *trigger.Zone     // of this machine, for a trigger without a timezone
	files   map[string][]byte // the holidays that exclude and only name, as they were read
}

// Resolve makes the trigger. Dates that are relative (now, +240s) count from
// now, as does an interval without a start: a job is resolved once, when it is
// first stored, and again only when String has changed. Errors are of type
// *trigger.SyntaxError; Load has told those that do not depend on now.
func (s Schedule) Resolve(now time.Time) (trigger.Trigger, error) { return s.resolve(now, s.readFile) }

func (s Schedule) resolve(now time.Time, readFile func(string) ([]byte, error)) (trigger.Trigger, error) {
	options := slices.Clone(s.Options)
	zone := s.zone
	for _, o := range options {
		if o.Key == keyTimezone {
			z, err := trigger.LoadZone(o.Value)
			if err != nil {
				return nil, withKey(err, o.Key)
			}
			zone = z
		}
	}
	for i, o := range options {
		d, ok, err := relative(o)
		if err != nil {
			return nil, err
		}
		if ok {
			options[i].Value = now.Add(d).In(zone.Location()).Format("2006-01-02T15:04:05.000000Z07:00")
		}
	}
	return trigger.FromOptions(options, trigger.Defaults{Zone: zone, Now: now, ReadFile: readFile})
}

func withKey(err error, key string) error {
	var syntax *trigger.SyntaxError
	if errors.As(err, &syntax) {
		syntax.Key = key
	}
	return err
}

func (s Schedule) readFile(name string) ([]byte, error) {
	text, ok := s.files[name]
	if !ok {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	return text, nil
}

// String is the declared text, one option a line. While it stays the same the
// job keeps its trigger and its next run. A file of holidays counts by its
// contents.
func (s Schedule) String() string {
	var b strings.Builder
	for _, o := range s.Options {
		writeDeclared(&b, o.Key, o.Value)
	}
	for _, name := range slices.Sorted(maps.Keys(s.files)) {
		writeDeclared(&b, "file "+name, digest(s.files[name]))
	}
	return b.String()
}

// Relative reports whether a date counts from when the job is first stored.
func (s Schedule) Relative() bool {
	return slices.ContainsFunc(s.Options, func(o trigger.Option) bool {
		_, ok, _ := relative(o)
		return ok
	})
}

// writeDeclared adds a line KEY=VALUE; a value with line ends is quoted.
func writeDeclared(b *strings.Builder, key, value string) {
	if strings.ContainsAny(value, "\r\n") {
		value = fmt.Sprintf("%q", value)
	}
	b.WriteString(key + "=" + value + "\n")
}

// digest stands for what is not to be read in a declared text, or is long.
func digest(text []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(text)) }

// relative reads now, +SPAN, -SPAN, now+SPAN and now-SPAN; false for what is no
// relative date.
func relative(o trigger.Option) (d time.Duration, ok bool, err error) {
	if o.Key != "start_date" && o.Key != "end_date" && o.Key != "run_date" {
		return 0, false, nil
	}
	rest, fromNow := strings.CutPrefix(o.Value, "now")
	if rest = ini.TrimSpace(rest); rest == "" {
		return 0, fromNow, nil
	}
	if rest[0] != '+' && rest[0] != '-' {
		if fromNow {
			return 0, false, &trigger.SyntaxError{Key: o.Key, Text: o.Value, Offset: len("now"), Problem: "a + or - and a length of time are expected here, as in now+240s"}
		}
		return 0, false, nil
	}
	span := ini.TrimSpace(rest[1:])
	d, bad := parseDuration(span)
	if bad != nil {
		return 0, false, &trigger.SyntaxError{Key: o.Key, Text: o.Value, Offset: strings.LastIndex(o.Value, span),
			Problem: "a length of time is expected here, as in +240s, +1h30m or +30d"}
	}
	if rest[0] == '-' {
		d = -d
	}
	return d, true, nil
}

// schedule reads the options of the trigger of a job and checks them.
func (r jobReader) schedule(p place, v values) Schedule {
	s := Schedule{zone: r.config.Scheduler.Zone}
	for i := range p.table.options {
		key := p.table.options[i].key
		if value := get[any](v, key); r.trigger[key] && value != nil && value != "" {
			s.Options = append(s.Options, trigger.Option{Key: key, Value: value.(string)})
		}
	}
	if s.empty() {
		r.missing(p, keyTrigger, errors.New("the job has no trigger"), "add a line such as crontab = 30 2 * * *, or trigger = interval and minutes = 15")
		return s
	}
	if !s.has(keyTimezone) && r.scheduler.Get(keyTimezone) != nil {
		s.Options = append(s.Options, trigger.Option{Key: keyTimezone, Value: s.zone.String()})
	}
	if !s.has("exclude") && !s.has("only") || r.readHolidays(p, &s) {
		r.checkSchedule(p, s)
	}
	return s
}

func (s Schedule) has(key string) bool {
	return slices.ContainsFunc(s.Options, func(o trigger.Option) bool { return o.Key == key })
}

// empty reports whether nothing says when the job is due.
func (s Schedule) empty() bool {
	return !slices.ContainsFunc(s.Options, func(o trigger.Option) bool { return o.Key != keyTimezone })
}

// checkSchedule resolves the trigger as of now and notes its traps.
func (l *loader) checkSchedule(p place, s Schedule) {
	now := time.Now()
	t, err := s.Resolve(now)
	if err == nil {
		l.lintTrigger(p, t, now)
		return
	}
	if s.Relative() && s.resolvesSometime() {
		l.addNote(placed(p.section, keyOf(err), errors.New("with dates that count from now, the other ones make no trigger any more"), "a job that is not stored yet will not be"))
		return
	}
	l.triggerFault(p, err)
}

// resolvesSometime reports whether only the day is wrong: relative dates beside
// fixed ones make sense for some time, and a daemon must start after it, too.
func (s Schedule) resolvesSometime() bool {
	for _, year := range []int{1971, 9000} {
		if _, err := s.Resolve(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)); err == nil {
			return true
		}
	}
	return false
}

// readHolidays reads the files that exclude and only name; false when that is
// a fault, which is told.
func (l *loader) readHolidays(p place, s *Schedule) bool {
	s.files = make(map[string][]byte)
	var failed error
	_, err := s.resolve(time.Now(), func(name string) ([]byte, error) {
		text, err := readSmall(absolute(l.host.expandUser(name), l.here))
		if err != nil {
			failed = cmp.Or(failed, err)
			return nil, err
		}
		s.files[name] = text
		return text, nil
	})
	if failed == nil || !errors.Is(err, failed) {
		return true
	}
	key := keyOf(err)
	if key == "" {
		key = "exclude"
		if p.section.Get(key) == nil {
			key = "only"
		}
	}
	if l.host.Portable {
		l.addNote(placed(p.section, key, failed, "the file is needed on the machine that runs the job"))
	} else {
		l.wrong(p.section, key, failed, "give days such as 05-01 or 2030-12-24..2031-01-01, or the name of an iCalendar file; a relative one begins where the root file is")
	}
	return false
}

// mostHolidays is the largest file of holidays that is read.
const mostHolidays = 16 << 20

// readSmall reads a regular file that is no larger than mostHolidays.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", path)
	case info.Size() > mostHolidays:
		return nil, fmt.Errorf("%s is larger than %d bytes", path, mostHolidays)
	}
	return os.ReadFile(path)
}

// triggerFault tells what package trigger says at the option it is about: the
// one it names, the one that it quotes, or else trigger. The name is left out
// of the text where it stands before it.
func (l *loader) triggerFault(p place, err error) {
	var syntax *trigger.SyntaxError
	if !errors.As(err, &syntax) {
		l.wrong(p.section, keyTrigger, err, "")
		return
	}
	plain, key := *syntax, syntax.Key
	if key == "" {
		key, _, _ = strings.Cut(syntax.Text[syntax.Offset:], "=")
	}
	if p.section.Get(key) == nil {
		key = keyTrigger
	} else {
		plain.Key = ""
	}
	l.wrong(p.section, key, &plain, "")
}

// keyOf is the option that an error of package trigger names, "" for none.
func keyOf(err error) string {
	var syntax *trigger.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Key
	}
	return ""
}

// lintTrigger notes what the trigger may not mean.
func (l *loader) lintTrigger(p place, t trigger.Trigger, now time.Time) {
	key := keyTrigger
	if p.section.Get(key) == nil {
		key = "crontab"
	}
	for _, w := range trigger.Warnings(t, now) {
		l.addNote(placed(p.section, key, errors.New(w.Text), ""))
	}
}
