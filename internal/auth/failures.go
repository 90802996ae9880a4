package auth

import (
	"net/netip"
	"sync"
	"time"
)

// From one address at most failuresMost failed logins are heard in failuresTime.
// Of at most failuresKept addresses it is known; the one that has failed longest
// ago leaves.
const (
	failuresMost = 10
	failuresTime = time.Minute
	failuresKept = 10_000
)

// Failures counts failed logins by address. The zero value is ready for use. All
// methods may be called concurrently.
type Failures struct {
	mu    sync.Mutex
	known map[netip.Prefix][]time.Time // the last ones, at most failuresMost
}

// Try begins a login from an address, and counts it as failed until it is forgiven:
// many at once are not heard either. If the address has failed too often, it tells
// for how long nothing more is heard from it, and counts nothing; otherwise 0.
func (f *Failures) Try(address string) (wait time.Duration) {
	now := time.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = map[netip.Prefix][]time.Time{}
	}
	place := placeOf(address)
	failed := f.known[place]
	if len(failed) == failuresMost {
		if wait = failuresTime - now.Sub(failed[0]); wait > 0 {
			return wait
		}
	}
	failed = append(failed, now)
	if len(failed) > failuresMost {
		failed = failed[1:]
	}
	f.known[place] = failed
	if len(f.known) > failuresKept {
		f.tidy(now)
	}
	return 0
}

// Forgive takes back what the last Try from an address has counted.
func (f *Failures) Forgive(address string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	place := placeOf(address)
	if failed := f.known[place]; len(failed) > 1 {
		f.known[place] = failed[:len(failed)-1]
	} else {
		delete(f.known, place)
	}
}

// tidy forgets who has not failed lately, or else the oldest. The lock is held.
func (f *Failures) tidy(now time.Time) {
	var (
		oldest netip.Prefix
		since  time.Time
	)
	for place, failed := range f.known {
		last := failed[len(failed)-1]
		if now.Sub(last) >= failuresTime {
			delete(f.known, place)
			continue
		}
		if since.IsZero() || last.Before(since) {
			oldest, since = place, last
		}
	}
	if len(f.known) > failuresKept {
		delete(f.known, oldest)
	}
}

// placeOf is the address of host:port; of IPv6 the network, of which whoever has
// one has all. What is none, such as the other end of a unix socket, is one place.
func placeOf(address string) netip.Prefix {
	from, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := from.Addr().Unmap().WithZone(""), 64
	if ip.Is4() {
		bits = 32
	}
	place, err := ip.Prefix(bits)
	if err != nil {
		panic(err) // the address has as many
	}
	return place
}
