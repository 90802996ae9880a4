package rpc

import (
	"context"

	"github.com/watchkeeper-go/watchkeeper/internal/xmlrpc"
	"github.com/watchkeeper-go/watchkeeper/service"
)

// call is the function of a row; what follows fits operations of the service
// to it.
type call = func(context.Context, *service.Service, args) (any, error)

func answer(ask func(*service.Service) any) call {
	return func(_ context.Context, s *service.Service, _ args) (any, error) { return ask(s), nil }
}

func done(do func(*service.Service, args) error) call {
	return func(_ context.Context, s *service.Service, a args) (any, error) { return trueUnless(do(s, a)) }
}

func trueUnless(err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return true, nil
}

type namedOperation = func(*service.Service, context.Context, string, bool) ([]service.Result, error)

func onNamespec(do namedOperation) call {
	return func(ctx context.Context, s *service.Service, a args) (any, error) {
		return trueOrResults(do(s, ctx, a.text(0), a.truth(1)))
	}
}

func onGroup(do namedOperation) call {
	return func(ctx context.Context, s *service.Service, a args) (any, error) {
		return resultStructs(do(s, ctx, a.text(0), a.truth(1)))
	}
}

func onAll(do func(*service.Service, context.Context, bool) ([]service.Result, error)) call {
	return func(ctx context.Context, s *service.Service, a args) (any, error) {
		return resultStructs(do(s, ctx, a.truth(0)))
	}
}

func signalProcess(ctx context.Context, s *service.Service, a args) (any, error) {
	return trueOrResults(s.Signal(ctx, a.text(0), a.text(1)))
}

// trueOrResults is true for one process, results for a whole group.
func trueOrResults(results []service.Result, err error) (any, error) {
	if results == nil {
		return trueUnless(err)
	}
	return resultStructs(results, err)
}

func reloadConfig(_ context.Context, s *service.Service, _ args) (any, error) {
	added, changed, removed, err := s.Reread()
	if err != nil {
		return nil, err
	}
	return []any{[]any{added, changed, removed}}, nil
}

func getProcessInfo(_ context.Context, s *service.Service, a args) (any, error) {
	info, err := s.ProcessInfo(a.text(0))
	if err != nil {
		return nil, err
	}
	return processInfo(info), nil
}

func readLog(channel string) call {
	return func(_ context.Context, s *service.Service, a args) (any, error) {
		return logText(s.ReadLog(a.text(0), channel, a.number(1), a.number(2)))
	}
}

func logText(data []byte, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return string(data), nil
}

func tailLog(channel string) call {
	return func(_ context.Context, s *service.Service, a args) (any, error) {
		data, offset, overflow, err := s.TailLog(a.text(0), channel, a.number(1), a.number(2))
		if err != nil {
			return nil, err
		}
		return []any{string(data), offset, overflow}, nil
	}
}

func stateStruct(s *service.Service) any {
	state := s.State()
	return xmlrpc.Struct{{Name: "statecode", Value: int(state)}, {Name: "statename", Value: state.String()}}
}
