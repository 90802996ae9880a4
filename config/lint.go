package config

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/watchkeeper-go/watchkeeper/internal/ini"
	"github.com/watchkeeper-go/watchkeeper/internal/shlex"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// lint notes what loads but cannot be meant. It runs after everything is
// read and never adds a fault.
func (l *loader) lint() {
	for _, r := range l.set.Remarks() {
		l.lintRemark(r)
	}
	for _, section := range l.set.Sections() {
		t := tableOf(l.tables, section.Name)
		if t == nil {
			l.lintSection(section)
			continue
		}
		for _, v := range section.Own {
			l.lintValue(section, t, v)
		}
	}
	for _, s := range l.config.Servers {
		l.lintServer(s)
	}
	l.lintAllDone()
	l.lintSockets()
	groups := make(map[string]bool)
	for _, g := range l.config.Groups {
		l.lintGroup(g, groups[g.Name])
		groups[g.Name] = true
	}
	if l.config.Scheduler != nil {
		for _, j := range l.config.Scheduler.Jobs {
			if j.Command != nil {
				l.lintCommand(l.set.Section(j.Command.Section), *j.Command)
			}
		}
	}
}

// lintGroup notes names that come twice and what the programs cannot mean.
func (l *loader) lintGroup(g supervise.GroupSpec, twice bool) {
	names := make(map[string]bool)
	for i, p := range g.Programs {
		section := l.set.Section(p.Section)
		if twice && i == 0 {
			l.addNote(&Error{File: section.File, Line: section.Line, Section: p.Section,
				Err: fmt.Errorf("there is another group called %s, and only that one counts", g.Name), Hint: "give them different names"})
		}
		if names[p.Name] {
			l.addNote(&Error{File: section.File, Line: section.Line, Section: p.Section,
				Err: fmt.Errorf("there is another process called %s:%s, and only the last one counts", g.Name, p.Name), Hint: "give them different names"})
		}
		names[p.Name] = true
		if i == 0 || p.Section != g.Programs[i-1].Section {
			l.lintCommand(section, p)
			l.lintExitOn(section, p)
		}
	}
}

func (l *loader) lintRemark(r ini.Remark) {
	e := &Error{File: r.File, Line: r.Line, Section: r.Section}
	switch {
	case r.Oddity == ini.ByteOrderMark:
		e.Err, e.Hint = fmt.Errorf("the file begins with a UTF-8 byte order mark, which was skipped"),
			"save it without one: Supervisor refuses it"
	case strings.HasPrefix(r.Text, fullWidthColon):
		e.Err = fmt.Errorf("the full-width %s after the section and the text behind it are ignored", fullWidthColon)
		e.Hint = "end the line after ], or begin the comment with a blank and ;"
	default:
		e.Err, e.Hint = fmt.Errorf("%s after the section is ignored", ini.Repr(shorten(r.Text))), "end the line after ], or begin the comment with a blank and ;"
	}
	l.addNote(e)
}

// lintSection notes a section that nothing reads.
func (l *loader) lintSection(section *ini.Section) {
	var names []string
	for _, t := range l.tables {
		names = append(names, strings.TrimSuffix(t.name, ":"))
	}
	kind, rest, _ := strings.Cut(section.Name, ":")
	hint := "Supervisor passes over it too"
	lower := strings.ToLower(ini.TrimSpace(kind))
	if t := tableOf(l.tables, section.Name+":"); t != nil && t.prefix {
		hint = fmt.Sprintf("give it a name, such as [%s:main]", section.Name)
	} else if slices.Contains(names, lower) {
		hint = fmt.Sprintf("did you mean [%s]? case and blanks count", strings.TrimSuffix(lower+":"+rest, ":"))
	} else if near := nearest(lower, names); near != "" {
		hint = fmt.Sprintf("did you mean [%s]?", strings.TrimSuffix(near+":"+rest, ":"))
	}
	l.addNote(&Error{File: section.File, Line: section.Line, Section: section.Name, Err: fmt.Errorf("nothing reads this section"), Hint: hint})
}

