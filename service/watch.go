package service

import "github.com/watchkeeper-go/watchkeeper/event"

// Subscribe adds a subscription to the daemon's events, as Bus.Subscribe.
func (s *Service) Subscribe(to event.Subscription, types ...event.Type) (cancel func()) {
	return s.parts.Bus.Subscribe(to, types...)
}

// Closed is closed when the daemon is about to end and streams have to.
func (s *Service) Closed() <-chan struct{} { return s.life.Done() }
