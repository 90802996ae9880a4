package proctest_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/proc"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

func TestScriptedStarterConforms(t *testing.T) {
	proctest.Conform(t, func(_ *testing.T, a proctest.Act) proc.Starter { return proctest.New(a.Script) })
}
