package trigger

// readCrontab reads one field of a crontab line.
func (c *spread) readCrontab(f field, part cursor) error {
	r := crontabReader{cursor: part, f: f, c: c}
	r.low, r.high = f.bounds()
	if f == weekday {
		r.high = 7
	}
	if r.spreads() {
		return r.share()
	}
	limit := part.end
	for from, more := part.pos, true; more; {
		from, more = r.item(from, limit)
		if err := r.expression(); err != nil {
			return err
		}
	}
	return nil
}

// crontabReader reads the items of one field. It counts weekdays from Sunday,
// which is 0 and 7.
type crontabReader struct {
	cursor
	f         field
	c         *spread
	low, high int
}

// expression reads what stands between two commas.
func (r *crontabReader) expression() error {
	start := r.pos
	switch {
	case r.rest() == "":
		return r.problem(start, "a value is missing; want %s", r.hint())
	case r.take('*'), r.days() && r.take('?'):
		return r.steps(r.low, r.whole())
	case r.f == dayOfMonth && isLetter(r.next()):
		return r.last(start)
	}
	first, err := r.value()
	if err != nil {
		return err
	}
	switch {
	case r.f == weekday && r.take('#'):
		return r.nth(first)
	case r.f == weekday && (r.take('L') || r.take('l')):
		r.c.nth |= 1 << (7*lastInMonth + fromSunday(first))
		return r.done()
	case r.take('-'):
		last, err := r.value()
		if err != nil {
			return err
		}
		return r.steps(first, last)
	case r.next() == '/':
		return r.steps(first, r.whole())
	}
	r.add(first)
	return r.done()
}

// last reads L, or "last" as APScheduler has it.
func (r *crontabReader) last(start int) error {
	if word := r.word(); word != "l" && word != "last" {
		return r.problem(start, "want %s", r.hint())
	}
	r.c.days |= lastDay
	return r.done()
}

func (r *crontabReader) days() bool { return r.f == dayOfMonth || r.f == weekday }

// whole is the last value that a star stands for.
func (r *crontabReader) whole() int {
	if r.f == weekday {
		return 6
	}
	return r.high
}

// steps adds first, first+step ... to last, over the end of the field if last
// is less than first.
func (r *crontabReader) steps(first, last int) error {
	step, err := r.step()
	if err != nil {
		return err
	}
	if last < first {
		size := r.whole() - r.low + 1
		if first == 7 && r.f == weekday {
			first = 0
		} else {
			last += size
		}
		for v := first; v <= last; v += step {
			r.add(r.low + (v-r.low)%size)
		}
		return r.done()
	}
	for v := first; v <= last; v += step {
		r.add(v)
	}
	return r.done()
}

// step reads /n, which is 1 when it is not there. Cron takes steps that lead
// beyond the field at once: only the first value is left then.
func (r *crontabReader) step() (int, error) {
	if !r.take('/') {
		return 1, nil
	}
	start := r.pos
	n, ok := r.number()
	if !ok || n == 0 {
		return 0, r.problem(start, "want a step of 1 or more, as in */5")
	}
	return n, nil
}

// nth reads what follows # in 5#2.
func (r *crontabReader) nth(weekdayFromSunday int) error {
	start := r.pos
	n, ok := r.number()
	if !ok || n < 1 || n > 5 {
		return r.problem(start, "want 1 to 5, the place of the weekday in its month")
	}
	r.c.nth |= 1 << (7*(n-1) + fromSunday(weekdayFromSunday))
	return r.done()
}

func (r *crontabReader) add(value int) {
	if r.f == weekday {
		value = fromSunday(value)
	}
	r.c.add(r.f, value)
}

// fromSunday turns a weekday counted from Sunday into one from Monday.
func fromSunday(w int) int { return (w + 6) % 7 }

// value reads a number or a name.
func (r *crontabReader) value() (int, error) {
	start := r.pos
	if n, ok := r.number(); ok {
		if n < r.low || n > r.high {
			return 0, r.problem(start, "%s is out of range; want %s", r.text[start:r.pos], r.hint())
		}
		return n, nil
	}
	if r.f == month || r.f == weekday {
		if n, ok := r.f.named(r.name()); ok {
			if r.f == weekday {
				n = (n + 1) % 7
			}
			return n, nil
		}
	}
	return 0, r.problem(start, "want %s%s", r.hint(), r.f.meant(r.text[start:r.pos]))
}

// name reads three letters: more of them can follow only as L does.
func (r *crontabReader) name() string {
	from := r.pos
	name := r.word()
	if r.f == weekday && len(name) == 4 && name[3] == 'l' {
		r.pos = from + 3
		return name[:3]
	}
	return name
}

func (r *crontabReader) hint() string {
	switch r.f {
	case minute:
		return "a minute, 0 to 59, a range such as 0-30, * or */15"
	case hour:
		return "an hour, 0 to 23, a range such as 8-17, * or */2"
	case dayOfMonth:
		return "a day of the month, 1 to 31, L for the last, a range such as 1-7, or *"
	case month:
		return "a month, 1 to 12 or jan to dec, a range such as jan-mar, or *"
	}
	return "a weekday, 0 to 7 (0 and 7 are Sunday) or sun to sat, a range such as mon-fri, or *"
}

// done says that nothing may follow.
func (r *crontabReader) done() error {
	if r.pos < r.end && r.next() == ':' {
		return r.problem(r.pos, "a time of day is given as minute and hour, as in 30 9 * * * for 9:30")
	}
	if r.pos < r.end {
		return r.problem(r.pos, "%q is not understood; want %s", r.rest(), r.hint())
	}
	return nil
}