// lintValue notes keys that nothing reads and values that hold a slip.
func (l *loader) lintValue(section *ini.Section, t *table, v *ini.Value) {
	o := t.option(v.Key)
	switch {
	case o == nil && !t.other:
		l.lintKey(section, t, v)
	case v.Key == pluginKey:
		l.lintPlugin(section, v)
	case o != nil && o.kind.path:
		l.lintPath(section, v)
	}
}

func (l *loader) lintKey(section *ini.Section, t *table, v *ini.Value) {
	if key, _, wide := strings.Cut(v.Key, fullWidthColon); wide {
		e := l.at(section.Name, v, fmt.Errorf("the full-width %s does not end the key", fullWidthColon), asciiColonHint(key))
		e.Key = key
		l.addNote(e)
		return
	}
	keys := make([]string, len(t.options))
	for i, o := range t.options {
		keys[i] = o.key
	}
	hint := "Supervisor passes over it too"
	if t.name == jobPrefix && slices.Contains(keepsRunning(), v.Key) {
		l.note(section.Name, v, errors.New("it is about keeping a program running, and means nothing for a job"), jobKeyHint(v.Key))
		return
	}
	if near := nearest(v.Key, keys); near != "" {
		hint = "did you mean " + near + "?"
	} else if other := l.homeOf(v.Key); other != "" {
		hint = "it belongs in " + other
	}
	l.note(section.Name, v, fmt.Errorf("unknown key"), hint)
}

// jobKeyHint is the option of a job that may be meant by one of a program.
func jobKeyHint(key string) string {
	switch key {
	case "startretries", "autorestart":
		return "retries says how often a run that failed is tried again"
	case "restartpause":
		return "retry_delay says how long to wait before a retry"
	case "numprocs", "numprocs_start", "process_name":
		return "max_instances says how many runs may live at the same time"
	}
	return "remove the line"
}

// homeOf returns the title of the only section that knows a key. Sections of
// ours count for keys that no other one knows.
func (l *loader) homeOf(key string) string {
	title := ""
	for _, t := range l.tables {
		if t.option(key) == nil || t.ours && title != "" && !l.isOurs(title) {
			continue
		}
		if title != "" && title != "[program:x]" {
			return ""
		}
		if title == "" {
			title = t.title
		}
	}
	return title
}

func (l *loader) isOurs(title string) bool {
	return slices.ContainsFunc(l.tables, func(t table) bool { return t.ours && t.title == title })
}

// lintPath notes a comment that has become part of a path.
func (l *loader) lintPath(section *ini.Section, v *ini.Value) {
	for _, mark := range []string{";", "#"} {
		file, comment, glued := strings.Cut(v.Text, mark)
		if glued && file != "" && looksLikeComment(comment) {
			l.note(section.Name, v, fmt.Errorf("the comment %s is part of the path", ini.Repr(shorten(mark+comment))),
				fmt.Sprintf("put a blank before it: %s %s%s", file, mark, shorten(comment)))
			return
		}
	}
}

// looksLikeComment: a path may hold ";" and "#", but hardly followed by a
// blank or by text that is not ASCII.
func looksLikeComment(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r > unicode.MaxASCII })
}

// typographicQuotes are quotes of word processors and input methods.
const typographicQuotes = "‘’“”„‚«»「」"

// lintCommand notes what a command means that nobody can mean.
func (l *loader) lintCommand(section *ini.Section, p supervise.Program) {
	v := section.Get("command")
	if v == nil {
		return
	}
	if i := strings.IndexAny(v.Text, typographicQuotes); i >= 0 {
		quote := []rune(v.Text[i:])[0]
		l.note(p.Section, v, fmt.Errorf("the typographic quote %c does not quote", quote), `type ' or " instead`)
	}
	argv, err := shlex.Split(p.Command)
	if err != nil {
		l.note(p.Section, v, fmt.Errorf("the command cannot be split: %w", err), "the program will not start: close the quotes, or put \\ before one that is meant")
		return
	}
	l.lintShell(p.Section, v, argv)
	l.lintPython(p, v, argv)
}

// isShellWord tells arguments that only a shell would understand.
func isShellWord(arg string) bool {
	return slices.Contains([]string{"&&", "||", "|", ">", ">>", "<", "2>&1", "&"}, arg)
}

