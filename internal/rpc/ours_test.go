package rpc_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/watchkeeper-go/watchkeeper/config"
	"github.com/watchkeeper-go/watchkeeper/internal/auth"
	"github.com/watchkeeper-go/watchkeeper/internal/rpc"
	"github.com/watchkeeper-go/watchkeeper/service/servicetest"
)

// ours is our interface over children that exist in memory only, in virtual time.
type ours struct{ handler http.Handler }

func replayOurs(t *testing.T, session *txtar.Archive) {
	dir := t.TempDir()
	writeConf(t, dir, session.Files[0].Data)
	synctest.Test(t, func(t *testing.T) {
		d := servicetest.New(t, dir)
		p := ours{rpc.Handler(d.Service, interfaces(t, d))}
		play(t, dir, p, session, compare(t, session))
	})
}

// interfaces are those that the configuration of d wants.
func interfaces(t *testing.T, d *servicetest.Daemon) rpc.Options {
	t.Helper()
	c, err := config.Load(filepath.Join(d.Dir, "supervisord.conf"), config.System(), nil)
	if err != nil {
		t.Fatal(err)
	}
	o := rpc.Options{Supervisor: true, Log: d.Log.Logger()}
	for _, r := range c.RPC {
		if r.Kind == config.RPCTwiddler {
			o.Twiddlers = append(o.Twiddlers, rpc.Twiddler{Name: r.Name, Whitelist: r.Whitelist})
		}
	}
	return o
}

func (o ours) post(t *testing.T, body []byte) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/RPC2", bytes.NewReader(body))
	r.Header.Set("Content-Length", "set by a client")
	o.handler.ServeHTTP(w, as(r, auth.Admin))
	if w.Code != http.StatusOK {
		return []byte(http.StatusText(w.Code) + "\n")
	}
	if got := w.Header().Get("Content-Type"); got != "text/xml" {
		t.Errorf("Content-Type is %q", got)
	}
	return w.Body.Bytes()
}

// as is r as the server hands it on once it knows who sent it.
func as(r *http.Request, role auth.Role) *http.Request {
	return r.WithContext(auth.With(r.Context(), auth.Identity{Role: role}))
}

func (o ours) pause(d time.Duration) {
	time.Sleep(d) // in the bubble
	synctest.Wait()
}
