package ctl

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// States of a process that status cares about, as Supervisor numbers them.
const (
	stateStopped = 0
	stateRunning = 20
	stateExited  = 100
	stateFatal   = 200
	stateUnknown = 1000
)

// narrowest is the least width of the name column, without the gap after it.
const narrowest, gap = 30, 3

func (s *session) status(ctx context.Context, arg string) error {
	ok, err := s.up(ctx)
	if err != nil {
		return err
	}
	if !ok {
		s.code = exitStatusUnknown
		return nil
	}
	all, err := s.processes(ctx)
	if err != nil {
		return err
	}
	words := strings.Fields(arg)
	if len(words) > 0 && !slices.Contains(words, "all") {
		all = s.pick(all, words)
	}
	s.showStatus(all)
	for _, p := range all {
		switch p.State {
		case stateStopped, stateExited, stateFatal, stateUnknown:
			s.code = exitStatusStopped
		}
	}
	return nil
}

// pick lists what the words name, patterns too, in their order, and complains about those
// that name nothing.
func (s *session) pick(all []client.ProcessInfo, words []string) []client.ProcessInfo {
	var picked []client.ProcessInfo
	for _, word := range words {
		if isPattern(word) && !exists(all, word) {
			found := matching(all, word)
			if len(found) == 0 {
				s.matchesNothing(word, exitStatusUnknown)
			}
			picked = append(picked, found...)
			continue
		}
		want, before := split(word), len(picked)
		for _, p := range all {
			if p.Group == want.group && (want.whole || p.Name == want.process) {
				picked = append(picked, p)
			}
		}
		if len(picked) > before {
			continue
		}
		if want.whole {
			s.printf("%s: ERROR (no such group)\n", want.group)
		} else {
			s.printf("%s: ERROR (no such process)\n", word)
		}
		s.code = exitStatusUnknown
	}
	return picked
}

func (s *session) showStatus(list []client.ProcessInfo) {
	width := narrowest
	for _, p := range list {
		width = max(width, utf8.RuneCountInString(namespec(p.Group, p.Name)))
	}
	for _, p := range list {
		s.printf("%-*s%-10s%s\n", width+gap, namespec(p.Group, p.Name), p.StateName, p.Description)
	}
}
