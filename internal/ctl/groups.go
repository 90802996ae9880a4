package ctl

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
)

func (s *session) add(ctx context.Context, arg string) error {
	words, err := s.groupsToAdd(ctx, strings.Fields(arg))
	if err != nil {
		return err
	}
	for _, name := range words {
		_, err := s.call(ctx, "addProcessGroup", name)
		switch faultCode(err) {
		case client.ShutdownState:
			err = s.fail("ERROR: shutting down")
		case client.AlreadyAdded:
			s.println("ERROR: process group already active")
			err = nil
		case client.BadName:
			err = s.fail("ERROR: no such process/group: " + name)
		default:
			if err == nil {
				s.printf("%s: added %s\n", name, noun(name))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// groupsToAdd puts groups that the files declare, and that do not run, in the
// place of patterns.
func (s *session) groupsToAdd(ctx context.Context, words []string) ([]string, error) {
	if !isGroupPattern(words) {
		return words, nil
	}
	list, err := s.configs(ctx)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, c := range list {
		if group := fmt.Sprint(member(c, "group")); !truth(c, "inuse") && !slices.Contains(known, group) {
			known = append(known, group)
		}
	}
	slices.Sort(known)
	return expandGroups(words, known), nil
}

// groupsThatRun puts groups that run, or are among more, in the place of patterns.
func (s *session) groupsThatRun(ctx context.Context, words []string, more ...string) ([]string, error) {
	if !isGroupPattern(words) {
		return words, nil
	}
	all, err := s.processes(ctx)
	if err != nil {
		return nil, err
	}
	known := append(groupNames(all), more...)
	slices.Sort(known)
	return expandGroups(words, slices.Compact(known)), nil
}

func (s *session) remove(ctx context.Context, arg string) error {
	words, err := s.groupsThatRun(ctx, strings.Fields(arg))
	if err != nil {
		return err
	}
	for _, name := range words {
		_, err := s.call(ctx, "removeProcessGroup", name)
		switch faultCode(err) {
		case client.StillRunning:
			err = s.fail("ERROR: process/group still running: " + name)
		case client.BadName:
			err = s.fail("ERROR: no such process/group: " + name)
		default:
			if err == nil {
				s.printf("%s: removed %s\n", name, noun(name))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// changes are the names of groups that reloadConfig reports.
type changes struct{ added, changed, removed []string }

func (s *session) reloadConfig(ctx context.Context) (changes, error) {
	v, err := s.call(ctx, "reloadConfig")
	if err != nil {
		return changes{}, err
	}
	unexpected := fmt.Errorf("unexpected answer of reloadConfig: %v", v)
	outer, _ := v.([]any)
	if len(outer) != 1 {
		return changes{}, unexpected
	}
	inner, _ := outer[0].([]any)
	if len(inner) != 3 {
		return changes{}, unexpected
	}
	var lists [3][]string
	for i, v := range inner {
		names, _ := v.([]any)
		for _, name := range names {
			lists[i] = append(lists[i], fmt.Sprint(name))
		}
	}
	return changes{lists[0], lists[1], lists[2]}, nil
}

func (s *session) reread(ctx context.Context, arg string) error {
	if !s.noArguments("reread", arg) {
		return nil
	}
	c, err := s.reloadConfig(ctx)
	switch faultCode(err) {
	case client.ShutdownState:
		return s.fail("ERROR: supervisor shutting down")
	case client.CantReread:
		return s.fail("ERROR: " + faultString(err))
	}
	if err != nil {
		return err
	}
	kinds := map[string]string{} // of a group
	for _, name := range c.added {
		kinds[name] = "available"
	}
	for _, name := range c.changed {
		kinds[name] = "changed"
	}
	for _, name := range c.removed {
		kinds[name] = "disappeared"
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		s.printf("%s: %s\n", name, kinds[name])
	}
	if len(kinds) == 0 {
		s.println("No config updates to processes")
	}
	return nil
}

// faultString is the text of the fault in err, "" without one.
func faultString(err error) string {
	if f, ok := errors.AsType[*client.Fault](err); ok {
		return f.String
	}
	return ""
}

func (s *session) update(ctx context.Context, arg string) error {
	c, err := s.reloadConfig(ctx)
	if faultCode(err) == client.ShutdownState {
		return s.fail("ERROR: already shutting down")
	}
	if err != nil {
		return err
	}
	only := strings.Fields(arg)
	if slices.Contains(only, "all") {
		only = nil
	}
	if only, err = s.groupsThatRun(ctx, only, slices.Concat(c.added, c.changed, c.removed)...); err != nil {
		return err
	}
	if err := s.checkGroups(ctx, only, c); err != nil {
		return err
	}
	wanted := func(name string) bool { return len(only) == 0 || slices.Contains(only, name) }
	for _, step := range []struct {
		names []string
		do    func(context.Context, string) error
	}{{c.removed, s.drop}, {c.changed, s.replace}, {c.added, s.addGroup}} {
		for _, name := range step.names {
			if !wanted(name) {
				continue
			}
			if err := step.do(ctx, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkGroups complains about names that are no group, running or new, and no job.
func (s *session) checkGroups(ctx context.Context, names []string, c changes) error {
	if len(names) == 0 {
		return nil
	}
	all, err := s.processes(ctx)
	if err != nil {
		return err
	}
	known := slices.Clone(c.added)
	for _, p := range all {
		known = append(known, p.Group)
	}
	for i, name := range names {
		found := slices.Contains(known, name) || slices.Contains(names[:i], name)
		if !found && strings.HasPrefix(name, jobPrefix) {
			if found, err = s.knowsJob(ctx, name, c); err != nil {
				return err
			}
		}
		if !found {
			s.printf("ERROR: no such group: %s\n", name)
			s.code = exitGeneric
		}
	}
	return nil
}

// drop takes a group or a job out of force. A job need not be stopped: its runs go
// on to their end.
func (s *session) drop(ctx context.Context, name string) error {
	if !strings.HasPrefix(name, jobPrefix) {
		return s.dropGroup(ctx, name)
	}
	if _, err := s.call(ctx, "removeProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: removed job\n", name)
	return nil
}

// replace puts a group or a job into force as it is now. To add a job that is
// there changes it, so that its next run can stay.
func (s *session) replace(ctx context.Context, name string) error {
	if !strings.HasPrefix(name, jobPrefix) {
		return s.replaceGroup(ctx, name)
	}
	if _, err := s.call(ctx, "addProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: updated job\n", name)
	return nil
}

func (s *session) dropGroup(ctx context.Context, name string) error {
	results, err := s.results(ctx, "stopProcessGroup", name)
	if err != nil {
		return err
	}
	s.printf("%s: stopped\n", name)
	for _, r := range results {
		if r.Status == client.Failed {
			return s.fail(name + ": has problems; not removing")
		}
	}
	if _, err := s.call(ctx, "removeProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: removed %s\n", name, noun(name))
	return nil
}

func (s *session) replaceGroup(ctx context.Context, name string) error {
	if _, err := s.call(ctx, "stopProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: stopped\n", name)
	if _, err := s.call(ctx, "removeProcessGroup", name); err != nil {
		return err
	}
	if _, err := s.call(ctx, "addProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: updated %s\n", name, noun(name))
	return nil
}

func (s *session) addGroup(ctx context.Context, name string) error {
	if _, err := s.call(ctx, "addProcessGroup", name); err != nil {
		return err
	}
	s.printf("%s: added %s\n", name, noun(name))
	return nil
}

func (s *session) avail(ctx context.Context, arg string) error {
	if !s.noArguments("avail", arg) {
		return nil
	}
	list, err := s.configs(ctx)
	if faultCode(err) == client.ShutdownState {
		return s.fail("ERROR: supervisor shutting down")
	}
	if err != nil {
		return err
	}
	for _, info := range list {
		get := func(name string) string { return fmt.Sprint(member(info, name)) }
		use, start := "avail", "manual"
		if truth(info, "inuse") {
			use = "in use"
		}
		if truth(info, "autostart") {
			start = "auto"
		}
		s.printf("%-32s %-9s %-9s %s:%s\n", namespec(get("group"), get("name")), use, start,
			get("group_prio"), get("process_prio"))
	}
	return nil
}

// configs is what the files declare, a struct for each process.
func (s *session) configs(ctx context.Context) ([]client.Struct, error) {
	v, err := s.call(ctx, "getAllConfigInfo")
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, fmt.Errorf("unexpected answer of getAllConfigInfo: %T", v)
	}
	structs := make([]client.Struct, len(list))
	for i, v := range list {
		if structs[i], ok = v.(client.Struct); !ok {
			return nil, fmt.Errorf("unexpected answer of getAllConfigInfo: a list with %T", v)
		}
	}
	return structs, nil
}

func member(s client.Struct, name string) any {
	v, _ := s.Get(name)
	return v
}

// truth is Python's truth of a bool or an int.
func truth(s client.Struct, name string) bool {
	v, _ := s.Get(name)
	n, isInt := v.(int)
	b, isBool := v.(bool)
	return isInt && n != 0 || isBool && b
}
