package executor

import "slices"

// take returns the worker for the next call, which is to be released. The
// caller holds a place, so there is room in one: the places are as many as
// those of all workers, and workers that have retired use some, too.
func (p *Python) take() (*pythonWorker, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrPythonClosed
	}
	w := p.best()
	if len(p.workers) < p.options.Workers && (w == nil || w.load > 0) {
		if added := p.add(); w == nil || !w.ready {
			w = added
		}
	}
	w.load++
	w.taken++
	if w.taken == p.options.MaxCalls {
		p.retireLocked(w)
	}
	return w, nil
}

// best is the worker that has room and the least to do; one that is still
// starting comes last. nil: there is none.
func (p *Python) best() (best *pythonWorker) {
	for _, w := range p.workers {
		switch {
		case w.load >= p.options.Concurrency:
		case best == nil, w.ready && !best.ready, w.ready == best.ready && w.load < best.load:
			best = w
		}
	}
	return best
}

// add starts one more worker.
func (p *Python) add() *pythonWorker {
	w := newPythonWorker(p)
	p.workers = append(p.workers, w)
	p.lives.Go(w.live)
	return w
}

// release says that a call of w has ended.
func (p *Python) release(w *pythonWorker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.load--
	if p.retired[w] && w.load == 0 {
		w.end()
	}
}

// isReady says that w answers.
func (p *Python) isReady(w *pythonWorker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.ready = true
}

// retire gives w no more calls and lets it end after those that it has.
func (p *Python) retire(w *pythonWorker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retireLocked(w)
}

func (p *Python) retireLocked(w *pythonWorker) {
	if p.retired[w] || !p.remove(w) {
		return
	}
	p.retired[w] = true
	if w.load == 0 {
		w.end()
	}
}

// gone says that the process of w has ended.
func (p *Python) gone(w *pythonWorker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(w)
	delete(p.retired, w)
}

// remove takes w out of those that get calls, and starts another in its place
// so that it is warm when it is needed. One that has never answered is not
// replaced before the next call: that may have its reason in all of them.
func (p *Python) remove(w *pythonWorker) bool {
	i := slices.Index(p.workers, w)
	if i < 0 {
		return false
	}
	p.workers = slices.Delete(p.workers, i, i+1)
	if w.ready && !p.closed {
		p.add()
	}
	return true
}
