package trigger

import "strings"

// readField reads APScheduler's expressions for one field, which stand in part
// of a text, into c. With lenient it reads them as that library does, which
// ignores what follows a name; else names take steps as numbers do, and
// anything left over is an error.
func (c *calendar) readField(f field, part cursor, lenient bool) error {
	r := fieldReader{cursor: part, f: f, c: c, lenient: lenient}
	limit := part.end
	for from, more := part.pos, true; more; {
		from, more = r.item(from, limit)
		if err := r.expression(); err != nil {
			return err
		}
	}
	return nil
}

// fieldReader reads the items of one field.
type fieldReader struct {
	cursor
	f       field
	c       *calendar
	lenient bool
}

// expression reads what stands between two commas.
func (r *fieldReader) expression() error {
	start := r.pos
	if r.rest() == "" {
		return r.problem(start, "a value is missing; want %s, * or a range", r.f.hint())
	}
	if r.take('*') {
		return r.all()
	}
	if r.f == dayOfMonth && (isLetter(r.text[r.pos]) || r.ordinal()) {
		return r.monthDay()
	}
	return r.span()
}

// all reads what follows a star: nothing, or a step.
func (r *fieldReader) all() error {
	low, high := r.f.bounds()
	step, err := r.step(low, high)
	if err != nil {
		return err
	}
	if err := r.done("only a step can follow the star, as in */5"); err != nil {
		return err
	}
	if r.f == year && step == 1 {
		r.c.years = append(r.c.years, yearRange{minYear, maxYear, 1})
		return nil
	}
	r.c.addRange(r.f, low, high, step)
	return nil
}

// span reads n, a-b, a/c and a-b/c.
func (r *fieldReader) span() error {
	_, high := r.f.bounds()
	start := r.pos
	first, named, err := r.value()
	if err != nil {
		return err
	}
	last, ranged := first, false
	if r.next() == '-' && !(named && r.lenient && !r.letterAfterDash()) {
		if last, err = r.upper(named); err != nil {
			return err
		}
		ranged = true
		if last < first {
			return r.problem(start, "a range goes from the lower to the higher value; write two ranges, as in %s", r.unwrapped(first, last))
		}
	}
	if named && r.lenient {
		r.c.addRange(r.f, first, last, 1)
		return nil
	}
	step := 1
	if r.next() == '/' {
		bound := last
		if !ranged {
			last, bound = high, high
		} else if r.lenient && last == 0 {
			bound = high // as RangeExpression.validate_range, which takes 0 for no bound
		}
		if step, err = r.step(first, bound); err != nil {
			return err
		}
	}
	if err := r.done("want a value, a range such as 1-5, or a step such as 1-5/2"); err != nil {
		return err
	}
	r.c.addRange(r.f, first, last, step)
	return nil
}

// letterAfterDash: a name follows the dash. APScheduler ignores one that is
// followed by anything else.
func (r *fieldReader) letterAfterDash() bool {
	return r.pos+1 < r.end && isLetter(r.text[r.pos+1])
}

// upper reads the second half of a range.
func (r *fieldReader) upper(named bool) (int, error) {
	dash := r.pos
	r.pos++
	if r.pos == r.end {
		return 0, r.problem(r.pos, "the end of the range is missing; want %s", r.f.hint())
	}
	last, alsoNamed, err := r.value()
	if err != nil {
		return 0, err
	}
	if r.lenient && named != alsoNamed {
		return 0, r.problem(dash, "want two numbers or two names")
	}
	return last, nil
}

// value reads a number or a name.
func (r *fieldReader) value() (n int, named bool, err error) {
	start := r.pos
	low, high := r.f.bounds()
	if n, ok := r.number(); ok {
		if n < low || n > high {
			return 0, false, r.problem(start, "%s is out of range; want %s", r.text[start:r.pos], r.f.hint())
		}
		return n, false, nil
	}
	name := r.word()
	n, ok := r.f.named(name)
	if !ok {
		r.pos = start
		if isSpread(r.rest()) {
			return 0, false, r.problem(start, "want %s; H and ~ are for crontab=LINE", r.f.hint())
		}
		return 0, false, r.problem(start, "want %s%s", r.f.hint(), r.f.meant(name))
	}
	return n, true, nil
}

