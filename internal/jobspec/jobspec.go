// Package jobspec is the job of a configuration file, or of the API, as it is
// kept in a store: what it runs as the arguments of its executor, and who
// declared it as metadata.
//
// Jobs that a program puts into the same store by itself have no such metadata,
// and nothing of ours changes them.
package jobspec

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/internal/jobrun"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// What stands in the metadata of a job, by key.
const (
	keyDeclared = "watchkeeper.declared" // config.Job.Declared
	keySchedule = "watchkeeper.schedule" // config.Schedule.String
	keyDaemons  = "watchkeeper.daemons"  // of a file: the daemons that declare it, one a line
	keyOptions  = "watchkeeper.options"  // of the API: {"key": "value"}
	keyRevision = "watchkeeper.revision" // of the API: see Revision
)

// Compile makes the job that c declares. Dates that are relative count from
// now. logDir is where logs go that are AUTO.
func Compile(c config.Job, now time.Time, logDir string) (job.Job, error) {
	t, err := c.Schedule.Resolve(now)
	if err != nil {
		return job.Job{}, err
	}
	j, err := work(c, logDir)
	if err != nil {
		return job.Job{}, fmt.Errorf("job %s: %w", c.Name, err)
	}
	j.ID, j.Name, j.Trigger, j.Executor, j.Policy = c.Name, c.Title, t, c.Executor, c.Policy
	j.Metadata = map[string]string{keyDeclared: c.Declared, keySchedule: c.Schedule.String()}
	return j, nil
}

// work is what the job runs.
func work(c config.Job, logDir string) (j job.Job, err error) {
	var args any
	switch {
	case c.Command != nil:
		j.Func, args = jobrun.FromProgram(named(*c.Command, logDir))
	case c.Func != nil:
		j.Func = c.Func.Name
		if args, err = pythonArgs(c.Func); err != nil {
			return j, err
		}
	case c.Action != nil:
		j.Func, args = c.Action.Program, action{actionWord(c.Action)}
	}
	j.Args, err = json.Marshal(args)
	return j, err
}

// named gives the logs of a job that are AUTO a name: that of a program's is
// another one at each start, and a job has none.
func named(p supervise.Program, logDir string) supervise.Program {
	for _, l := range []struct {
		log     *supervise.LogSpec
		channel string
	}{{&p.Stdout, "stdout"}, {&p.Stderr, "stderr"}} {
		if l.log.Auto && l.log.File == "" {
			l.log.File = strings.TrimSuffix(logDir, "/") + "/" + p.Name + "-" + l.channel + ".log"
		}
	}
	return p
}

func pythonArgs(f *config.FuncCall) (args executor.PythonArgs, err error) {
	if len(f.Args) > 0 {
		if err := json.Unmarshal(f.Args, &args.Args); err != nil {
			return args, fmt.Errorf("args: %w", err)
		}
	}
	if len(f.Kwargs) > 0 {
		if err := json.Unmarshal(f.Kwargs, &args.Kwargs); err != nil {
			return args, fmt.Errorf("kwargs: %w", err)
		}
	}
	return args, nil
}

// action are the arguments of a job that acts on a program, as package
// jobaction reads them.
type action struct {
	Action string `json:"action"`
}

func actionWord(a *config.ProgramAction) string {
	if a.Verb == config.SignalProgram {
		return string(a.Verb) + ":" + proc.SignalName(a.Signal)
	}
	return string(a.Verb)
}

// SameSchedule reports whether both were declared with the same trigger, so
// that a relative date need not be resolved again.
func SameSchedule(a, b job.Job) bool {
	return a.Metadata[keySchedule] != "" && a.Metadata[keySchedule] == b.Metadata[keySchedule]
}

// SameText reports whether both were declared by the same text.
func SameText(a, b job.Job) bool { return a.Metadata[keyDeclared] == b.Metadata[keyDeclared] }

