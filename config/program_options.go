package config

import (
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// ProgramOption is an option of a program and its value, as a file would say it.
type ProgramOption struct{ Key, Value string }

// source is what the files were read with.
type source struct {
	host Host
	here string
	env  map[string]string
}

// source is what l reads files with.
func (l *loader) source() source { return source{host: l.asked, here: l.here, env: l.env} }

// loader reads for the configuration of path what stands in no file.
func (s source) loader(path string) *loader {
	l := newLoader(path, s.host)
	l.here, l.env = s.here, s.env
	return l
}

// ParseProgram reads a program that stands in no file: the options that a
// section [program:name] would have, percent signs included; only what a file
// takes for a comment is text here. A later option of the same key counts. The
// processes are for the group of the given name. Notes are what cannot be
// meant; the error is an Errors, whose first line is the original's. c is
// not changed, so ParseProgram may be called concurrently.
func (c *Config) ParseProgram(group, name string, options []ProgramOption) (programs []supervise.Program, notes []*Error, err error) {
	l := c.source.loader(c.Path)
	section := &ini.Section{Name: programPrefix + name, File: c.Path}
	for _, o := range options {
		key := strings.ToLower(o.Key)
		if v := section.Get(key); v != nil {
			v.Text = o.Value
			continue
		}
		section.Own = append(section.Own, &ini.Value{Key: key, Text: o.Value, File: c.Path})
	}
	table := tableOf(l.tables, section.Name)
	programs = l.programs(section, table, group)
	if len(l.faults) > 0 {
		placeless(l.faults)
		return nil, nil, l.faults
	}
	for _, v := range section.Own {
		l.lintValue(section, table, v)
	}
	if len(programs) > 0 {
		l.lintCommand(section, programs[0])
	}
	c.complete(programs)
	read := Config{Warnings: l.warnings, Notes: l.notes}
	notes = read.Remarks()
	placeless(notes)
	return programs, notes, nil
}

// placeless takes the file, in which there is no such section, out of what is told.
func placeless(all []*Error) {
	for _, e := range all {
		e.File = ""
	}
}
