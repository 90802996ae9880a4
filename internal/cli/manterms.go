package cli

import (
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/watchkeeper-go/watchkeeper/internal/roff"
)

// available are the commands below c that people may call.
func available(c *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(c.Commands()), func(below *cobra.Command) bool { return !below.IsAvailableCommand() })
}

// usages are the ways to call a command: its own, or those of the commands below it.
func usages(c *cobra.Command) []string {
	if !c.HasAvailableSubCommands() {
		return []string{c.UseLine()}
	}
	var all []string
	for _, below := range available(c) {
		all = append(all, usages(below)...)
	}
	return all
}

// longOf is what a command says of itself.
func longOf(c *cobra.Command) string {
	if c.Long == "" {
		return c.Short + "."
	}
	return strings.TrimSpace(c.Long)
}

// ownFlags are the options of a command, without those of the commands above it.
func ownFlags(c *cobra.Command) []*pflag.Flag {
	var flags []*pflag.Flag
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" && !f.Hidden {
			flags = append(flags, f)
		}
	})
	return flags
}

// flagTerms writes the options of a command, if it has any.
func flagTerms(p *roff.Page, c *cobra.Command) {
	flags := ownFlags(c)
	if len(flags) == 0 {
		return
	}
	p.Section("OPTIONS")
	for _, f := range flags {
		writeFlag(p, f)
	}
}

func writeFlag(p *roff.Page, f *pflag.Flag) {
	value, usage := pflag.UnquoteUsage(f)
	term := "--" + f.Name
	if f.Shorthand != "" {
		term = "-" + f.Shorthand + ", " + term
	}
	if value != "" {
		term += " " + value
	}
	p.Term(term, usage)
}

// subCommands writes a part for each command below c.
func subCommands(p *roff.Page, c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	p.Section("COMMANDS")
	for _, below := range available(c) {
		p.Part(below.Use)
		p.Text(longOf(below))
		for _, f := range ownFlags(below) {
			writeFlag(p, f)
		}
	}
}

// helpTerms writes the options of a help text: lines of "  -x, --long  meaning",
// where what is indented further goes on with a meaning, or begins it.
func helpTerms(p *roff.Page, help string) {
	option := regexp.MustCompile(`^ {2}( {4}--|\S)(.*?)(?: {2,}(\S.*))?$`)
	var term, meaning string
	flush := func() {
		if term != "" {
			p.Term(term, strings.TrimSpace(meaning))
		}
		term, meaning = "", ""
	}
	for line := range strings.SplitSeq(help, "\n") {
		switch m := option.FindStringSubmatch(line); {
		case m != nil:
			flush()
			term, meaning = strings.TrimSpace(m[1]+m[2]), m[3]
		case strings.HasPrefix(line, "  "):
			meaning += " " + strings.TrimSpace(line)
		default: // a heading, or an empty line
			flush()
		}
	}
}

// daemonTerms says what a daemon is told by other ways than its options.
func daemonTerms(p *roff.Page) {
	p.Section("SIGNALS")
	p.Term("TERM, INT, QUIT", "Stop all processes and end.")
	p.Term("HUP", "Read the configuration, and with no fault in it stop all processes and start anew; with a fault nothing stops.")
	p.Term("USR2", "Close and open all log files.")
	p.Section("ENVIRONMENT")
	p.Term("NOTIFY_SOCKET", "Where a service manager such as systemd wants to be told when all is up, of reloads and of the end (sd_notify(3)). "+
		"The daemon has to stay in the foreground for that. Programs do not see the variable.")
	p.Term("WATCHDOG_USEC, WATCHDOG_PID", "How often it wants to be told that the daemon lives.")
	p.Section("EXIT STATUS")
	p.Term("0", "The daemon was told to end.")
	p.Term("1", "A file of its own cannot be opened.")
	p.Term("2", "Arguments, configuration, user, limits or sockets do not let it start.")
}
