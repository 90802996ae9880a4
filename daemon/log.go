package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/watchkeeper-go/watchkeeper/internal/mainlog"
)

// openLog opens the main log and writes what has gathered for it: criticals,
// warnings and the rest of early, in the original's order (as
// ServerOptions.make_logger), then our own notes on the configuration.
func (i *instance) openLog(early []line) error {
	c := i.config.Daemon
	level, ok := mainlog.ParseLevel(c.Loglevel)
	if !ok {
		return usageError("bad logging level name '%s'", c.Loglevel)
	}
	to := mainlog.Config{
		Path:     c.Logfile,
		MaxBytes: c.LogfileMaxBytes,
		Backups:  c.LogfileBackups,
		Level:    level,
		Devices:  &i.devices,
	}
	if c.Logfile == "syslog" {
		to.Path, to.Syslog = "", i.syslog
	}
	if i.options.Background.Ready == nil && !c.Flags.Silent {
		to.Stdout = i.openStdout()
	}
	main, err := mainlog.Open(to)
	if err != nil {
		return fmt.Errorf("open the main log: %w", err)
	}
	i.main, i.log = main, main.Logger()
	i.logger.Store(i.log)
	i.logConfig(early)
	return nil
}

// openStdout is the daemon's standard output as the log needs it: a reader that
// does not read holds up nobody.
func (i *instance) openStdout() mainlog.Copy {
	if i.options.Stdout == os.Stdout {
		stdout := i.devices.NewFile("/dev/stdout", 0, 0)
		if stdout.Open() == nil {
			return stdout
		}
	}
	return copyTo{i.options.Stdout} // it is closed, or belongs to a test
}

// copyTo is a copy that says nothing of what is refused.
type copyTo struct{ w io.Writer }

func (c copyTo) TryAppend(p []byte) string {
	_, _ = c.w.Write(p) // there is nowhere to tell it, and the next line tries again
	return ""
}

func (c copyTo) Close() (string, error) { return "", nil }

func (i *instance) logConfig(early []line) {
	var warnings, rest []line
	for _, w := range i.config.Warnings {
		if w.Level >= slog.LevelWarn {
			warnings = append(warnings, line{w.Level, w.Text})
		} else {
			rest = append(rest, line{w.Level, w.Text})
		}
	}
	var criticals []line
	for _, l := range early {
		if l.level == mainlog.Critical {
			criticals = append(criticals, l)
		} else {
			rest = append(rest, l)
		}
	}
	for _, lines := range [][]line{criticals, warnings, rest} {
		for _, l := range lines {
			i.log.Log(context.Background(), l.level, l.text)
		}
	}
	for _, note := range i.config.Notes {
		i.log.Warn(note.Error())
	}
}

// closeLog comes last, when all that was logged is written. There is nowhere
// left to report to but standard error.
func (i *instance) closeLog() {
	err := i.devices.Flush()
	if i.main != nil {
		i.logger.Store(nil)
		err = errors.Join(err, i.main.Close())
	}
	if err := errors.Join(err, i.syslog.Close()); err != nil {
		i.complain(fmt.Sprintf("Error: close the main log: %v", err))
	}
}

// complain writes a line to standard error, for what no log can tell. As with
// openStdout, a reader that does not read holds up nobody; Run waits for it in
// the end.
func (d *daemon) complain(text string) {
	line := []byte(text + "\n")
	if d.options.Stderr == os.Stderr {
		stderr := d.devices.NewFile("/dev/stderr", 0, 0)
		if stderr.Open() == nil {
			_ = stderr.TryAppend(line) // there is nowhere left to tell that it is refused
			_, _ = stderr.Close()      // what was taken goes on being written
			return
		}
	}
	_, _ = d.options.Stderr.Write(line) // it is closed, or belongs to a test
}

func critical(log *slog.Logger, text string) {
	log.Log(context.Background(), mainlog.Critical, text)
}
