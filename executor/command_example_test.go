//go:build unix

package executor_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/proc"
)

// A scheduler gets commands as an executor; here one attempt is run by hand.
func ExampleNewCommand() {
	starter, err := proc.NewOS(proc.Options{})
	if err != nil {
		panic(err)
	}
	defer starter.Close()
	commands := executor.NewCommand(starter, executor.CommandOptions{Environ: []string{"PATH=/usr/bin:/bin"}})

	work := job.Work{
		Func: `sh -c 'echo "$WATCHKEEPER_JOB backs up $1 for $OWNER"; exit 3' sh`,
		Args: json.RawMessage(`{"argv": ["/srv/my files"], "env": {"OWNER": "ann"}, "exit_codes": [0, 3]}`),
	}
	data, err := commands.Execute(context.Background(), job.Task{Run: job.Run{Job: "nightly", Work: work}})
	var result executor.CommandResult
	if err := json.Unmarshal(data, &result); err != nil {
		panic(err)
	}
	fmt.Printf("%d %q %v\n", result.Exit, result.Output, err)
	// Output:
	// 3 "nightly backs up /srv/my files for ann\n" <nil>
}
