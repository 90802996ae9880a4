package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
)

// JobOption is an option of a job and its value, as somebody wrote them.
type JobOption struct{ Key, Value string }

// OptionHelp is what the docs say of an option of [job:x].
type OptionHelp struct {
	Key, Help, Default, Sample string
}

// JobOptionHelp has the options of [job:x] in the order of the docs.
func JobOptionHelp() []OptionHelp {
	var help []OptionHelp
	for _, o := range jobOptions() {
		help = append(help, OptionHelp{Key: o.key, Help: o.help, Default: cmp.Or(o.shown, o.value), Sample: o.sample})
	}
	return help
}

// jobWords is what the options of a job are understood by, besides the Config.
type jobWords struct {
	source
	set       *ini.Set
	scheduler *ini.Section
	common    values
}

// ParseJob reads a job that stands in no file: the options that a section
// [job:id] would have, with the defaults of this configuration. Values count as
// they are: a percent sign stands for itself, and nothing begins a comment. The
// error is an Errors. c must have a Scheduler; it is not changed, so ParseJob may be
// called concurrently.
func (c *Config) ParseJob(id string, options []JobOption) (Job, error) {
	words := c.Scheduler.words
	l := words.loader(c.Path)
	l.set = words.set
	l.config = &Config{Path: c.Path, Daemon: c.Daemon, ServerURL: c.ServerURL, Groups: c.Groups, Scheduler: c.Scheduler}
	section := &ini.Section{Name: jobPrefix + id}
	table := tableOf(l.tables, section.Name)
	l.jobID(section, id)
	for _, o := range options {
		key := strings.ToLower(o.Key)
		if table.option(key) == nil {
			l.unknownOption(section, table, key)
			continue
		}
		if section.Get(key) != nil {
			l.addFault(&Error{Section: section.Name, Key: key, Err: errors.New("it is given twice"), Hint: "give it once"})
			continue
		}
		section.Own = append(section.Own, &ini.Value{Key: key, Text: strings.ReplaceAll(o.Value, "%", "%%")})
	}
	r := newJobReader(l, words.scheduler, words.common)
	j := r.job(section, id)
	if len(l.faults) > 0 {
		return Job{}, l.faults
	}
	return j, nil
}

// jobID refuses what could not stand in a file.
func (l *loader) jobID(section *ini.Section, id string) {
	if id == "" || strings.ContainsAny(id, ":/]\x00\r\n") || strings.TrimSpace(id) != id {
		l.addFault(&Error{Section: section.Name, Err: fmt.Errorf("%s cannot be the id of a job", ini.Repr(shorten(id))),
			Hint: "use any text without : / ] and line ends, and without blanks around it"})
	}
}

func (l *loader) unknownOption(section *ini.Section, table *table, key string) {
	known := make([]string, len(table.options))
	for i, o := range table.options {
		known[i] = o.key
	}
	hint := "see the options of [job:x] in docs/configuration.md"
	if near := nearest(key, known); near != "" {
		hint = "did you mean " + near + "?"
	} else if slices.Contains(keepsRunning(), key) {
		hint = "it is about keeping a program running"
	}
	l.addFault(&Error{Section: section.Name, Key: key, Err: errors.New("a job has no such option"), Hint: hint})
}
