package ctl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/client"
	"github.com/watchkeeper-go/watchkeeper/internal/jobctl"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
)

// jobTable is the commands that Supervisor does not have: a second block of help,
// so that the first is that of the original. Each takes the words that watchkeeper
// takes after the same name.
func jobTable() []command {
	return []command{
		{"job", "job list\t\t\t\tList all jobs, with the next run of each\n" +
			"job show <job>\t\t\t\tShow a job, its options and its last runs\n" +
			"job add <job> <key>=<value> ...\t\tAdd a job\n" +
			"job edit <job> [<key>=<value> ...]\tChange options of a job; an empty value takes one away\n" +
			"job run <job> ... [--wait]\t\tRun jobs now\n" +
			"job pause <job> ...\t\t\tKeep jobs from being due until they are resumed\n" +
			"job resume <job> ...\t\t\tEnd the pause of jobs\n" +
			"job remove <job> ...\t\t\tRemove jobs\n" +
			"job export [<job> ...]\t\t\tWrite jobs as sections of a configuration file\n" +
			"job import <file> [--apply]\t\tAdd the jobs that stand in a file\n" +
			"job <command> --help\t\t\tTell all about a command", jobWords, (*session).job},
		{"run", "run list [<job>]\t\tList runs, the latest first\n" +
			"run show <run>\t\t\tShow a run and its attempts\n" +
			"run log [-f] <run>\t\tPrint what a run wrote\n" +
			"run cancel <run> ...\t\tEnd runs that wait or are under way\n" +
			"run <command> --help\t\tTell all about a command", jobWords, (*session).jobRun},
		{"scheduler", "scheduler status\t\t\tShow the scheduler, its stores, and all nodes that share them\n" +
			"scheduler pause\t\t\t\tBegin no more runs on this daemon\n" +
			"scheduler resume\t\t\tBegin runs again\n" +
			"scheduler shutdown [--no-wait]\t\tShut the scheduler down and leave programs alone", jobWords, (*session).scheduler},
	}
}

func (s *session) job(ctx context.Context, arg string) error    { return s.jobLine(ctx, "job", arg) }
func (s *session) jobRun(ctx context.Context, arg string) error { return s.jobLine(ctx, "run", arg) }
func (s *session) scheduler(ctx context.Context, arg string) error {
	return s.jobLine(ctx, "scheduler", arg)
}

// jobLine runs one line about jobs. Its exit codes are those of watchkeeper.
func (s *session) jobLine(ctx context.Context, name, arg string) error {
	words, err := shlex.Split(arg)
	if err != nil {
		s.code = exitInvalidArgs
		s.println("Error: " + err.Error())
		return nil
	}
	if len(words) == 0 {
		return s.help(ctx, name)
	}
	s.flush()
	err = jobctl.Run(ctx, s.jobEnv(), "", append([]string{name}, words...))
	exit, isExit := errors.AsType[jobctl.Exit](err)
	failure, isFailure := errors.AsType[*jobctl.Failure](err)
	switch {
	case err == nil:
	case isExit:
		s.code = int(exit)
	case isFailure && (s.env.Interactive && httpStatus(err) == http.StatusUnauthorized || ctx.Err() != nil):
		return failure.Err
	case isFailure:
		s.code = exitGeneric
		fmt.Fprintln(s.env.Stderr, "Error:", failure)
	default:
		s.code = exitInvalidArgs
		fmt.Fprintln(s.env.Stderr, "Error:", err)
	}
	return nil
}

func (s *session) jobEnv() jobctl.Env {
	return jobctl.Env{
		Stdin: s.env.Stdin, Stdout: s.stdout, Stderr: s.env.Stderr,
		Color: s.env.Color, Progress: isTerminal(s.env.Stderr), Zone: time.Local,
		Interrupt: s.env.Interrupt, Edit: s.env.Edit,
		Connect: func() (*client.Client, string, error) {
			options, err := Options(s.env.Client)
			if err != nil {
				return nil, s.env.Client.ServerURL, err
			}
			c, err := client.New(options)
			return c, s.env.Client.ServerURL, err
		},
	}
}

// isJobLine tells whether a line is for the commands of jobTable.
func isJobLine(line string) bool {
	name, _ := parse(strings.TrimSpace(line))
	return slices.ContainsFunc(jobTable(), func(c command) bool { return c.name == name })
}

// lineOf makes a line of words that a shell has split. The original joins them by
// blanks, whatever is in them; words about jobs are quoted, so that they stay what
// they are.
func lineOf(words []string) string {
	if !isJobLine(words[0]) {
		return strings.Join(words, " ")
	}
	line := words[0]
	for _, word := range words[1:] {
		line += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return line
}

// jobCandidates are the words that may stand where word does in a line about jobs.
func (s *session) jobCandidates(line, word string) []string {
	var found []string
	before := strings.Fields(strings.TrimSuffix(line, word))
	for _, candidate := range jobctl.Complete(context.Background(), s.jobEnv(), before, word) {
		if !strings.HasSuffix(candidate, "=") {
			candidate += " "
		}
		found = append(found, candidate)
	}
	return found
}

// jobPrefix stands before the names of jobs among those of groups.
const jobPrefix = "job:"

// noun is what a name that reloadConfig reports is of.
func noun(name string) string {
	if strings.HasPrefix(name, jobPrefix) {
		return "job"
	}
	return "process group"
}

// knowsJob tells whether a name with jobPrefix is among the changes, or the daemon
// has such a job, which has not changed then.
func (s *session) knowsJob(ctx context.Context, name string, c changes) (bool, error) {
	if slices.Contains(slices.Concat(c.changed, c.removed), name) {
		return true, nil
	}
	daemon, err := s.connection()
	if err != nil {
		return false, err
	}
	_, err = daemon.Job(ctx, client.Ref{ID: strings.TrimPrefix(name, jobPrefix)})
	problem, refused := errors.AsType[*client.Problem](err)
	if refused && problem.Status == http.StatusNotFound || httpStatus(err) == http.StatusNotFound {
		return false, nil
	}
	return err == nil, err
}
