// Package rpc is Supervisor's XML-RPC interface, supervisor.* and system.*,
// as a table of methods over the service, and the table of its faults.
package rpc

import (
	"log/slog"
	"net/http"

	"github.com/watchkeeper-go/watchkeeper/service"
)

// Options of the interface.
type Options struct {
	// Supervisor: an [rpcinterface:supervisor] section is there; without it only system.* answers.
	Supervisor bool
	Log        *slog.Logger
}

// Handler answers POST /RPC2.
func Handler(s *service.Service, o Options) http.Handler { panic("stub") }

// LogTail answers /logtail/<name>[/stdout|stderr]; MainLogTail answers /mainlogtail.
func LogTail(s *service.Service) http.Handler     { panic("stub") }
func MainLogTail(s *service.Service) http.Handler { panic("stub") }
