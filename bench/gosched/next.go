package schedbench

import (
	"errors"
	"math"
	"time"
)

// references is the fixed list of times that next asks for: 64 of 2026 to 2029.
func references(loc *time.Location) []time.Time {
	const first, span = 1767225600, 126230400 // seconds
	times := make([]time.Time, 64)
	x := uint64(12345)
	for i := range times {
		x = x*6364136223846793005 + 1442695040888963407
		times[i] = time.Unix(first+int64((x>>33)%span), 0).In(loc)
	}
	return times
}

// next measures the computation of the next time, the best of three loops. The
// checksum is the sum of all results: contenders must agree.
func next(d Driver, o options) (figures, error) {
	if d.Next == nil {
		return nil, errors.New("no next")
	}
	loc, err := time.LoadLocation(o.zone)
	if err != nil {
		return nil, err
	}
	after, err := d.Next(o.expr, loc)
	if err != nil {
		return nil, err
	}
	times := references(loc)
	var sum int64
	for _, t := range times {
		sum += after(t).Unix()
	}
	best := math.Inf(1)
	for range 3 {
		begin := time.Now()
		for i := range o.count {
			after(times[i%len(times)])
		}
		best = min(best, float64(time.Since(begin).Nanoseconds())/float64(o.count))
	}
	return figures{"ns_per_next": best, "checksum": sum}, nil
}
