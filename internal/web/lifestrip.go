package web

import (
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/history"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// lifeStrip is the states of a process in the order of time, as bars that touch.
type lifeStrip struct {
	Bars        []lifeBar
	Label       string // the same in words
	From, Until time.Time
}

// lifeBar is a state that lasted, in units of a viewBox of lifeWidth.
type lifeBar struct {
	X, Width     int
	Class, Title string
}

const (
	lifeWidth = 1000
	lifeLeast = 3 // of a bar, so that the shortest is seen
	lifeMost  = 24 * time.Hour
)

// lifeOf draws changes, the oldest first, up to now: at most a day.
func lifeOf(changes []history.Change, now time.Time, w *lang.Words) (s lifeStrip) {
	if len(changes) == 0 {
		return s
	}
	s.From, s.Until = changes[0].At, now
	if now.Sub(s.From) > lifeMost {
		s.From = now.Add(-lifeMost)
	}
	whole := max(now.Sub(s.From), time.Second)
	place := func(t time.Time) int { return int(int64(lifeWidth) * int64(max(0, t.Sub(s.From))) / int64(whole)) }
	counts := map[string]time.Duration{}
	var order []string
	for i, c := range changes {
		end := now
		if i+1 < len(changes) {
			end = changes[i+1].At
		}
		if !end.After(s.From) && end != now {
			continue
		}
		state := w.T("state." + c.To.String())
		lasted := end.Sub(laterOf(c.At, s.From))
		if _, ok := counts[state]; !ok {
			order = append(order, state)
		}
		counts[state] += lasted
		title := w.T("life.bar", state, c.At.Local().Format(time.DateTime), w.Duration(lasted))
		if c.How != "" {
			title += "\n" + how(w, c.How)
		}
		x := place(c.At)
		s.Bars = append(s.Bars, lifeBar{x, max(lifeLeast, place(end)-x), changeClass(c), title})
	}
	for i, state := range order {
		if i > 0 {
			s.Label += ", "
		}
		s.Label += w.T("life.part", state, w.Duration(counts[state]))
	}
	return s
}

func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// changeClass is classOf for a change.
func changeClass(c history.Change) string {
	return classOf(&supervise.Status{State: c.To}, c.Expected)
}
