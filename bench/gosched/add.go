package schedbench

import (
	"errors"
	"time"
)

// add measures adding schedules that are due much later.
func add(d Driver, o options) (figures, error) {
	e, err := d.Open(o.store, func(int, time.Time) {})
	if err != nil {
		return nil, err
	}
	s := Spec{Every: time.Hour, Start: time.Now().Add(time.Hour), Count: 1}
	if o.kind == "cron" {
		s = Spec{Cron: "0 9 * * mon-fri", Count: 1}
	}
	if !o.stopped {
		if err := e.Start(); err != nil {
			return nil, err
		}
		time.Sleep(200 * time.Millisecond)
	}
	heap0, rss0, cpu0, begin := heap(), rss(), cpu(), time.Now()
	one := addOne
	if o.bulk {
		one = addMany
	}
	done, err := one(e, o, s, begin)
	if err != nil {
		return nil, err
	}
	took, used := time.Since(begin).Seconds(), cpu()-cpu0
	if o.stopped {
		if err := e.Start(); err != nil {
			return nil, err
		}
		time.Sleep(time.Second)
	}
	time.Sleep(200 * time.Millisecond)
	heap1, rss1 := heap(), rss()
	e.Stop()
	each := float64(done)
	return figures{"n": done, "seconds": took, "jobs_per_s": each / took, "cpu_us_per_job": used / each * 1e6,
		"heap_bytes_per_job": float64(heap1-heap0) / each, "rss_bytes_per_job": float64(rss1-rss0) / each,
		"rss_mib": float64(rss1) / (1 << 20)}, nil
}

// addOne adds one by one.
func addOne(e Engine, o options, s Spec, begin time.Time) (done int, err error) {
	for done < o.n {
		if err := e.Add(done, s); err != nil {
			return done, err
		}
		done++
		if done%64 == 0 && time.Since(begin).Seconds() > o.longest {
			break
		}
	}
	return done, nil
}

// addMany adds by thousands.
func addMany(e Engine, o options, s Spec, begin time.Time) (done int, err error) {
	b, ok := e.(BulkAdder)
	if !ok {
		return 0, errors.New("no bulk add")
	}
	for done < o.n && time.Since(begin).Seconds() < o.longest {
		k := min(1000, o.n-done)
		if err := b.AddMany(done, k, s); err != nil {
			return done, err
		}
		done += k
	}
	return done, nil
}
