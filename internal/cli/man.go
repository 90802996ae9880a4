package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/ctl"
	"github.com/watchkeeper-go/watchkeeper/internal/roff"
)

// manCommand prints the manual, which is made of what the commands say of
// themselves and of the schema of the configuration.
func manCommand(w world) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "man [PAGE]",
		Short: "Print a page of the manual",
		Long: `Print a page of the manual, that of watchkeeper or, with PAGE, that of one of its commands or of
the configuration file (conf):

    watchkeeper man check | man -l -`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			date, err := dateOfManual()
			if err != nil {
				return err
			}
			pages := manual(c.Root(), date)
			if dir != "" {
				return writePages(dir, pages)
			}
			name := strings.Join(args, "")
			for _, p := range pages {
				if p.called(name) {
					_, err := fmt.Fprint(w.stdout, p.text)
					return err
				}
			}
			return fmt.Errorf("there is no page called %s: give the name of a command, or conf", args[0])
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "write all pages to man1 and man5 in `DIR`")
	return c
}

// dateOfManual is that of SOURCE_DATE_EPOCH for a build that is to give the
// same bytes again, else today.
func dateOfManual() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH=%s: %w", text, errors.Unwrap(err))
	}
	return time.Unix(seconds, 0), nil
}

// manualPage is one page of the manual.
type manualPage struct {
	name    string
	section int
	text    string
}

// called reports whether it is the page that somebody asks for by name: in full, or
// by what follows the name of the binary, as in "check" and "conf".
func (p manualPage) called(name string) bool {
	const binary = "watchkeeper"
	rest := strings.TrimPrefix(p.name, binary)
	return name == p.name || name == strings.TrimLeft(rest, "-.")
}

func writePages(dir string, pages []manualPage) error {
	for _, p := range pages {
		path := filepath.Join(dir, fmt.Sprintf("man%d", p.section), fmt.Sprintf("%s.%d", p.name, p.section))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(p.text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manual makes all pages: of watchkeeper, of each of its commands, and of the
// configuration file.
func manual(root *cobra.Command, date time.Time) []manualPage {
	root.InitDefaultCompletionCmd()
	m := manualOf{date: date, source: "watchkeeper " + buildVersion()}
	pages := []manualPage{m.overview(root)}
	for _, c := range available(root) {
		pages = append(pages, m.command(c))
	}
	return append(pages, m.conf())
}

// manualOf has what all pages share.
type manualOf struct {
	date   time.Time
	source string
}

func (m manualOf) page(name string, section int, about string, write func(*roff.Page)) manualPage {
	p := roff.New(roff.Header{Name: name, Section: section, About: about, Date: m.date, Source: m.source})
	write(p)
	return manualPage{name, section, p.String()}
}

func (m manualOf) overview(root *cobra.Command) manualPage {
	return m.page("watchkeeper", 1, root.Short, func(p *roff.Page) {
		p.Synopsis("watchkeeper COMMAND [ARGUMENT]...")
		p.Section("DESCRIPTION")
		p.Text(root.Long)
		p.Section("COMMANDS")
		for _, c := range available(root) {
			p.Term(c.Name(), c.Short+". See watchkeeper-"+c.Name()+"(1).")
		}
		p.Section("OTHER NAMES")
		p.Text("Called by one of the names of Supervisor's programs, the binary is that program; see watchkeeper-links(1).")
		p.Term("supervisord", "The daemon, in the background unless -n is given. Its options stand in watchkeeper-serve(1).")
		p.Term("supervisorctl", "As watchkeeper-ctl(1).")
		p.Term("echo_supervisord_conf", "Prints a configuration to start from.")
		p.Term("pidproxy PIDFILE COMMAND [ARGUMENT]...", "Runs a command that goes to the background by itself, and hands signals on to the process of the pid file.")
		p.Section("FILES")
		p.Text("Without -c the first of these files is read:")
		for _, path := range searchPaths("PREFIX/bin/watchkeeper") {
			p.Item("`" + path + "`")
		}
		p.Section("SEE ALSO")
		p.Text("watchkeeper.conf(5)")
	})
}

// command makes the page of one command, with those below it.
func (m manualOf) command(c *cobra.Command) manualPage {
	return m.page("watchkeeper-"+c.Name(), 1, c.Short, func(p *roff.Page) {
		p.Synopsis(usages(c)...)
		p.Section("DESCRIPTION")
		p.Text(longOf(c))
		switch c.Name() {
		case "serve":
			p.Section("OPTIONS")
			helpTerms(p, fmt.Sprintf(supervisordHelp, "supervisord"))
			daemonTerms(p)
		case "ctl":
			p.Section("OPTIONS")
			helpTerms(p, fmt.Sprintf(supervisorctlHelp, "supervisorctl"))
			p.Section("ACTIONS")
			for _, action := range ctl.Actions() {
				p.Term(action.Name, roff.Shown(action.Help))
			}
		default:
			flagTerms(p, c)
			subCommands(p, c)
		}
		p.Section("SEE ALSO")
		p.Text("watchkeeper(1), watchkeeper.conf(5)")
	})
}

func (m manualOf) conf() manualPage {
	return m.page("watchkeeper.conf", 5, "the configuration of watchkeeper and supervisord", func(p *roff.Page) {
		config.WriteManual(p)
		p.Section("SEE ALSO")
		p.Text("watchkeeper(1), watchkeeper-check(1)")
	})
}
