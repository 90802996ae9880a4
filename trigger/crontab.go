package trigger

import "strings"

// Crontab is due at the times of a line of a Unix crontab: minute, hour, day of
// month, month and day of week (0 and 7 are Sunday). If both day fields are
// restricted, that is, neither begins with a star, a date matches by either.
// Beside stars, lists, ranges, steps and three-letter names it knows @hourly,
// @daily, @weekly, @monthly, @yearly, ranges that wrap (22-2, fri-mon), L for
// the last day, 5L and 5#2 for the last and the second Friday of a month.
//
// H stands for a value that is another one for each job and always the same
// for one, as does a~b for a value between a and b: H(0-5) and 0~5 are the
// same, H/15 is each 15 minutes. Slots are as if it were the least such value;
// the rest is the trigger's Delay.
//
// Errors are of type *SyntaxError.
func Crontab(line string, options ...CronOption) (Trigger, error) {
	return newCrontab(line, cronSettings(options))
}

// crontabFields are the fields of a line, in order.
func crontabFields() [5]field { return [...]field{minute, hour, dayOfMonth, month, weekday} }

func newCrontab(line string, o cronOptions) (Trigger, error) {
	c := &spread{cron: *blankCron(o)}
	c.crontab, c.source = true, strings.TrimSpace(line)
	parts, err := splitLine(c.source, o.legacy)
	if err != nil {
		return nil, err
	}
	c.years, c.weeks, c.seconds = nil, allWeeks, 1
	for i, f := range crontabFields() {
		if o.legacy {
			err = c.readField(f, parts[i], true)
		} else {
			err = c.readCrontab(f, parts[i])
		}
		if err != nil {
			return nil, err
		}
		c.star = c.star || f >= hour && strings.IndexByte(parts[i].rest(), '*') >= 0
	}
	c.either = !o.legacy && !open(parts[2]) && !open(parts[4])
	if c.width[dayOfMonth] > 0 && !open(parts[4]) || c.width[weekday] > 0 && !open(parts[2]) {
		return nil, parts[4].problem(parts[4].pos, "H and ~ for a day need a star as the other day field")
	}
	if c.nth != 0 && open(parts[2]) {
		if parts[2].rest() != "*" && parts[2].rest() != "?" {
			return nil, parts[2].problem(parts[2].pos, "want * or days of the month beside # and L")
		}
		c.placesOnly()
	}
	c.settle()
	if c.width == [numFields]uint8{} {
		plain := c.cron // does not keep the widths alive
		return &plain, nil
	}
	return c, nil
}

// placesOnly makes dates match by weekday alone where some weekdays have a
// place in the month (5#2). The calendar keeps those with the days of month.
func (c *calendar) placesOnly() {
	c.days = 0
	if c.weekdays == 0 {
		c.weekdays = allWeekdays
	} else {
		c.either = true
	}
}

// open: a field does not restrict the date, as cron has always decided: by
// its first character.
func open(part cursor) bool { return part.next() == '*' || part.next() == '?' }

// splitLine finds the five fields of a line.
func splitLine(line string, legacy bool) (parts [5]cursor, err error) {
	s := whole("crontab", line)
	if s.next() == '@' && !legacy {
		fields, ok := shorthand(strings.ToLower(line))
		if !ok {
			return parts, noShorthand(line)
		}
		s = whole("crontab", fields)
	}
	if name, _, ok := strings.Cut(line, "="); ok && (name == "TZ" || name == "CRON_TZ") {
		return parts, s.problem(0, "the zone of a line is an option of its own, as in timezone=Europe/Berlin")
	}
	for i := range parts {
		if s.rest() == "" && i == 0 {
			return parts, s.problem(0, "a line is expected, such as 30 2 * * * (minute hour day month weekday) or @daily")
		}
		if s.rest() == "" {
			return parts, s.problem(s.pos, "want five fields, minute hour day month weekday, there are %d", i)
		}
		parts[i] = s
		for s.pos < s.end && !isBlank(s.next()) {
			s.pos++
		}
		parts[i].end = s.pos
		s.blanks()
	}
	if s.rest() != "" {
		return parts, s.problem(s.pos, "want only five fields, minute hour day month weekday (trigger cron knows seconds and years)")
	}
	return parts, nil
}

func shorthand(word string) (fields string, ok bool) {
	switch word {
	case "@hourly":
		return "0 * * * *", true
	case "@daily", "@midnight":
		return "0 0 * * *", true
	case "@weekly":
		return "0 0 * * 0", true
	case "@monthly":
		return "0 0 1 * *", true
	case "@yearly", "@annually":
		return "0 0 1 1 *", true
	}
	return "", false
}

// noShorthand says what is wrong with a line that begins with @.
func noShorthand(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	problem, at := "want @hourly, @daily, @weekly, @monthly or @yearly, or five fields", 0
	switch near := nearest(word, shorthands()); {
	case strings.EqualFold(word, "@reboot"):
		problem = "@reboot is no time; " + problem
	case strings.EqualFold(word, "@every"):
		problem = "intervals are another trigger: trigger=interval every=" + strings.TrimSpace(rest)
	case strings.EqualFold(word, near):
		problem, at = "nothing can follow "+word, len(word)
	case near != "":
		problem += "; did you mean " + near + "?"
	}
	return keyed("crontab", problemAt(line, at, "%s", problem))
}

func shorthands() []string {
	return []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}
}
