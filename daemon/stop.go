package daemon

import (
	"context"
	"fmt"
	"os"

	"github.com/watchkeeper-go/watchkeeper/config"
)

// ask is what a client asked the daemon for through the service: to shut
// down, or to go on with the next configuration. With a verdict it is what the
// end of programs asks for.
type ask struct {
	next    *config.Config
	verdict *verdict
}

// ask hands over an ask; it is the service's Parts.Stop.
func (i *instance) ask(restart bool, next *config.Config) {
	if !restart {
		next = nil
	}
	i.asks <- ask{next: next} // has room: the service asks for one of each at most
}

// ending is how far an instance is with its end.
type ending struct {
	begun bool
	next  *config.Config // nil: the daemon ends, too
	done  chan struct{}  // closed when no process is left
}

// shutdown reports whether the daemon is on its way out. A restart under way
// can still become that, the other way round it cannot.
func (e *ending) shutdown() bool { return e.begun && e.next == nil }

// wait handles signals and asks until the instance has to end and all its
// processes have. It returns the configuration to go on with.
func (i *instance) wait(ctx context.Context) (next *config.Config) {
	end := &ending{done: make(chan struct{})}
	cancelled := ctx.Done()
	watchdog, unwatch := i.options.Notify.Watch()
	defer unwatch()
	for {
		select {
		case s := <-i.signals:
			i.signal(s, end)
		case a := <-i.asks:
			if a.verdict != nil {
				i.conclude(*a.verdict, end)
			} else {
				i.begin(end, a.next)
			}
		case <-cancelled:
			cancelled = nil
			_ = i.exit() // it is logged
		case <-watchdog: // that this loop turns is what it is to know
			i.told(i.options.Notify.Alive())
		case <-end.done:
			return end.next
		}
	}
}

// begin starts the end of the instance, or turns a restart into a shutdown.
// The servers go on answering: clients may see how far the shutdown is, while
// the service refuses everything that would change something.
func (i *instance) begin(end *ending, next *config.Config) {
	if end.begun {
		if next == nil && end.next != nil {
			end.next = nil
			i.tellEnd(false)
		}
		return
	}
	end.begun, end.next = true, next
	i.tellEnd(next != nil)
	i.running.Go(func() {
		defer close(end.done)
		if j := i.jobs.Load(); j != nil {
			j.shutDown()
		}
		if err := i.supervisor.Shutdown(context.Background()); err != nil {
			i.log.Error(fmt.Sprintf("stop all processes: %v", err))
		}
	})
}

// toShutDown reports whether a shutdown was asked for when nobody read asks
// any more. It comes after stop, so that there is no request left to do it.
func (i *instance) toShutDown() bool {
	for {
		select {
		case a := <-i.asks:
			if a.next == nil && a.verdict == nil {
				return true
			}
		default:
			return false
		}
	}
}

// stop takes the instance down once its processes have ended: servers, crash
// record, sockets (unless another instance follows) and pid file. (The log is
// closed after it, by live.)
func (i *instance) stop(restart bool) {
	close(i.over)
	if i.service != nil {
		i.service.Close() // followers of logs end, which no server would wait for
	}
	i.closeServers(restart)
	i.running.Wait()
	if i.fronts != nil {
		i.fronts.close()
	}
	if j := i.jobs.Load(); j != nil {
		j.close()
	}
	i.closeRecord()
	if !i.pidfile {
		return
	}
	if err := os.Remove(i.config.Daemon.Pidfile); err != nil {
		i.log.Warn(fmt.Sprintf("remove pidfile: %v", err))
	}
}
