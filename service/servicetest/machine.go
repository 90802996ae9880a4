package servicetest

import (
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

// atOnce is the life of a child that does nothing.
const atOnce = time.Nanosecond

// scriptOf is what a child does, by its command: cat gives back what it reads
// and lives until it is told to go, true and false exit at once, sleep does
// after so many seconds, and a shell with a trap for TERM lives as long as its
// sleep and does not heed TERM. head closes its standard input when it has
// read something. All else lives like cat and is silent.
func scriptOf(c proc.Command) proctest.Script {
	last := c.Args[len(c.Args)-1]
	switch filepath.Base(c.Path) {
	case "cat":
		return proctest.Script{OnInput: func(child *proctest.Child, data []byte) { child.Say(string(data), false) }}
	case "head":
		return proctest.Script{OnInput: func(child *proctest.Child, _ []byte) { _ = child.Stdin().Close() }} // it is open
	case "true":
		return proctest.Script{Lives: atOnce}
	case "false":
		return proctest.Script{Lives: atOnce, Code: 1}
	case "sleep":
		return proctest.Script{Lives: seconds(last)}
	case "sh":
		_, sleep, _ := strings.Cut(last, "sleep ")
		script := proctest.Script{Lives: seconds(sleep)}
		if strings.Contains(last, "trap '' TERM") {
			script.Reactions = map[syscall.Signal]proctest.Reaction{syscall.SIGTERM: proctest.Ignore()}
		}
		return script
	}
	return proctest.Script{}
}

// seconds reads the argument of sleep; what is no number is for ever.
func seconds(text string) time.Duration {
	d, err := time.ParseDuration(text + "s")
	if err != nil {
		return 0
	}
	return d
}
