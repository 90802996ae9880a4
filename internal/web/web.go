// Package web is the page that Supervisor's users know: a status table,
// actions and the tail of a log, over the service. It works without
// JavaScript.
package web

import (
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// Handler answers /, /index.html, /tail.html, /ok.html and the static files.
func Handler(s *service.Service) http.Handler { panic("stub") }