// lintShell notes shell syntax in a command that no shell will see.
func (l *loader) lintShell(section string, v *ini.Value, argv []string) {
	if len(argv) == 0 {
		return
	}
	switch name := argv[0]; {
	case name == "source" || name == "." || name == "cd" || name == "export":
		l.note(section, v, fmt.Errorf("%s is a command of the shell, and no shell runs it", name),
			fmt.Sprintf(`use a shell: command = /bin/bash -c "%s …", or set directory and environment`, name))
		return
	case path.Base(name) == "nohup" && argv[len(argv)-1] == "&":
		l.note(section, v, fmt.Errorf("nohup and & have no use here: the program must stay in the foreground"), "remove them")
		return
	case argv[len(argv)-1] == "&":
		l.note(section, v, fmt.Errorf("& is handed to the program as an argument: no shell runs it"), "remove it: the program must stay in the foreground")
		return
	}
	for _, word := range argv[1:] {
		if isShellWord(word) {
			l.note(section, v, fmt.Errorf("%s is handed to the program as an argument: no shell runs the command", word),
				fmt.Sprintf("use a shell: command = /bin/sh -c %s", ini.Repr(shorten(strings.Join(argv, " ")))))
			return
		}
	}
}

// lintPython notes a Python program whose output will come late.
func (l *loader) lintPython(p supervise.Program, v *ini.Value, argv []string) {
	if len(argv) < 2 || !isPython(argv[0]) {
		return
	}
	const unbuffered = "PYTHONUNBUFFERED"
	if l.env[unbuffered] != "" || byName(p.Child.Environment)[unbuffered] != "" || pythonUnbuffered(argv[1:]) {
		return
	}
	l.note(p.Section, v, fmt.Errorf("the log will be late: Python holds back what it prints to a pipe"),
		`give python the option -u, or add environment = PYTHONUNBUFFERED="1"`)
}

// pythonUnbuffered looks for -u among the options of the interpreter, which
// end with the script, module or code to run.
func pythonUnbuffered(args []string) bool {
	for i := 0; i < len(args) && strings.HasPrefix(args[i], "-"); i++ {
		switch option := args[i]; {
		case strings.HasPrefix(option, "--"):
		case strings.HasPrefix(option, "-c") || strings.HasPrefix(option, "-m"):
			return false
		case option == "-W" || option == "-X":
			i++ // its value
		case strings.Contains(option, "u"):
			return true
		}
	}
	return false
}

// isPython reports whether a command is the interpreter, such as python3.11.
func isPython(command string) bool {
	version, ok := strings.CutPrefix(path.Base(command), "python")
	return ok && strings.Trim(version, "0123456789.") == ""
}

// lintEnvironment notes values that the tokenizer cuts, and says what the
// child will get.
func (l *loader) lintEnvironment(section string, v *ini.Value, text string, got []supervise.Var) {
	have := byName(got)
	for _, meant := range plainPairs(text) {
		value, ok := have[meant.Name]
		if ok && value == meant.Value {
			continue
		}
		told := fmt.Errorf("%s is cut: the program gets %s=%s", meant.Name, meant.Name, ini.Repr(value))
		if !ok {
			told = fmt.Errorf("%s is lost: the program does not get it", meant.Name)
		}
		l.note(section, v, told, fmt.Sprintf("put the value in double quotes: %s=%q", meant.Name, meant.Value))
	}
}

// plainPairs reads KEY=value pairs as a person does: up to the next comma or
// line end outside quotes.
func plainPairs(text string) []supervise.Var {
	var pairs []supervise.Var
	for _, item := range splitOutsideQuotes(text) {
		name, value, ok := strings.Cut(item, "=")
		if !ok {
			continue
		}
		value = strings.Trim(ini.TrimSpace(value), `'"`)
		pairs = setVar(pairs, supervise.Var{Name: ini.TrimSpace(name), Value: value})
	}
	return pairs
}

func splitOutsideQuotes(text string) []string {
	var items []string
	start, quote := 0, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == ',' || c == '\n':
			items = append(items, text[start:i])
			start = i + 1
		}
	}
	return append(items, text[start:])
}
