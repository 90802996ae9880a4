// Command watchkeeper keeps programs running and runs jobs on time; called
// supervisord, supervisorctl, echo_supervisord_conf or pidproxy it is that.
package main

import (
	"os"

	"github.com/watchkeeper-go/watchkeeper/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args)) }