// step reads /n, which is 1 when it is not there.
func (r *fieldReader) step(first, last int) (int, error) {
	if !r.take('/') {
		return 1, nil
	}
	start := r.pos
	n, ok := r.number()
	switch {
	case !ok:
		return 0, r.problem(start, "the step is missing; want a number from 1 to %d", max(1, last-first))
	case n == 0:
		return 0, r.problem(start, "a step of 0 goes nowhere; want 1 or more")
	case n > last-first && last == first:
		return 0, r.problem(start, "there is nothing to step over; leave the step out")
	case n > last-first:
		return 0, r.problem(start, "the step %d is larger than the range; want 1 to %d", n, last-first)
	}
	return n, nil
}

// done says that nothing may follow.
func (r *fieldReader) done(want string) error {
	if r.pos < r.end {
		if clock := clockHint(r.text); clock != "" && r.f == hour {
			return r.problem(r.pos, "%s", clock)
		}
		if r.next() == '~' {
			want += "; H and ~ are for crontab=LINE"
		}
		return r.problem(r.pos, "%q is not understood; %s", r.rest(), want)
	}
	return nil
}

// unwrapped is a range over the end of the field, written as two.
func (r *fieldReader) unwrapped(first, last int) string {
	low, high := r.f.bounds()
	return r.f.rangeText(first, high) + "," + r.f.rangeText(low, last)
}

// rangeText is a range as people write it, or its one value.
func (f field) rangeText(first, last int) string {
	if first == last {
		return f.text(first)
	}
	return f.text(first) + "-" + f.text(last)
}

// isSpread: it begins as a value of a crontab that differs from job to job.
func isSpread(text string) bool {
	return text != "" && (text[0] == '~' || (text[0]|0x20 == 'h') && (len(text) == 1 || !isLetter(text[1])))
}

// ordinal says whether a place in the month comes next: 1st to 5th.
func (r *fieldReader) ordinal() bool {
	rest := r.rest()
	return len(rest) > 2 && rest[0] >= '0' && rest[0] <= '9' && isLetter(rest[1])
}

// monthDay reads "last", "last fri" and "2nd tue".
func (r *fieldReader) monthDay() error {
	start := r.pos
	n, err := r.place()
	if err != nil {
		return err
	}
	afterPlace := r.pos
	r.blanks()
	if n == lastInMonth && (r.pos == r.end || r.lenient && r.pos == afterPlace) {
		r.c.days |= lastDay
		return nil
	}
	if r.pos == afterPlace {
		return r.problem(r.pos, "want a blank and a weekday, as in %s mon", r.text[start:afterPlace])
	}
	at := r.pos
	w, ok := weekdayNamed(r.word())
	if !ok {
		return r.problem(at, "want a weekday: mon, tue, wed, thu, fri, sat or sun%s", weekday.meant(r.text[at:r.pos]))
	}
	if !r.lenient {
		if err := r.done("nothing can follow the weekday"); err != nil {
			return err
		}
	}
	r.c.nth |= 1 << (7*n + w)
	return nil
}

// place reads 1st, 2nd, 3rd, 4th, 5th or last, as a row of calendar.nth.
func (r *fieldReader) place() (int, error) {
	start := r.pos
	rest := strings.ToLower(r.rest())
	for n, name := range [...]string{"1st", "2nd", "3rd", "4th", "5th", "last"} {
		if strings.HasPrefix(rest, name) {
			r.pos += len(name)
			return n, nil
		}
	}
	return 0, r.problem(start, "want 1 to 31, last, or 1st to 5th or last with a weekday, as in 2nd tue")
}
