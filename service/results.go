package service

import (
	"slices"
	"time"
)

// Result is what became of one process in an operation on several.
type Result struct {
	Group, Name string
	Err         error // nil: done
}

// together is how close results must arrive to count as simultaneous: the
// interval at which the original looks for what has completed.
const together = 50 * time.Millisecond

// arrival is a result, when it came and where its process stands in the order
// of the request.
type arrival struct {
	Result
	place int
	at    time.Time
}

// byCompletion puts results in the order in which they came, as the original
// answers, those that came together in the order of the request.
func byCompletion(arrivals []arrival) []Result {
	slices.SortStableFunc(arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
	results := make([]Result, 0, len(arrivals))
	for len(arrivals) > 0 {
		end := arrivals[0].at.Add(together)
		n := 1
		for n < len(arrivals) && arrivals[n].at.Before(end) {
			n++
		}
		slices.SortFunc(arrivals[:n], func(a, b arrival) int { return a.place - b.place })
		for _, a := range arrivals[:n] {
			results = append(results, a.Result)
		}
		arrivals = arrivals[n:]
	}
	return results
}
