package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/watchkeeper-go/watchkeeper/event"
	"github.com/watchkeeper-go/watchkeeper/job"
	"github.com/watchkeeper-go/watchkeeper/schedule"
)

const (
	// waitPoll is how often a store is asked for the runs that somebody waits for
	// and that another node may have.
	waitPoll = 500 * time.Millisecond
	// waitPatience is how long a store may take to answer that.
	waitPatience = 5 * time.Second
)

// waits tells those who wait for runs when it is time to look at them again. The
// scheduler's events say so of runs that it has in hand. For all others together
// there is one question to each store from time to time, however many wait.
// Nothing of it lives while nobody waits.
type waits struct {
	scheduler *schedule.Scheduler

	// life is held while the first comes and the last goes. It is taken before
	// the lock of the bus, and that before mu.
	life  sync.Mutex
	count int
	stop  func()

	mu     sync.Mutex
	runs   map[string]*awaited // by ID
	asking map[string]bool     // stores that have not answered yet
}

// awaited is a run that somebody waits for.
type awaited struct {
	id string

	// Guarded by waits.mu.
	count int           // of those who wait
	store string        // "": nobody has found it yet
	news  chan struct{} // closed when it is time to look
}

// join begins to watch a run; leave ends it.
func (ws *waits) join(id string) *awaited {
	ws.life.Lock()
	defer ws.life.Unlock()
	if ws.count++; ws.count == 1 {
		ws.start()
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w := ws.runs[id]
	if w == nil {
		w = &awaited{id: id, news: make(chan struct{})}
		ws.runs[id] = w
	}
	w.count++
	return w
}

func (ws *waits) leave(w *awaited) {
	ws.life.Lock()
	defer ws.life.Unlock()
	ws.mu.Lock()
	if w.count--; w.count == 0 {
		delete(ws.runs, w.id)
	}
	ws.mu.Unlock()
	if ws.count--; ws.count == 0 {
		ws.stop()
	}
}

// news returns a channel that is closed by what happens to the run from now on.
func (ws *waits) news(w *awaited) <-chan struct{} {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return w.news
}

// in notes where the run is kept.
func (ws *waits) in(w *awaited, store string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	w.store = store
}

// Accept implements event.Subscription.
func (ws *waits) Accept(e event.Event) {
	switch e := e.(type) {
	case schedule.Executed:
		ws.tell(e.Run)
	case schedule.Errored:
		ws.tell(e.Run)
	case schedule.Cancelled:
		ws.tell(e.Run)
	case schedule.Lost:
		ws.tell(e.Run)
	case schedule.Missed:
		ws.tell(e.Run)
	}
}

// tell has those who wait for the run look at it.
func (ws *waits) tell(id string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if w := ws.runs[id]; w != nil {
		close(w.news)
		w.news = make(chan struct{})
	}
}

// start makes events and time count. stop waits for the end of a poll, after which
// no store is asked any more.
func (ws *waits) start() {
	unsubscribe := ws.scheduler.Bus().Subscribe(ws, event.JobExecuted, event.JobError, event.JobCancelled, event.JobLost, event.JobMissed)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		ws.poll(ctx)
	}()
	ws.stop = func() {
		unsubscribe()
		cancel()
		<-done
	}
}

// poll asks the stores until ctx is over, each by itself: one that hangs keeps no
// other from being asked.
func (ws *waits) poll(ctx context.Context) {
	var asked sync.WaitGroup
	defer asked.Wait()
	ticker := time.NewTicker(waitPoll)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		for store, ids := range ws.elsewhere() {
			if !ws.begin(store) {
				continue // it has not answered yet
			}
			asked.Go(func() {
				defer ws.end(store)
				ws.ask(ctx, store, ids)
			})
		}
	}
}

// begin reports whether the store may be asked, and that it is until end.
func (ws *waits) begin(store string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.asking[store] {
		return false
	}
	ws.asking[store] = true
	return true
}

func (ws *waits) end(store string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	delete(ws.asking, store)
}

// elsewhere are the runs that are not in hand here, by store.
func (ws *waits) elsewhere() map[string][]string {
	ids := map[string][]string{}
	ws.mu.Lock()
	for id, w := range ws.runs {
		if w.store != "" {
			ids[w.store] = append(ids[w.store], id)
		}
	}
	ws.mu.Unlock() // the scheduler has locks of its own
	for store, all := range ids {
		ids[store] = slices.DeleteFunc(all, ws.scheduler.In(store).InHand)
		if len(ids[store]) == 0 {
			delete(ids, store)
		}
	}
	return ids
}

// ask has those look whose runs do not live any more as the store says. If it does
// not answer, that is for all of them to see.
func (ws *waits) ask(ctx context.Context, store string, ids []string) {
	ctx, cancel := context.WithTimeout(ctx, waitPatience)
	defer cancel()
	live, err := ws.scheduler.In(store).Runs(ctx, job.RunFilter{IDs: ids, Phases: []job.Phase{job.Waiting, job.Running}})
	lives := make(map[string]bool, len(live))
	for i := range live {
		lives[live[i].ID] = err == nil
	}
	for _, id := range ids {
		if !lives[id] {
			ws.tell(id)
		}
	}
}
