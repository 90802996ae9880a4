package web

import (
	"slices"
	"strings"
	"time"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// clocks are what the clocks of a zone do.
type clocks struct {
	Zone string
	// Text says when they are changed, and how.
	Text string
	// Now: the change is in the time of the calendar.
	Now     bool
	Affects []affected
}

// affected is a job to which a change of clocks does something.
type affected struct{ Job, Path, Text string }

// clockChanges are the next changes in the zones of the jobs that are due, those in
// the time of the calendar first.
func clockChanges(c *service.Calendar, w *runWords) []clocks {
	zones := map[string]*clocks{}
	for i := range c.Jobs {
		j := &c.Jobs[i]
		zone := j.Times[0].Location()
		z := zones[zone.String()]
		if z == nil {
			z = changeOf(zone, c.From, c.Until, w)
			zones[zone.String()] = z
		}
		for _, warning := range j.Warnings {
			z.Affects = append(z.Affects, affected{j.ID, jobPath(j.Store, j.ID), warning})
		}
	}
	var all []clocks
	for _, z := range zones {
		if z.Text != "" {
			all = append(all, *z)
		}
	}
	slices.SortFunc(all, func(a, b clocks) int {
		if a.Now != b.Now {
			if a.Now {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Zone, b.Zone)
	})
	return all
}

// changeOf has no Text where the clocks are never changed again.
func changeOf(zone *time.Location, from, until time.Time, w *runWords) *clocks {
	z := &clocks{Zone: zone.String()}
	_, at := from.In(zone).ZoneBounds()
	if at.IsZero() {
		return z
	}
	_, before := at.Add(-time.Second).Zone()
	name, after := at.Zone()
	by := time.Duration(after-before) * time.Second
	old := at.UTC().Add(time.Duration(before) * time.Second).Format("15:04")
	key := "clocks.forward"
	if by < 0 {
		key, by = "clocks.back", -by
	}
	if by == 0 {
		return z // only its name changes
	}
	z.Now = at.Before(until)
	z.Text = w.T(key, z.Zone, at.Format(time.DateOnly), old, at.Format("15:04")+" "+name, w.Duration(by))
	return z
}
