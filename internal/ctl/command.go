package ctl

import (
	"context"
	"slices"
	"strings"
)

// command is one row of the table: all there is to know about a command.
type command struct {
	name string
	help string
	args argument // what TAB completes after the name
	run  func(s *session, ctx context.Context, arg string) error
}

// argument is a kind of word.
type argument int

const (
	none argument = iota
	commands
	groups
	processes
	jobWords // see jobctl
)

// table is every command in alphabetical order. help is not in it, as it is
// not in its own list: see session.help.
func table() []command {
	return []command{
		{"add", "add <name> [...]\tActivates any updates in config for process/group", groups, (*session).add},
		{"avail", "avail\t\t\tDisplay all configured processes", none, (*session).avail},
		{"clear", "clear <name>\t\tClear a process' log files.\n" +
			"clear <name> <name>\tClear multiple process' log files\n" +
			"clear all\t\tClear all process' log files", processes, (*session).clear},
		{"exit", "exit\tExit the supervisor shell.", none, (*session).quit},
		{"fg", "fg <process>\tConnect to a process in foreground mode\n" +
			"\t\tCtrl-C to exit", processes, (*session).foreground},
		{"maintail", "maintail -f \tContinuous tail of supervisor main log file (Ctrl-C to exit)\n" +
			"maintail -100\tlast 100 *bytes* of supervisord main log file\n" +
			"maintail\tlast 1600 *bytes* of supervisor main log file\n", none, (*session).mainTail},
		{"open", "open <url>\tConnect to a remote supervisord process.\n" +
			"\t\t(for UNIX domain socket, use unix:///socket/path)", none, (*session).open},
		{"pid", "pid\t\t\tGet the PID of supervisord.\n" +
			"pid <name>\t\tGet the PID of a single child process by name.\n" +
			"pid all\t\t\tGet the PID of every child process, one per line.", processes, (*session).pid},
		{"quit", "quit\tExit the supervisor shell.", none, (*session).quit},
		{"reload", "reload \t\tRestart the remote supervisord.", none, (*session).reload},
		{"remove", "remove <name> [...]\tRemoves process/group from active config", groups, (*session).remove},
		{"reread", "reread \t\t\tReload the daemon's configuration files without add/remove", none, (*session).reread},
		{"restart", "restart <name>\t\tRestart a process\n" +
			"restart <gname>:*\tRestart all processes in a group\n" +
			"restart <name> <name>\tRestart multiple processes or groups\n" +
			"restart all\t\tRestart all processes\n" +
			"Note: restart does not reread config files. For that, see reread and update.", processes, (*session).restart},
		{"shutdown", "shutdown \tShut the remote supervisord down.", none, (*session).shutdown},
		{"signal", "signal <signal name> <name>\t\tSignal a process\n" +
			"signal <signal name> <gname>:*\t\tSignal all processes in a group\n" +
			"signal <signal name> <name> <name>\tSignal multiple processes or groups\n" +
			"signal <signal name> all\t\tSignal all processes", processes, (*session).signal},
		{"start", "start <name>\t\tStart a process\n" +
			"start <gname>:*\t\tStart all processes in a group\n" +
			"start <name> <name>\tStart multiple processes or groups\n" +
			"start all\t\tStart all processes", processes, (*session).start},
		{"status", "status <name>\t\tGet status for a single process\n" +
			"status <gname>:*\tGet status for all processes in a group\n" +
			"status <name> <name>\tGet status for multiple named processes\n" +
			"status\t\t\tGet all process status info", processes, (*session).status},
		{"stop", "stop <name>\t\tStop a process\n" +
			"stop <gname>:*\t\tStop all processes in a group\n" +
			"stop <name> <name>\tStop multiple processes or groups\n" +
			"stop all\t\tStop all processes", processes, (*session).stop},
		{"tail", "tail [-f] <name> [stdout|stderr] (default stdout)\nEx:\n" +
			"tail -f <name>\t\tContinuous tail of named process stdout\n" +
			"\t\t\tCtrl-C to exit.\n" +
			"tail -100 <name>\tlast 100 *bytes* of process stdout\n" +
			"tail <name> stderr\tlast 1600 *bytes* of process stderr", processes, (*session).tail},
		{"update", "update\t\t\tReload config and add/remove as necessary, and will restart affected programs\n" +
			"update all\t\tReload config and add/remove as necessary, and will restart affected programs\n" +
			"update <gname> [...]\tUpdate specific groups", groups, (*session).update},
		{"version", "version\t\t\tShow the version of the remote supervisord process", none, (*session).version},
	}
}

