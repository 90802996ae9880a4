package daemon

import "fmt"

// tellReady tells the service manager that everything of this instance was started.
func (i *instance) tellReady() {
	i.told(i.options.Notify.Ready("Running the programs of " + i.options.ConfigPath))
}

// tellEnd tells it that the instance is about to end: for a reload, or for good.
func (i *instance) tellEnd(reload bool) {
	if reload {
		i.told(i.options.Notify.Reloading("Stopping all processes, to start those of " + i.options.ConfigPath))
	} else {
		i.told(i.options.Notify.Stopping("Stopping all processes"))
	}
}

// told logs that the service manager could not be told. It will draw its own
// conclusions, which must not take us down before.
func (i *instance) told(err error) {
	if err != nil {
		i.log.Warn(fmt.Sprintf("tell the service manager: %v", err))
	}
}
