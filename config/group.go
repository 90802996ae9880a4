package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

const (
	groupPrefix    = "group:"
	programPrefix  = "program:"
	listenerPrefix = "eventlistener:"
	fastCGIPrefix  = "fcgi-program:"
)

// groups reads all groups in the original's order of evaluation
// (process_groups_from_parser) and sorts them by priority and name.
func (l *loader) groups() {
	grouped := make(map[string]bool) // sections that a [group:x] lists
	l.each(groupPrefix, func(s *ini.Section) { l.group(s, grouped) })
	l.each(programPrefix, func(s *ini.Section) {
		if !grouped[s.Name] {
			l.program(s)
		}
	})
	l.each(listenerPrefix, l.listener)
	l.each(fastCGIPrefix, func(s *ini.Section) {
		if !grouped[s.Name] {
			l.fastCGI(s)
		}
	})
	slices.SortStableFunc(l.config.Groups, func(a, b supervise.GroupSpec) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Name, b.Name))
	})
}

func (l *loader) each(prefix string, read func(*ini.Section)) {
	for _, section := range l.set.Sections() {
		if strings.HasPrefix(section.Name, prefix) {
			read(section)
		}
	}
}

func (l *loader) addGroup(g supervise.GroupSpec) {
	l.config.Groups = append(l.config.Groups, g)
}

// group reads a [group:x] and the programs it lists.
func (l *loader) group(section *ini.Section, grouped map[string]bool) {
	name, ok := l.sectionName(section, false)
	if !ok {
		return
	}
	v := make(values)
	l.read(place{section: section, table: tableOf(l.tables, section.Name)}, atGroup, v)
	g := supervise.GroupSpec{Name: name, Priority: v.integer("priority")}
	// The original's faults name the section of the program before it (a slip
	// of its loop variable); its first line of text is kept so.
	shown := section.Name
	for _, program := range get[[]string](v, "programs") {
		member, err := l.member(shown, program)
		if err != nil {
			l.wrong(section, "programs", err, l.memberHint(program))
			continue
		}
		shown = member.Name
		grouped[member.Name] = true
		programs := l.programs(member, tableOf(l.tables, member.Name), name)
		if strings.HasPrefix(member.Name, fastCGIPrefix) {
			handSocket(programs, l.memberSocket(member))
		}
		g.Programs = append(g.Programs, programs...)
	}
	l.addGroup(g)
}

// member finds the section of a program that a group lists.
func (l *loader) member(shown, program string) (*ini.Section, error) {
	plain, fastCGI := l.set.Section(programPrefix+program), l.set.Section(fastCGIPrefix+program)
	switch {
	case plain == nil && fastCGI == nil:
		return nil, fmt.Errorf("[%s] names unknown program or fcgi-program %s", shown, program)
	case plain != nil && fastCGI != nil:
		return nil, fmt.Errorf("[%s] name %s is ambiguous (exists as program and fcgi-program)", shown, program)
	case plain != nil:
		return plain, nil
	}
	return fastCGI, nil
}

// memberHint tells what a group may have meant.
func (l *loader) memberHint(program string) string {
	var names []string
	for _, prefix := range []string{programPrefix, fastCGIPrefix} {
		l.each(prefix, func(s *ini.Section) { names = append(names, strings.TrimPrefix(s.Name, prefix)) })
	}
	if near := nearest(program, names); near != "" && near != program {
		return "did you mean " + near + "?"
	}
	return "list names of [program:x] sections with commas between, without a comma at the end"
}

// program reads a [program:x] that is a group of its own.
func (l *loader) program(section *ini.Section) {
	name, ok := l.sectionName(section, false)
	if !ok {
		return
	}
	p := place{section: section, table: tableOf(l.tables, section.Name)}
	v := make(values)
	l.read(p, atGroup, v)
	l.addGroup(supervise.GroupSpec{
		Name:     name,
		Priority: v.integer("priority"),
		Programs: l.programs(section, p.table, name),
	})
}
