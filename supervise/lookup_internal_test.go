package supervise

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/proc/proctest"
)

// A name server that does not answer holds up a start for a while, and that while
// once for all that start together.
func TestANameServerThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		starter := proctest.New()
		s := New(Options{Starter: starter, Bus: event.NewBus(), Log: slog.New(slog.DiscardHandler)})
		s.parts.sockets.look = func(ctx context.Context, _, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		g := GroupSpec{Name: "g"}
		for n := range 5 {
			p := Program{Group: "g", Name: fmt.Sprint("p", n), Command: "/bin/true"}
			p.Start.Auto = true
			if n < 4 {
				p.Socket = &SocketSpec{URL: fmt.Sprintf("tcp://host%d:80", n), UID: -1, GID: -1}
			}
			g.Programs = append(g.Programs, p)
		}
		if err := s.Add(g); err != nil {
			t.Fatal(err)
		}
		time.Sleep(lookupPatience + time.Millisecond)
		synctest.Wait()
		for n, p := range s.processes() {
			status := p.Status()
			switch {
			case n == 4 && status.State != Running:
				t.Errorf("the process without a socket is %v", status.State)
			case n < 4 && !strings.Contains(status.SpawnErr, context.DeadlineExceeded.Error()):
				t.Errorf("process %d is %v, with %q", n, status.State, status.SpawnErr)
			}
		}
		starter.EndAll()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
