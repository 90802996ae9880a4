package config

import (
	"slices"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Diff compares the groups of two loads by name: those that are new, those
// that changed, in the order of new, and those that are gone, in the order of
// old (as diff_to_active). Of groups with one name the first in order counts,
// as it does when groups are made.
func Diff(old, new []supervise.GroupSpec) (added, changed, removed []string) {
	before, after := groupsByName(old), groupsByName(new)
	for _, g := range new {
		have, ok := before[g.Name]
		switch {
		case slices.Contains(added, g.Name) || slices.Contains(changed, g.Name):
		case !ok:
			added = append(added, g.Name)
		case !have.Equal(after[g.Name]):
			changed = append(changed, g.Name)
		}
	}
	for _, g := range old {
		if _, ok := after[g.Name]; !ok && !slices.Contains(removed, g.Name) {
			removed = append(removed, g.Name)
		}
	}
	return added, changed, removed
}

func groupsByName(groups []supervise.GroupSpec) map[string]supervise.GroupSpec {
	byName := make(map[string]supervise.GroupSpec, len(groups))
	for _, g := range groups {
		if _, ok := byName[g.Name]; !ok {
			byName[g.Name] = g
		}
	}
	return byName
}

// DiffJobs compares the jobs of two loads by name: those that are new, those
// whose declared text changed, in the order of new, and those that are gone, in
// the order of old. Either may be nil. Whether the trigger of a changed job is
// the same, so that its next run stays, Schedule.String tells.
func DiffJobs(old, new *Scheduler) (added, changed, removed []string) {
	if old == nil {
		old = &Scheduler{}
	}
	if new == nil {
		new = &Scheduler{}
	}
	before, after := jobsByName(old.Jobs), jobsByName(new.Jobs)
	for _, j := range new.Jobs {
		have, ok := before[j.Name]
		switch {
		case !ok:
			added = append(added, j.Name)
		case have.Declared != j.Declared:
			changed = append(changed, j.Name)
		}
	}
	for _, j := range old.Jobs {
		if _, ok := after[j.Name]; !ok {
			removed = append(removed, j.Name)
		}
	}
	return added, changed, removed
}

func jobsByName(jobs []Job) map[string]Job {
	byName := make(map[string]Job, len(jobs))
	for _, j := range jobs {
		byName[j.Name] = j
	}
	return byName
}
