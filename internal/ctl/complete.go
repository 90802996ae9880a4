package ctl

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// delimiters end a word for completion: readline's own without ':', '*' and
// '-', which stand in names.
const delimiters = " \t\n`~!@#$%^&()=+[{]}\\|;'\",<>/?"

// wordStart is where the word that ends at pos begins. In a line about jobs only
// blanks end a word.
func wordStart(line string, pos int) int {
	if isJobLine(line[:pos]) {
		return strings.LastIndexAny(line[:pos], " \t\n") + 1
	}
	return strings.LastIndexAny(line[:pos], delimiters) + 1
}

// complete extends word as far as all candidates agree. When that is no
// further, choices are what could follow.
func (s *session) complete(line, word string) (extended string, choices []string) {
	all := s.candidates(line, word)
	if len(all) == 0 {
		return word, nil
	}
	common := all[0]
	for _, c := range all[1:] {
		for !strings.HasPrefix(c, common) {
			common = common[:len(common)-1]
		}
	}
	if len(all) == 1 || len(common) > len(word) {
		return common, nil
	}
	for i, c := range all {
		all[i] = strings.TrimSpace(c)
	}
	return word, all
}

// candidates are the words with a blank after them that may stand where word
// does. As Controller.complete.
func (s *session) candidates(line, word string) []string {
	words := strings.Fields(line)
	kind := commands
	if len(words) > 1 || len(words) == 1 && strings.HasSuffix(line, " ") {
		c, _ := s.lookup(words[0])
		kind = c.args
	}
	var all []string
	switch kind {
	case commands:
		all = append(all, "help")
		for _, c := range slices.Concat(s.table, jobTable()) {
			all = append(all, c.name)
		}
	case jobWords:
		return s.jobCandidates(line, word)
	case groups:
		for _, p := range s.knownProcesses() {
			all = append(all, p.Group)
		}
	case processes:
		all = s.processNames(strings.Contains(word, ":"))
	}
	var matching []string
	for _, name := range all {
		if strings.HasPrefix(name, word) && !slices.Contains(matching, name+" ") {
			matching = append(matching, name+" ")
		}
	}
	return matching
}

// processNames are bare names where they suffice, unless full are wanted.
func (s *session) processNames(full bool) []string {
	var names []string
	for _, p := range s.knownProcesses() {
		if full || p.Name != p.Group {
			names = append(names, p.Group+":"+p.Name, p.Group+":*")
		} else {
			names = append(names, p.Name)
		}
	}
	return names
}

// completionPatience bounds how long TAB may wait for the daemon.
const completionPatience = 5 * time.Second

// knownProcesses asks the daemon once after each command. Without an answer
// there is nothing to complete. It runs beside the session's own goroutine,
// which waits for the line, and so leaves alone all but known and client.
func (s *session) knownProcesses() []client.ProcessInfo {
	if s.known != nil {
		return s.known
	}
	c, err := s.connection()
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionPatience)
	defer cancel()
	list, err := c.AllProcesses(ctx)
	if err != nil {
		return nil
	}
	s.known = list
	return list
}