// Daemons are those whose files declare j, sorted.
func Daemons(j job.Job) []string {
	if j.Metadata[keyDaemons] == "" {
		return nil
	}
	return strings.Split(j.Metadata[keyDaemons], "\n")
}

// WithDaemons is j declared by the files of these daemons.
func WithDaemons(j job.Job, daemons ...string) job.Job {
	daemons = slices.Compact(slices.Sorted(slices.Values(daemons)))
	return with(j, keyDaemons, strings.Join(daemons, "\n"))
}

// WithOptions is j declared by somebody who wrote these options.
func WithOptions(j job.Job, options []config.JobOption) job.Job {
	words := make(map[string]string, len(options))
	for _, o := range options {
		words[o.Key] = o.Value
	}
	text, err := json.Marshal(words)
	if err != nil {
		panic("a map of strings is JSON: " + err.Error())
	}
	return with(j, keyOptions, string(text))
}

// Revision numbers what j was declared with over the API: a scheduler that plans
// the job writes it, too, and changes nothing of that. It grows with each change,
// and never repeats for an id. Other jobs have that of their store.
func Revision(j job.Job) int64 {
	if n, err := strconv.ParseInt(j.Metadata[keyRevision], 10, 64); err == nil {
		return n
	}
	return j.State.Rev
}

// Revised is j with a new Revision, later than that of old: the time, if nothing
// speaks against it.
func Revised(j, old job.Job, now time.Time) job.Job {
	next := now.UnixMilli() // which no client rounds
	if former, err := strconv.ParseInt(old.Metadata[keyRevision], 10, 64); err == nil {
		next = max(next, former+1)
	}
	return with(j, keyRevision, strconv.FormatInt(next, 10))
}

// SameRevision is j with the Revision of old.
func SameRevision(j, old job.Job) job.Job {
	former, ok := old.Metadata[keyRevision]
	if !ok {
		return j
	}
	return with(j, keyRevision, former)
}

// Options are what j was declared with over the API, in the order of their
// names; ok is false for a job of a file or of a program.
func Options(j job.Job) (options []config.JobOption, ok bool) {
	text := j.Metadata[keyOptions]
	if text == "" {
		return nil, false
	}
	var words map[string]string
	if err := json.Unmarshal([]byte(text), &words); err != nil {
		return nil, false // somebody else has written that
	}
	for _, key := range slices.Sorted(maps.Keys(words)) {
		options = append(options, config.JobOption{Key: key, Value: words[key]})
	}
	return options, true
}

// Declared are the options that the file of j has, without environments.
func Declared(j job.Job) map[string]string {
	words := make(map[string]string)
	for line := range strings.Lines(j.Metadata[keyDeclared]) {
		key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || key == "environment" || strings.HasPrefix(key, "file ") {
			continue
		}
		if text, err := strconv.Unquote(value); err == nil && strings.ContainsAny(text, "\r\n") {
			value = text
		}
		words[key] = value
	}
	return words
}

// Metadata is what somebody else has noted at j.
func Metadata(j job.Job) map[string]string {
	rest := maps.Clone(j.Metadata)
	maps.DeleteFunc(rest, func(key, _ string) bool { return strings.HasPrefix(key, "watchkeeper.") })
	return rest
}

// PublicArgs are the arguments of j without its environment, which may have
// secrets in it, whoever declared the job.
func PublicArgs(j job.Job) json.RawMessage {
	var args map[string]json.RawMessage
	if json.Unmarshal(j.Args, &args) != nil {
		return j.Args // a list, such as that of a Python function
	}
	if _, ok := args["env"]; !ok {
		return j.Args
	}
	delete(args, "env")
	text, err := json.Marshal(args)
	if err != nil {
		panic("what was read as JSON is JSON: " + err.Error())
	}
	return text
}

func with(j job.Job, key, value string) job.Job {
	j.Metadata = maps.Clone(j.Metadata)
	if j.Metadata == nil {
		j.Metadata = make(map[string]string)
	}
	j.Metadata[key] = value
	return j
}
