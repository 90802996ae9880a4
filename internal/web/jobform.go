package web

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// jobForm is what the pages show on which a job is added or edited.
type jobForm struct {
	Absent   *absence // no scheduler; nil: there is one
	Was      service.Ref
	Revision string // of the job that is edited; "": a new one
	ID       string
	Work     string // command, func or program
	When     string // of triggers()
	More     string // options without a field, one a line
	Errors   []formError
	Preview  *service.Preview

	words  *runWords
	values map[string]string // by the name of the field
	wrong  map[string]string // why, by the name of the field
	help   map[string]string // samples, by option
}

// formError is what is wrong with a field, or with an option that has none.
type formError struct{ Field, Label, Text string }

// formField is a field, as the template shows it.
type formField struct {
	Name, ID, Key, Label, Value, Sample, Error string
	Long                                       bool
}

// PageTitle implements what frame asks for.
func (f *jobForm) PageTitle() string {
	if f.Edits() {
		return f.words.T("jobform.edit", f.Was.ID)
	}
	return f.words.T("jobform.title")
}

// Edits tells whether a job is changed, and not added.
func (f *jobForm) Edits() bool { return f.Revision != "" }

// Path is where the form leads when it is left.
func (f *jobForm) Path() string {
	if f.Edits() {
		return jobPath(f.Was.Store, f.Was.ID)
	}
	return "/jobs"
}

// choice is a kind of work or of trigger, and the options that count for it.
type choice struct {
	Name    string
	Options []string
}

// Works are the kinds of work; the option with its name says which one it is.
func (f *jobForm) Works() []choice {
	return []choice{
		{"command", []string{"command", "directory", "user", "environment"}},
		{"func", []string{"func", "args", "kwargs"}},
		{"program", []string{"program", "action"}},
	}
}

// Whens are the kinds of triggers. That of crontab is said by its option, the last
// one by the text, and the others by the option trigger.
func (f *jobForm) Whens() []choice {
	return []choice{
		{"crontab", []string{"crontab"}},
		{"interval", []string{"every"}},
		{"date", []string{"run_date"}},
		{"cron", []string{"month", "day", "day_of_week", "hour", "minute", "second", "week", "year"}},
		{"calendarinterval", []string{"years", "months", "weeks", "days", "hour", "minute", "second"}},
		{"text", []string{"trigger"}},
	}
}

// Bounds are the options of every trigger.
func (f *jobForm) Bounds() []string {
	return []string{"timezone", "start_date", "end_date", "splay", "jitter", "exclude", "only"}
}

// Policies are the options about what happens when things go wrong.
func (f *jobForm) Policies() []string {
	return []string{"timeout", "retries", "retry_delay", "misfire_grace_time", "max_instances", "overlap", "coalesce", "on_lost", "concurrency", "priority"}
}

// Places say where it is kept and carried out.
func (f *jobForm) Places() []string { return []string{"jobstore", "executor"} }

// fieldName is the name of the field of an option; those of a choice have it before
// them, since several choices have an hour.
func fieldName(choice, key string) string {
	if choice == "" {
		return "o." + key
	}
	return choice + "." + key
}

// Field is the field of an option.
func (f *jobForm) Field(choice, key string) formField {
	name := fieldName(choice, key)
	label := "option." + key
	return formField{
		Name: name, ID: "field-" + name, Key: key, Label: f.words.T(label), Value: f.values[name], Sample: f.help[key], Error: f.wrong[name],
		Long: slices.Contains([]string{"command", "environment", "args", "kwargs", "trigger", "exclude", "only", "crontab"}, key),
	}
}

func newJobForm(w *runWords) *jobForm {
	f := &jobForm{Work: "command", When: "crontab", words: w, values: map[string]string{}, wrong: map[string]string{}, help: map[string]string{}}
	for _, o := range config.JobOptionHelp() {
		f.help[o.Key] = o.Sample
	}
	return f
}

// fill takes what was sent.
func (f *jobForm) fill(form url.Values) {
	f.ID, f.Work, f.When, f.More = strings.TrimSpace(form.Get("id")), form.Get("work"), form.Get("when"), form.Get("more")
	f.Was, f.Revision = refOf(form.Get("was")), form.Get("revision")
	for name := range form {
		if strings.Contains(name, ".") {
			f.values[name] = strings.TrimSpace(form.Get(name))
		}
	}
}

// load takes the options of a job.
func (f *jobForm) load(options []config.JobOption) {
	given := map[string]string{}
	for _, o := range options {
		given[o.Key] = o.Value
	}
	for _, c := range f.Works() {
		if given[c.Name] != "" {
			f.Work = c.Name
		}
	}
	kind := given["trigger"]
	switch {
	case given["crontab"] != "":
		f.When = "crontab"
	case slices.ContainsFunc(f.Whens(), func(c choice) bool { return c.Name == kind && kind != "crontab" && kind != "text" }):
		f.When = kind
		delete(given, "trigger")
	default:
		f.When = "text"
	}
	for name, key := range f.fields() {
		if value, ok := given[key]; ok {
			f.values[name] = value
			delete(given, key)
		}
	}
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(given)) {
		lines = append(lines, key+" = "+strings.ReplaceAll(given[key], "\n", "\n "))
	}
	f.More = strings.Join(lines, "\n")
}

// fields are the fields that count, with the options that they are for.
func (f *jobForm) fields() map[string]string {
	fields := map[string]string{}
	add := func(choice string, keys []string) {
		for _, key := range keys {
			fields[fieldName(choice, key)] = key
		}
	}
	for _, c := range f.Works() {
		if c.Name == f.Work {
			add(c.Name, c.Options)
		}
	}
	for _, c := range f.Whens() {
		if c.Name == f.When {
			add(c.Name, c.Options)
		}
	}
	add("", []string{"name"})
	add("", f.Bounds())
	add("", f.Policies())
	add("", f.Places())
	return fields
}

// options are those that the form says.
func (f *jobForm) options() (options []config.JobOption) {
	fields := f.fields()
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if value := f.values[name]; value != "" {
			options = append(options, config.JobOption{Key: fields[name], Value: value})
		}
	}
	if f.When != "crontab" && f.When != "text" {
		options = append(options, config.JobOption{Key: "trigger", Value: f.When})
	}
	return append(options, moreOptions(f.More)...)
}

// moreOptions reads lines KEY = VALUE; one that begins with a blank goes on with
// the value before, as in a file.
func moreOptions(text string) (options []config.JobOption) {
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		line = strings.TrimSuffix(line, "\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if n := len(options); n > 0 && line[0] == ' ' {
			options[n-1].Value += "\n" + line[1:]
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		options = append(options, config.JobOption{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)})
	}
	return options
}

// saysWhen tells whether anything is said about when it is due.
func (f *jobForm) saysWhen() bool {
	return slices.ContainsFunc(f.Whens(), func(c choice) bool {
		return c.Name == f.When && slices.ContainsFunc(c.Options, func(key string) bool { return f.values[fieldName(c.Name, key)] != "" })
	})
}

// preview asks what the trigger would do, once there is one.
func (f *jobForm) preview(js *service.Jobs) {
	if !f.saysWhen() && f.More == "" {
		return
	}
	p, err := js.Preview(f.options(), time.Now(), nextTimes)
	if err != nil {
		f.fault(err)
		return
	}
	f.Preview = &p
}
