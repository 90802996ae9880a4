// Package ini reads the INI dialect of Python's RawConfigParser (strict off,
// inline comments on, no interpolation), as Supervisor uses it, and keeps
// for every value the file and line it came from. It knows no option.
//
// The dialect, as read off Python's behaviour: "[name]" opens a section and
// what follows the last "]" is ignored; "key = value" and "key : value" are
// split at the first "=" or ":"; keys are lower-cased; a line that is indented
// more than its key continues the value; "#" and ";" start a comment at the
// start of a line or after white space, inside quotes too; keys of [DEFAULT]
// stand in every section; a section or key that comes again is merged, and
// the last value wins.
//
// Two things are kinder than Python: a UTF-8 byte order mark is skipped, with
// a Remark, and all faults of a file are collected instead of the first.
package ini

import (
	"slices"
	"strings"
)

// DefaultSection is the section whose keys stand in every other one.
const DefaultSection = "DEFAULT"

// Set is the union of all files read into it. The zero value is empty and
// ready. A Set is not safe for concurrent use.
type Set struct {
	sections []*Section
	byName   map[string]*Section
	defaults Section
	remarks  []Remark
}

// Section is one section, merged from all places that open it.
type Section struct {
	Name     string
	File     string // the file that opened it first
	Line     int
	Own      []*Value       // in order of first appearance, without those of [DEFAULT]
	byKey    map[string]int // places in Own; nil while there are few
	defaults *Section
}

// fewKeys is how many keys are found faster by looking at each.
const fewKeys = 16

// Value is the value of one key with the place it was set last.
type Value struct {
	Key  string
	Text string // lines of a continued value are joined with "\n"
	File string
	Line int
	// Commented: a comment behind the text was left out, on any of its lines.
	// It may have been meant as part of the text.
	Commented bool
}

// Sections returns all sections but [DEFAULT] in order of first appearance.
func (s *Set) Sections() []*Section { return s.sections }

// Section returns the section of that name, nil when there is none.
func (s *Set) Section(name string) *Section { return s.byName[name] }

// Remarks returns what is odd about the files but no fault, in order.
func (s *Set) Remarks() []Remark { return s.remarks }

// Get returns the value of a key, its own or that of [DEFAULT]; nil when
// neither has it.
func (s *Section) Get(key string) *Value {
	if at := s.place(key); at >= 0 {
		return s.Own[at]
	}
	if s.defaults != nil {
		return s.defaults.Get(key)
	}
	return nil
}

// place is where in Own the key stands, -1 when it does not.
func (s *Section) place(key string) int {
	if s.byKey == nil {
		return slices.IndexFunc(s.Own, func(v *Value) bool { return v.Key == key })
	}
	if at, ok := s.byKey[key]; ok {
		return at
	}
	return -1
}

// Values returns the values of the section followed by those of [DEFAULT]
// that it does not set itself.
func (s *Section) Values() []*Value {
	if s.defaults == nil || len(s.defaults.Own) == 0 {
		return s.Own
	}
	all := append([]*Value(nil), s.Own...)
	for _, v := range s.defaults.Own {
		if s.place(v.Key) < 0 {
			all = append(all, v)
		}
	}
	return all
}

// ReplaceAll replaces text in the values of every section read so far. A
// value of [DEFAULT] that has it becomes the section's own, so a section that
// a later file opens still sees the old text
// (as UnhosedConfigParser.expand_here).
func (s *Set) ReplaceAll(old, new string) {
	for _, section := range s.sections {
		for _, v := range section.Values() {
			if !strings.Contains(v.Text, old) {
				continue
			}
			changed := *v
			changed.Text = strings.ReplaceAll(v.Text, old, new)
			section.set(&changed)
		}
	}
}

// set adds v or puts it in the place of the value with its key.
func (s *Section) set(v *Value) {
	if at := s.place(v.Key); at >= 0 {
		s.Own[at] = v
		return
	}
	s.Own = append(s.Own, v)
	switch {
	case s.byKey != nil:
		s.byKey[v.Key] = len(s.Own) - 1
	case len(s.Own) > fewKeys:
		s.byKey = make(map[string]int)
		for at, v := range s.Own {
			s.byKey[v.Key] = at
		}
	}
}

// open returns the section of that name, made when it is new.
func (s *Set) open(name, file string, line int) *Section {
	if section := s.byName[name]; section != nil {
		return section
	}
	if name == DefaultSection {
		if s.defaults.Name == "" {
			s.defaults = Section{Name: name, File: file, Line: line}
		}
		return &s.defaults
	}
	if s.byName == nil {
		s.byName = make(map[string]*Section)
	}
	section := &Section{Name: name, File: file, Line: line, defaults: &s.defaults}
	s.byName[name] = section
	s.sections = append(s.sections, section)
	return section
}