// Action is what there is to know about one of the commands that Supervisor
// has, too.
type Action struct{ Name, Help string }

// Actions lists them in alphabetical order, with the texts of help.
func Actions() []Action {
	rows := table()
	actions := make([]Action, len(rows))
	for i, c := range rows {
		actions[i] = Action{c.name, strings.TrimRight(c.help, "\n")}
	}
	return actions
}

// lookup finds the row of a command that help or a line names. help and EOF
// are commands without a row of their own in the table.
func (s *session) lookup(name string) (command, bool) {
	switch name {
	case "help":
		return command{name: name, args: commands, run: (*session).help}, true
	case "EOF":
		return command{name: name, run: (*session).quit}, true
	}
	for _, c := range slices.Concat(s.table, jobTable()) {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// parse splits a line into the command word, [A-Za-z0-9_]*, and what follows
// it. "?" is help. As cmd.parseline.
func parse(line string) (name, arg string) {
	if rest, ok := strings.CutPrefix(line, "?"); ok {
		line = "help " + rest
	}
	end := strings.IndexFunc(line, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end < 0 {
		end = len(line)
	}
	return line[:end], strings.TrimSpace(line[end:])
}

func (s *session) help(_ context.Context, arg string) error {
	switch c, ok := s.lookup(arg); {
	case arg == "":
		s.listCommands()
	case arg == "help":
		s.println("help\t\tPrint a list of available actions\nhelp <action>\tPrint help for <action>")
	case ok && c.help != "":
		s.println(c.help)
	default:
		s.printf("*** No help on %s\n", arg)
	}
	return nil
}

// refuse reports a wrong use of the command called name and shows its help.
func (s *session) refuse(name, text string, code int) error {
	s.println(text)
	s.code = code
	return s.help(context.Background(), name)
}

// noArguments tells whether arg is empty; if not, the user has been told.
func (s *session) noArguments(name, arg string) bool {
	if arg == "" {
		return true
	}
	_ = s.refuse(name, "Error: "+name+" accepts no arguments", exitGeneric) // help never fails
	return false
}

// screenWidth is the width that help's list is laid out for, whatever the terminal.
const screenWidth = 79

func (s *session) listCommands() {
	s.println("")
	s.listBlock("default commands (type help <topic>):", s.table)
	s.listBlock("commands for jobs (type help <topic>):", jobTable())
}

// listBlock prints the names of commands below a title. As cmd.print_topics.
func (s *session) listBlock(title string, table []command) {
	names := make([]string, len(table))
	for i, c := range table {
		names[i] = c.name
	}
	s.printf("%s\n%s\n%s\n", title, strings.Repeat("=", len(title)), columns(names, screenWidth))
}

// columns lays words out in as few rows as fit into width, column by column,
// two blanks between and each cell padded. As cmd.columnize.
func columns(words []string, width int) string {
	for rows := 1; rows < len(words); rows++ {
		if widths, fits := columnWidths(words, rows, width); fits {
			return layout(words, rows, widths)
		}
	}
	return strings.Join(words, "\n") + "\n"
}

func columnWidths(words []string, rows, width int) (widths []int, fits bool) {
	total := -2
	for start := 0; start < len(words); start += rows {
		widest := 0
		for _, w := range words[start:min(start+rows, len(words))] {
			widest = max(widest, len(w))
		}
		widths = append(widths, widest)
		total += widest + 2
	}
	return widths, total <= width
}

func layout(words []string, rows int, widths []int) string {
	var b strings.Builder
	for row := range rows {
		for col, width := range widths {
			i := row + rows*col
			if i >= len(words) {
				break
			}
			if col > 0 {
				b.WriteString("  ")
			}
			b.WriteString(words[i])
			b.WriteString(strings.Repeat(" ", width-len(words[i])))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
