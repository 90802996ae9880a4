package service

import (
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/executor"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

// Remote is the executor of type remote that has the name (schedule.ErrUnknown).
func (js *Jobs) Remote(name string) (*executor.Remote, error) {
	if js.parts.Remote != nil {
		if r := js.parts.Remote(name); r != nil {
			return r, nil
		}
	}
	return nil, fmt.Errorf("%w: there is no executor %q of type remote; add a section [executor:%s] with type = remote", schedule.ErrUnknown, name, name)
}
