package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/job"
)

// strip is the last outcomes of a job as bars, the newest is the last: the colour
// is the outcome, the height how long it took.
type strip struct {
	Bars []stripBar
	// Label says it in words, for who does not see it.
	Label string
}

// stripBar is a run of a strip, in units of its viewBox.
type stripBar struct {
	X, Y, Height int
	Class        string
	Title        string
}

// The size of a strip.
const (
	stripRuns   = 24
	stripStep   = 6
	stripHeight = 20
	stripLeast  = 6 // of a bar
)

// runWords are the texts about runs, in a language.
type runWords struct{ *lang.Words }

// strip makes the bars of runs, of which the newest is the first.
func (w *runWords) strip(past []job.Run) (s strip) {
	past = past[:min(len(past), stripRuns)]
	longest := time.Millisecond
	for i := range past {
		longest = max(longest, took(&past[i]))
	}
	counts := map[job.OutcomeKind]int{}
	for i := len(past) - 1; i >= 0; i-- {
		r := &past[i]
		counts[r.Outcome.Kind]++
		height := stripLeast + int(float64(stripHeight-stripLeast)*float64(took(r))/float64(longest))
		s.Bars = append(s.Bars, stripBar{
			X: (len(past) - 1 - i) * stripStep, Y: stripHeight - height, Height: height, Class: outcomeClass(r.Outcome.Kind), Title: w.about(r),
		})
	}
	if len(past) == 0 {
		return s
	}
	var parts []string
	for _, k := range []job.OutcomeKind{job.None, job.Succeeded, job.Failed, job.Lost, job.Cancelled, job.Missed} {
		if n := counts[k]; n > 0 {
			parts = append(parts, w.T("strip.part", n, w.T("outcome."+k.String())))
		}
	}
	s.Label = w.T("strip.label", len(past), strings.Join(parts, w.T("strip.and")))
	return s
}

// about is a run in a line: when, what became of it, and how long that took.
func (w *runWords) about(r *job.Run) string {
	text := r.Slot.Local().Format(time.DateTime) + " " + w.T("outcome."+r.Outcome.Kind.String())
	if d := took(r); d > 0 {
		text += " " + w.Took(d)
	}
	if r.Outcome.Error != "" {
		text += ": " + plain(r.Outcome.Error)
	}
	return text
}

// took is how long the last attempt of a run took; 0 when it did not begin, or is
// not over.
func took(r *job.Run) time.Duration {
	if r.Started.IsZero() || r.Outcome.Finished.IsZero() {
		return 0
	}
	return max(0, r.Outcome.Finished.Sub(r.Started))
}

// Took is a length of time, shorter ones more exactly than Duration has them.
func (w *runWords) Took(d time.Duration) string {
	units := strings.Split(w.Units(), ",")
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f %s", d.Seconds(), units[len(units)-1])
	}
	return w.Duration(d)
}
