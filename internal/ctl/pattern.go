package ctl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/config"
)

// isPattern tells whether a word that names processes has wildcards, besides
// that of "group:*".
func isPattern(word string) bool {
	if group, whole := strings.CutSuffix(word, ":*"); whole {
		return config.IsGlob(group)
	}
	return config.IsGlob(word)
}

// ofGroups tells whether a pattern stands for whole groups, as "web-*:*" does.
func ofGroups(pattern string) bool { return split(pattern).whole }

// names knows the processes of the daemon, which it asks for when the first
// pattern comes.
type names struct {
	session *session
	all     []client.ProcessInfo
	asked   bool
}

// expand returns what a word stands for: itself, or, when it is a pattern and
// nothing is called so, the names that match it, by group and process; whole
// groups as "group:*" if a pattern stands for such and groups is set. It is
// empty when nothing matches.
func (n *names) expand(ctx context.Context, word string, groups bool) ([]string, error) {
	if !isPattern(word) {
		return []string{word}, nil
	}
	if !n.asked {
		all, err := n.session.processes(ctx)
		if err != nil {
			return nil, err
		}
		n.all, n.asked = all, true
	}
	if exists(n.all, word) {
		return []string{word}, nil
	}
	var found []string
	for _, p := range matching(n.all, word) {
		name := namespec(p.Group, p.Name)
		if groups && ofGroups(word) {
			name = p.Group + ":*"
		}
		if !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found, nil
}

// exists tells whether a process or group is called exactly so.
func exists(all []client.ProcessInfo, word string) bool {
	want := split(word)
	bare := !strings.Contains(word, ":")
	return slices.ContainsFunc(all, func(p client.ProcessInfo) bool {
		return p.Group == want.group && (want.whole || bare || p.Name == want.process)
	})
}

// matching are the processes whose names match a pattern: with a colon in it
// group and process each match their part of it, without one the name as
// status shows it does.
func matching(all []client.ProcessInfo, pattern string) []client.ProcessInfo {
	matches := func(p client.ProcessInfo) bool { return config.MatchGlob(pattern, namespec(p.Group, p.Name)) }
	if group, process, parts := strings.Cut(pattern, ":"); parts {
		if process == "" {
			process = "*"
		}
		matches = func(p client.ProcessInfo) bool {
			return config.MatchGlob(group, p.Group) && config.MatchGlob(process, p.Name)
		}
	}
	var found []client.ProcessInfo
	for _, p := range all {
		if matches(p) {
			found = append(found, p)
		}
	}
	return found
}

// matchesNothing tells the user so.
func (s *session) matchesNothing(pattern string, code int) {
	s.printf("%s: ERROR (no process matches)\n", pattern)
	s.code = code
}

// one is the name that a command goes on with which takes a single one; if
// there is none, the user has been told.
func (s *session) one(ctx context.Context, word string) (name string, ok bool, err error) {
	known := names{session: s}
	found, err := known.expand(ctx, word, false)
	switch {
	case err != nil:
		return "", false, err
	case len(found) == 0:
		s.matchesNothing(word, exitGeneric)
		return "", false, nil
	case len(found) > 1:
		return "", false, s.fail(fmt.Sprintf("%s: ERROR (%d processes match, name one of them: %s)", word, len(found), few(found)))
	}
	return found[0], true, nil
}

// few lists names, the first of them if there are many.
func few(list []string) string {
	const most = 5
	if len(list) > most {
		return strings.Join(list[:most], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}

// isGroupPattern tells whether one of the words that name groups may be a pattern.
func isGroupPattern(words []string) bool { return slices.ContainsFunc(words, config.IsGlob) }

// expandGroups puts the names of groups in the place of patterns that match
// any, unless one is called exactly so.
func expandGroups(words, known []string) []string {
	var found []string
	for _, word := range words {
		matches := []string{word}
		if config.IsGlob(word) && !slices.Contains(known, word) {
			matches = slices.DeleteFunc(slices.Clone(known), func(name string) bool { return !config.MatchGlob(word, name) })
		}
		if len(matches) == 0 {
			matches = []string{word} // which the daemon does not know
		}
		for _, name := range matches {
			if name == word || !slices.Contains(found, name) { // a name is typed twice on purpose
				found = append(found, name)
			}
		}
	}
	return found
}

// groupNames are the groups of processes, each once.
func groupNames(all []client.ProcessInfo) []string {
	var groups []string
	for _, p := range all {
		if !slices.Contains(groups, p.Group) {
			groups = append(groups, p.Group)
		}
	}
	return groups
}
