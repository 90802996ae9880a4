package schedule

import (
	"slices"
	"time"

	"github.com/watchkeeper-go/watchkeeper/job"
)

// room is what the limits of a job leave free, as far as its claim tells; the
// store has the last word.
type room struct {
	policy    job.Policy
	instances []int // held
	places    []int // held, of the concurrency group
	waiting   int   // live runs that wait for their turn, not those that wait for a retry
}

func roomOf(d job.Due, now time.Time) room {
	r := room{policy: d.Job.Policy, places: slices.Clone(d.Places)}
	for i := range d.Live {
		switch live := &d.Live[i]; {
		case live.Phase == job.Waiting:
			if !live.Due.After(now) {
				r.waiting++
			}
		case live.Instance >= 0:
			r.instances = append(r.instances, live.Instance)
		}
	}
	return r
}

// free reports whether one more run may begin. What waits goes first.
func (r *room) free() bool {
	return (r.unlimited() || r.waiting == 0 && len(r.instances) < r.limit()) &&
		(r.policy.Group == "" || len(r.places) < r.policy.GroupLimit)
}

// instanceLeft reports whether the job itself, with what waits for the group,
// is below its limit.
func (r *room) instanceLeft() bool {
	return len(r.instances)+r.waiting < r.limit()
}

// take holds the lowest free instance and place; -1 where there is no limit.
func (r *room) take() (instance, place int) {
	instance, place = -1, -1
	if !r.unlimited() {
		instance = lowestFree(r.instances)
		r.instances = append(r.instances, instance)
	}
	if r.policy.Group != "" {
		place = lowestFree(r.places)
		r.places = append(r.places, place)
	}
	return instance, place
}

func (r *room) unlimited() bool { return r.policy.Overlap == job.AllowOverlap }

func (r *room) limit() int { return max(r.policy.MaxInstances, 1) }

func lowestFree(held []int) int {
	for k := 0; ; k++ {
		if !slices.Contains(held, k) {
			return k
		}
	}
}
