package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/web/lang"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// configActions are the rows of the table of actions about the configuration.
func configActions() []action {
	return []action{{"update", auth.Admin, true, (*Site).update}}
}

// update applies what the page has shown, and nothing else.
func (s *Site) update(r *request) (said, error) {
	revision := r.PostForm.Get("revision")
	if revision == "" {
		return said{}, errForm
	}
	result := make(chan said, 1)
	s.work.Go(func() { // it does not end with the request
		added, changed, removed, err := s.Service.UpdateAs(context.Background(), revision)
		result <- updated(r.words, len(added)+len(changed)+len(removed), err)
	})
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	select {
	case a := <-result:
		return a, nil
	case <-timeout.C:
		return said{Text: r.words.T("done.underway")}, nil
	}
}

// updated tells what became of an update that has done n things.
func updated(w *lang.Words, n int, err error) said {
	switch {
	case err == nil && n == 1:
		return said{Text: w.T("done.update.one")}
	case err == nil:
		return said{Text: w.T("done.update", n)}
	case errors.Is(err, service.ErrPlanChanged) && n == 0:
		return said{Text: w.T("config.meanwhile"), Failed: true, status: http.StatusConflict}
	case errors.Is(err, service.ErrCannotReread):
		return said{Text: w.T("config.faulty"), Failed: true, status: http.StatusConflict}
	}
	return said{Text: w.T("config.partly", n, reason(w, err)), Failed: true, status: http.StatusConflict}
}
