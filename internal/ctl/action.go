package ctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// action is what start, stop, signal and clear have in common: one call for
// each word, and a line for each process.
type action struct {
	all, group, one string         // methods; without group, "g:*" is given to one
	params          []any          // after the name
	done            string         // the word for success
	faults          map[int]string // the words for what may go wrong
	verbatim        int            // the fault whose own text is shown
	harmless        int            // the fault that leaves the exit code alone
	noGroup         int            // exit code for a group that does not exist
}

func startAction() action {
	return action{
		all: "startAllProcesses", group: "startProcessGroup", one: "startProcess",
		done: "started",
		faults: map[int]string{
			client.BadName:             "no such process",
			client.NoFile:              "no such file",
			client.NotExecutable:       "file is not executable",
			client.AlreadyStarted:      "already started",
			client.SpawnError:          "spawn error",
			client.AbnormalTermination: "abnormal termination",
		},
		harmless: client.AlreadyStarted,
		noGroup:  exitInvalidArgs,
	}
}

func signalAction(name string) action {
	return action{
		all: "signalAllProcesses", group: "signalProcessGroup", one: "signalProcess",
		params: []any{name},
		done:   "signalled",
		faults: map[int]string{
			client.BadName:    "no such process",
			client.BadSignal:  "bad signal name",
			client.NotRunning: "not running",
		},
		verbatim: client.Failed,
		noGroup:  exitGeneric,
	}
}

func stopAction() action {
	a := signalAction("") // the original words both alike
	a.all, a.group, a.one, a.params = "stopAllProcesses", "stopProcessGroup", "stopProcess", nil
	a.done = "stopped"
	a.harmless = client.NotRunning
	return a
}

func clearAction() action {
	return action{
		all: "clearAllProcessLogs", one: "clearProcessLogs",
		done: "cleared",
		faults: map[int]string{
			client.BadName: "no such process",
			client.Failed:  "failed",
		},
	}
}

func (s *session) start(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	if len(words) == 0 {
		return s.refuse("start", "Error: start requires a process name", exitInvalidArgs)
	}
	return s.perform(ctx, startAction(), words)
}

func (s *session) stop(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	if len(words) == 0 {
		return s.refuse("stop", "Error: stop requires a process name", exitGeneric)
	}
	return s.perform(ctx, stopAction(), words)
}

func (s *session) restart(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	if arg == "" {
		return s.refuse("restart", "Error: restart requires a process name", exitGeneric)
	}
	arg, err := s.settle(ctx, arg)
	if arg == "" || err != nil {
		return err
	}
	if err := s.stop(ctx, arg); err != nil {
		return err
	}
	return s.start(ctx, arg)
}

// settle puts names in the place of patterns, once for both halves of a
// restart. Without patterns arg stays as it is.
func (s *session) settle(ctx context.Context, arg string) (string, error) {
	words := strings.Fields(arg)
	if slices.Contains(words, "all") || !slices.ContainsFunc(words, isPattern) {
		return arg, nil
	}
	known := names{session: s}
	var settled []string
	for _, word := range words {
		found, err := known.expand(ctx, word, true)
		if err != nil {
			return "", err
		}
		if len(found) == 0 {
			s.matchesNothing(word, startAction().unknown(word))
		}
		settled = append(settled, found...)
	}
	return strings.Join(settled, " "), nil
}

func (s *session) signal(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	if len(words) < 2 {
		return s.refuse("signal", "Error: signal requires a signal name and a process name", exitGeneric)
	}
	return s.perform(ctx, signalAction(words[0]), words[1:])
}

func (s *session) clear(ctx context.Context, arg string) error {
	if ok, err := s.up(ctx); !ok {
		return err
	}
	words := strings.Fields(arg)
	if len(words) == 0 {
		return s.refuse("clear", "Error: clear requires a process name", exitGeneric)
	}
	return s.perform(ctx, clearAction(), words)
}

// perform does a to what the words name, patterns too, in their order; "all" among them
// stands for every process, whatever the others are.
func (s *session) perform(ctx context.Context, a action, words []string) error {
	if slices.Contains(words, "all") {
		results, err := s.results(ctx, a.all, a.params...)
		if err != nil {
			return err
		}
		return s.report(a, results)
	}
	known := names{session: s}
	for _, word := range words {
		found, err := known.expand(ctx, word, a.group != "")
		if err != nil {
			return err
		}
		if len(found) == 0 {
			s.matchesNothing(word, a.unknown(word))
		}
		for _, name := range found {
			if err := s.performNamed(ctx, a, name); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknown is the exit code for a pattern that matches nothing: that for a
// name of its kind which nothing has.
func (a action) unknown(pattern string) int {
	if ofGroups(pattern) && a.group != "" {
		return a.noGroup
	}
	return exitGeneric
}

// performNamed does a to one process or one group.
func (s *session) performNamed(ctx context.Context, a action, word string) error {
	target := split(word)
	if target.whole && a.group != "" {
		return s.performGroup(ctx, a, target.group)
	}
	return s.performOne(ctx, a, word, target)
}

func (s *session) performGroup(ctx context.Context, a action, group string) error {
	results, err := s.results(ctx, a.group, slices.Concat([]any{group}, a.params)...)
	if faultCode(err) == client.BadName {
		s.printf("%s: ERROR (no such group)\n", group)
		s.code = a.noGroup
		return nil
	}
	if err != nil {
		return err
	}
	return s.report(a, results)
}

func (s *session) performOne(ctx context.Context, a action, word string, target spec) error {
	result := client.Result{Name: target.process, Group: target.group, Status: client.Success}
	if target.whole {
		result.Name = "None" // what Python shows for no name at all
	}
	_, err := s.call(ctx, a.one, slices.Concat([]any{word}, a.params)...)
	if fault, ok := errors.AsType[*client.Fault](err); ok && fault.Code != client.Forbidden {
		result.Status, result.Description = fault.Code, fault.String
	} else if err != nil {
		return err
	}
	return s.report(a, []client.Result{result})
}

// report prints a line for each result and lets it set the exit code.
func (s *session) report(a action, results []client.Result) error {
	for _, r := range results {
		name := namespec(r.Group, r.Name)
		words, known := a.faults[r.Status]
		switch {
		case r.Status == client.Success:
			s.printf("%s: %s\n", name, a.done)
		case known:
			s.printf("%s: ERROR (%s)\n", name, words)
		case r.Status == a.verbatim:
			s.println(r.Description)
		default:
			return &exception{"ValueError", fmt.Sprintf("Unknown result code %d for %s", r.Status, name)}
		}
		switch r.Status {
		case client.Success, a.harmless:
		case client.SpawnError, client.AbnormalTermination, client.NotRunning:
			s.code = exitNotRunning
		default:
			s.code = exitGeneric
		}
	}
	return nil
}
