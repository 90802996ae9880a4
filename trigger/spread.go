package trigger

import (
	"strings"
	"time"
)

// spread is a crontab with H or ~.
type spread struct {
	cron
	width [numFields]uint8 // over how many values of a field jobs are spread
}

// Delay moves the slot on by the share of key in each field with H or ~, as
// the clocks on the wall show it.
func (c *spread) Delay(slot time.Time, key string) time.Duration {
	units := [numFields]int64{dayOfMonth: day, weekday: day, hour: 3600, minute: 60}
	shift := int64(0)
	for f, n := range c.width {
		if n > 0 {
			shift += int64(hash(key, int64(f))%uint64(n)) * units[f]
		}
	}
	at := slot.Unix()
	shifted := c.zone.instant(c.zone.wallAt(at) + wall(shift))
	if shifted < at { // the first time of a repeated hour, seen from the second
		shifted = at + shift
	}
	return time.Duration(shifted-at) * time.Second
}

// spreads: the field has H or ~ and so gets another value for each job.
func (r *crontabReader) spreads() bool {
	text := r.rest()
	return text[0] == 'H' || text[0] == 'h' || strings.IndexByte(text, '~') >= 0
}

// share reads a field that is H, H(a-b), H/n, H(a-b)/n, ~, a~, ~b or a~b.
func (r *crontabReader) share() error {
	first, last := r.low, r.whole()
	var err error
	if r.take('H') || r.take('h') {
		if r.f == dayOfMonth {
			last = 28 // each month has it
		}
		if r.take('(') {
			first, last, err = r.parentheses()
		}
	} else {
		first, last, err = r.tilde()
	}
	if err != nil {
		return err
	}
	if r.f == month {
		return r.problem(r.pos, "H and ~ can stand for a minute, an hour and a day, but not for a month")
	}
	if last < first {
		return r.problem(r.pos, "the range goes from the lower to the higher value")
	}
	step, err := r.shareStep(first, last)
	if err != nil {
		return err
	}
	base := first
	for ; base+step <= last; base += step {
		r.add(base)
	}
	r.add(base)
	r.c.width[r.f] = uint8(min(step, last-base+1))
	return nil
}

// shareStep reads what follows; without a step there is one value only.
func (r *crontabReader) shareStep(first, last int) (int, error) {
	if r.next() == ',' {
		return 0, r.problem(r.pos, "H and ~ stand alone in their field")
	}
	step := last - first + 1
	if r.next() == '/' {
		n, err := r.step()
		if err != nil {
			return 0, err
		}
		step = min(n, step)
	}
	return step, r.done()
}

// parentheses reads the rest of H(a-b).
func (r *crontabReader) parentheses() (first, last int, err error) {
	if first, err = r.value(); err != nil {
		return 0, 0, err
	}
	if !r.take('-') {
		return 0, 0, r.problem(r.pos, "want a range in the parentheses, as in H(0-5)")
	}
	if last, err = r.value(); err != nil {
		return 0, 0, err
	}
	if !r.take(')') {
		return 0, 0, r.problem(r.pos, "want a closing parenthesis, as in H(0-5)")
	}
	return first, last, nil
}

// tilde reads a~b, where either can be left out.
func (r *crontabReader) tilde() (first, last int, err error) {
	first, last = r.low, r.whole()
	if r.next() != '~' {
		if first, err = r.value(); err != nil {
			return 0, 0, err
		}
	}
	if !r.take('~') {
		return 0, 0, r.problem(r.pos, "want one range such as 0~30, which stands alone in its field")
	}
	if r.pos < r.end && r.next() != '/' {
		last, err = r.value()
	}
	return first, last, err
}
