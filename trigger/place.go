package trigger

import (
	"fmt"
	"slices"
	"strings"
)

// spec is what all forms of a trigger are read into.
type spec struct {
	source
	kind    string
	options []given
	parts   []spec // of and, or
}

// source is where the form of a trigger stands, so that errors can point into
// it. One that is given as options has none.
type source struct {
	key, text  string // the option whose value text is; "" if text stands alone
	begin, end int    // of the trigger in text; end is its closing bracket
}

// given is an option with the place of its name in the source; the place is
// negative for one that is given as such.
type given struct {
	Option
	at int
}

// missing is the error that something must be added to the trigger.
func (b *builder) missing(problem string) error {
	if b.text != "" {
		return keyed(b.key, problemAt(b.text, b.end, "%s", problem))
	}
	all := make([]Option, 0, len(b.options)+1)
	all = append(all, Option{"trigger", b.kind})
	for _, o := range b.options {
		all = append(all, o.Option)
	}
	text := optionsText(all)
	return problemAt(text, len(text), "%s", problem)
}

func optionsText(options []Option) string {
	all := make([]string, len(options))
	for i, o := range options {
		all[i] = o.Key + "=" + o.Value
	}
	return strings.Join(all, " ")
}

// misplaced is the error that an option, by its name, is wrong.
func (b *builder) misplaced(o given, problem string) error {
	if o.at < 0 {
		return problemAt(o.Key+"="+o.Value, 0, "%s", problem)
	}
	return keyed(b.key, problemAt(b.text, o.at, "%s", problem))
}

// unknown complains about an option that the kind does not take.
func (b *builder) unknown() error {
	known := Options(b.kind)
	for _, o := range b.options {
		if slices.Contains(known, o.Key) {
			continue
		}
		if o.Key == "trigger" && o.at < 0 {
			return b.misplaced(o, "trigger is given twice")
		}
		return b.misplaced(o, fmt.Sprintf("trigger %s has no option %s%s", b.kind, o.Key, b.instead(o, known)))
	}
	return nil
}

// instead says what would be right instead of an unknown option.
func (b *builder) instead(o given, known []string) string {
	near := alias(o.Key)
	if !slices.Contains(known, near) {
		near = nearest(o.Key, known)
	}
	if near != "" && near == bareKey(b.kind) && o.at >= 0 && b.text[b.end] == ']' {
		return "; its value stands without a name, as in " + bareExample(b.kind)
	}
	if near != "" {
		return "; did you mean " + near + "?"
	}
	text := "; it takes " + strings.Join(known, ", ")
	if others := kindsWith(o.Key); len(others) > 0 {
		text += " (" + o.Key + " is an option of " + series(others) + ")"
	}
	return text
}

// alias is an option under a name that others give it, "" for other words.
func alias(word string) string {
	switch strings.ToLower(word) {
	case "dow", "weekday", "weekdays":
		return "day_of_week"
	case "dom", "day_of_month", "monthday":
		return "day"
	case "tz", "zone":
		return "timezone"
	case "start", "from", "begin":
		return "start_date"
	case "end", "until", "to":
		return "end_date"
	case "date", "at", "time", "when":
		return "run_date"
	case "expr", "line":
		return "crontab"
	}
	return ""
}

func bareExample(kind string) string {
	switch kind {
	case "date":
		return "date[2030-01-31T12:00:00Z]"
	case "interval":
		return "interval[0:05:00]"
	}
	return "crontab['0 9 * * *']"
}

// kindsWith are the kinds that have an option of their own.
func kindsWith(option string) (all []string) {
	for _, kind := range kinds() {
		if own, _ := ownOptions(kind); slices.Contains(own, option) {
			all = append(all, kind)
		}
	}
	return all
}

// repeated complains about an option that is there twice: nobody asked for
// the second.
func (b *builder) repeated() error {
	for i, o := range b.options {
		if b.used&(1<<i) == 0 {
			return b.misplaced(o, o.Key+" is given twice")
		}
	}
	return nil
}

// withoutKind is the error of options that do not say which kind is meant.
func withoutKind(all []Option) error {
	text := optionsText(all)
	for at, o := range all {
		near := nearest(o.Key, []string{"trigger", "triggers", "crontab"})
		if a := alias(o.Key); a == "crontab" {
			near = a
		}
		if near != "" && near != o.Key {
			before := optionsText(all[:at])
			if at > 0 {
				before += " "
			}
			return problemAt(text, len(before), "trigger= is missing; did you mean %s instead of %s?", near, o.Key)
		}
	}
	hint := kindList()
	if len(all) > 0 {
		if with := kindsWith(all[0].Key); len(with) > 0 {
			hint = all[0].Key + " is an option of " + series(with)
		}
	}
	return problemAt(text, 0, "trigger= is missing: %s; or give crontab=LINE", hint)
}

// noKind is the error of a name that is no kind of trigger.
func noKind(name string) string {
	if near := nearest(name, kinds()); near != "" {
		return "there is no trigger " + name + "; did you mean " + near + "?"
	}
	return "a trigger is expected here, " + kindList()
}
