package web

import (
	"context"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// programActions are the rows of the table of actions about one program.
func programActions() []action {
	return []action{
		{"signal", auth.Operator, true, (*Site).signal},
		{"clear-log", auth.Operator, true, (*Site).clearLog},
	}
}

// signal sends the signal that the form names.
func (s *Site) signal(r *request) (said, error) {
	return s.operate(r, "signal", func(ctx context.Context, name string) ([]service.Result, error) {
		return s.Service.Signal(ctx, name, r.PostForm.Get("signal"))
	})
}

func (s *Site) clearLog(r *request) (said, error) {
	return s.operate(r, "clear-log", func(_ context.Context, name string) ([]service.Result, error) {
		return nil, s.Service.ClearLog(name)
	})
}
