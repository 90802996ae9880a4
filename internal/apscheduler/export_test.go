package apscheduler

import (
	"encoding/json"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// ArgumentsOf are the arguments of the job of a pickle, whatever else there is.
func ArgumentsOf(state []byte) (args json.RawMessage, reasons []string) {
	v, err := pickle.Load(state, pickle.Limits{})
	if err != nil {
		return nil, []string{err.Error()}
	}
	c := &conversion{state: v.(*pickle.Dict)}
	c.function()
	return c.result.Job.Args, c.result.Reasons
}
