package apscheduler

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// The modules of what cron triggers are made of.
const (
	fieldModule      = "apscheduler.triggers.cron.fields"
	expressionModule = "apscheduler.triggers.cron.expressions"
)

func cronFields() [8]string {
	return [8]string{"year", "month", "day", "week", "day_of_week", "hour", "minute", "second"}
}

// leastOf is what a field is that stands after all that are given.
func leastOf(field string) string {
	switch field {
	case "month", "day":
		return "1"
	case "hour", "minute", "second":
		return "0"
	}
	return "*"
}

// cron is due there at other times where clocks are changed, and forgets its
// start once it has run.
func (c *conversion) cron(d *pickle.Dict) (form, error) {
	f := form{kind: "cron"}
	if err := checkVersion(d, 2); err != nil {
		return f, err
	}
	if err := readFields(&f, d); err != nil {
		return f, err
	}
	start, err := c.around(&f, d)
	if err != nil {
		return f, err
	}
	tz, err := required[any](d, "timezone")
	if err != nil {
		return f, err
	}
	z, err := zoneOf(tz)
	if err != nil {
		return f, err
	}
	switch {
	case changes(z.Zone, c.Now):
		f.compat = "it keeps APScheduler's times where clocks are changed"
	case !c.next.IsZero() && c.next.Before(start):
		f.compat = "its next run is before its start, which is forgotten then"
	}
	return f, nil
}

// cronField is one of the eight, as text.
type cronField struct {
	text    string
	given   bool // by the user
	started bool // read
}

// readFields reads the list of fields. Those that were not given by the user are
// left out where that means the same.
func readFields(f *form, d *pickle.Dict) error {
	list, err := sequence(d, "fields")
	if err != nil {
		return err
	}
	var fields [8]cronField
	names := cronFields()
	last := -1 // the last that was given
	for _, v := range list {
		name, field, err := readField(v)
		if err != nil {
			return err
		}
		at := -1
		for i := range names {
			if names[i] == name {
				at = i
			}
		}
		if at < 0 || fields[at].started {
			return fmt.Errorf("there is a field %q, or twice", name)
		}
		fields[at] = field
		if field.given {
			last = max(last, at)
		}
	}
	for i, name := range names {
		if !fields[i].started {
			return fmt.Errorf("the field %s is missing", name)
		}
		implied := "*"
		if i > last && last >= 0 {
			implied = leastOf(name)
		}
		if fields[i].given || fields[i].text != implied {
			f.set(name, fields[i].text)
		}
	}
	return nil
}

func readField(v any) (name string, f cronField, err error) {
	d, _, err := partOf(v, fieldModule)
	if err != nil {
		return "", f, err
	}
	if name, err = required[string](d, "name"); err != nil {
		return "", f, err
	}
	implied, _, err := optional[bool](d, "is_default")
	if err != nil {
		return name, f, err
	}
	expressions, err := sequence(d, "expressions")
	if err != nil {
		return name, f, err
	}
	texts := make([]string, len(expressions))
	for i, e := range expressions {
		if texts[i], err = readExpression(e); err != nil {
			return name, f, fmt.Errorf("field %s: %w", name, err)
		}
	}
	return name, cronField{strings.Join(texts, ","), !implied, true}, nil
}

// partOf is the state of an object of a class of a module, and the class's name.
func partOf(v any, module string) (d *pickle.Dict, class string, err error) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return nil, "", fmt.Errorf("a part of it is of type %s", pickle.Kind(v))
	}
	g, ok := o.Class.(pickle.Global)
	if !ok || g.Module != module {
		return nil, "", fmt.Errorf("a part of it is of type %s, which is not known", pickle.Kind(v))
	}
	d, err = stateOf(o)
	return d, g.Name, err
}

func readExpression(v any) (string, error) {
	d, class, err := partOf(v, expressionModule)
	if err != nil {
		return "", err
	}
	switch class {
	case "AllExpression":
		return stepped("*", d)
	case "RangeExpression":
		return readRange(d, func(n int64) string { return strconv.FormatInt(n, 10) })
	case "MonthRangeExpression":
		return readRange(d, func(n int64) string { return pick(n-1, "jan feb mar apr may jun jul aug sep oct nov dec") })
	case "WeekdayRangeExpression":
		return readRange(d, func(n int64) string { return pick(n, weekdays) })
	case "WeekdayPositionExpression":
		place, err := required[int64](d, "option_num")
		if err != nil {
			return "", err
		}
		weekday, err := required[int64](d, "weekday")
		if err != nil {
			return "", err
		}
		return pick(place, "1st 2nd 3rd 4th 5th last") + " " + pick(weekday, weekdays), nil
	case "LastDayOfMonthExpression":
		return "last", nil
	}
	return "", fmt.Errorf("the expression %s is not known", class)
}

const weekdays = "mon tue wed thu fri sat sun"

// pick is a word of a list; a number that has none stays, and is refused as a
// value of the field.
func pick(n int64, words string) string {
	list := strings.Fields(words)
	if n < 0 || n >= int64(len(list)) {
		return strconv.FormatInt(n, 10)
	}
	return list[n]
}

// readRange reads a value, or a range; without a last value and with a step it
// goes to the end.
func readRange(d *pickle.Dict, name func(int64) string) (string, error) {
	first, err := required[int64](d, "first")
	if err != nil {
		return "", err
	}
	last, bounded, err := optional[int64](d, "last")
	if err != nil {
		return "", err
	}
	text := name(first)
	if bounded && last != first {
		text += "-" + name(last)
	} else if step, _ := d.Get("step"); bounded && step != nil {
		return text, nil // of one value no step is taken
	}
	return stepped(text, d)
}

func stepped(text string, d *pickle.Dict) (string, error) {
	step, ok, err := optional[int64](d, "step")
	if err != nil || !ok {
		return text, err
	}
	return text + "/" + strconv.FormatInt(step, 10), nil
}
