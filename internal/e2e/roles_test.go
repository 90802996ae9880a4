package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/auth"
)

// leastRole is who may change something by the API: what is not here must be a GET,
// which whoever may read may do.
func leastRole() map[string]auth.Role {
	return map[string]auth.Role{
		"POST /config/check": auth.Admin, "POST /config/reload": auth.Admin, "POST /config/reread": auth.Admin, "POST /config/update": auth.Admin,
		"POST /daemon/shutdown": auth.Admin, "POST /events": auth.Operator, "DELETE /log": auth.Operator, "PUT /groups/{group}": auth.Admin,
		"DELETE /groups/{group}": auth.Admin, "POST /groups/{group}/restart": auth.Operator, "POST /groups/{group}/signal": auth.Operator,
		"POST /groups/{group}/start": auth.Operator, "POST /groups/{group}/stop": auth.Operator, "POST /processes/restart": auth.Operator,
		"POST /processes/signal": auth.Operator, "POST /processes/start": auth.Operator, "POST /processes/stop": auth.Operator,
		"POST /processes/{process}/restart": auth.Operator, "POST /processes/{process}/signal": auth.Operator,
		"POST /processes/{process}/start": auth.Operator, "POST /processes/{process}/stop": auth.Operator,
		"POST /processes/{process}/stdin": auth.Operator, "DELETE /processes/{process}/logs": auth.Operator, "POST /jobs": auth.Admin,
		"PUT /jobs/{job}": auth.Admin, "PATCH /jobs/{job}": auth.Admin, "DELETE /jobs/{job}": auth.Admin, "POST /jobs/{job}/pause": auth.Operator,
		"POST /jobs/{job}/resume": auth.Operator, "POST /jobs/{job}/run": auth.Operator, "POST /runs/{run}/cancel": auth.Operator,
		"POST /scheduler/pause": auth.Operator, "POST /scheduler/resume": auth.Operator, "POST /scheduler/shutdown": auth.Admin, "POST /triggers/preview": auth.Viewer,
		// Who carries out runs.
		"POST /executors/{executor}/workers": auth.Operator, "POST /executors/{executor}/workers/{worker}/functions": auth.Operator,
		"POST /executors/{executor}/workers/{worker}/exchange": auth.Operator, "DELETE /executors/{executor}/workers/{worker}": auth.Operator,
	}
}

// TestRoles asks for everything that there is, by every method, with every role that
// is too low, and with none: nothing is done, and the answer says so.
func TestRoles(t *testing.T) {
	t.Parallel()
	secrets := map[auth.Role]string{}
	tokens := ""
	for role := auth.Viewer; role <= auth.Admin; role++ {
		secret, hash := auth.NewSecret()
		secrets[role] = secret
		tokens += fmt.Sprintf("[token:%s]\nrole = %s\ntoken = %s\n", role, role, hash)
	}
	d := servePage(t, "username = me\npassword = secret", pagePrograms+pageJobs+tokens)
	ask := func(role auth.Role, method, path, kind, body string) (status int, answer string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, d.origin+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if kind != "" {
			r.Header.Set("Content-Type", kind)
		}
		if role > auth.Nobody {
			r.Header.Set("Authorization", "Bearer "+secrets[role])
		}
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		a, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		text, err := io.ReadAll(io.LimitReader(a.Body, 1<<20))
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(text)
	}
	refused := func(least auth.Role, method, path, kind, body string) {
		t.Helper()
		for role := auth.Nobody; role < least; role++ {
			want := http.StatusForbidden
			if role == auth.Nobody {
				want = http.StatusUnauthorized
			}
			if got, answer := ask(role, method, path, kind, body); got != want {
				t.Errorf("%s %s as %v: status %d, want %d: %.200s", method, path, role, got, want, answer)
			}
		}
	}
	const form = "application/x-www-form-urlencoded"

	_, text := ask(auth.Viewer, http.MethodGet, "/api/v1/openapi.json", "", "")
	var document struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatalf("%v: %.200s", err, text)
	}
	names := strings.NewReplacer("{group}", "single", "{process}", "single", "{job}", "wrong", "{run}", "x", "{stream}", "stdout", "{executor}", "app", "{worker}", "x")
	least := leastRole()
	asked := map[string]bool{}
	for path, methods := range document.Paths {
		path = strings.TrimPrefix(path, "/api/v1")
		for method := range methods {
			method = strings.ToUpper(method)
			role, known := least[method+" "+path]
			switch {
			case !known && method == http.MethodGet:
				role = auth.Viewer
			case !known:
				t.Errorf("%s %s is not in the table of this test", method, path)
				role = auth.Admin
			}
			asked[method+" "+path] = true
			refused(role, method, "/api/v1"+names.Replace(path), "application/json", "{}")
		}
	}
	for operation := range least {
		if !asked[operation] {
			t.Errorf("the API has no %s", operation)
		}
	}

	for path, role := range map[string]auth.Role{
		"/": auth.Viewer, "/programs/single": auth.Viewer, "/programs/single/logs/stdout": auth.Viewer, "/jobs": auth.Viewer,
		"/jobs/new": auth.Admin, "/jobs/default/wrong": auth.Viewer, "/jobs/default/wrong/edit": auth.Admin, "/runs": auth.Viewer,
		"/calendar": auth.Viewer, "/events": auth.Viewer, "/config": auth.Admin, "/health": auth.Viewer, "/classic": auth.Viewer,
		"/index.html": auth.Viewer, "/tail.html?processname=single": auth.Viewer, "/ok.html": auth.Viewer, "/logtail/single": auth.Viewer,
		"/mainlogtail": auth.Viewer, "/metrics": auth.Viewer, "/api/v1": auth.Viewer,
		"/?processname=single&action=stop": auth.Operator, "/index.html?action=stopall": auth.Operator, "/?processname=single&action=clearlog": auth.Operator,
	} {
		refused(role, http.MethodGet, path, "", "")
	}
	for action, role := range map[string]auth.Role{
		"start": auth.Operator, "stop": auth.Operator, "restart": auth.Operator, "signal": auth.Operator, "clear-log": auth.Operator,
		"run-job": auth.Operator, "pause-job": auth.Operator, "resume-job": auth.Operator, "cancel-run": auth.Operator,
		"remove-job": auth.Admin, "update": auth.Admin,
	} {
		refused(role, http.MethodPost, "/actions/"+action, form, url.Values{"name": {"single"}, "confirmed": {"yes"}}.Encode())
	}
	refused(auth.Admin, http.MethodPost, "/jobs/new", form, "do=save&id=x")

	_, methods := ask(auth.Viewer, http.MethodPost, "/RPC2", "text/xml", call("system.listMethods"))
	for _, m := range regexp.MustCompile(`<string>([a-z]+\.[A-Za-z]+)</string>`).FindAllStringSubmatch(methods, -1) {
		if reads(m[1]) {
			continue
		}
		status, answer := ask(auth.Viewer, http.MethodPost, "/RPC2", "text/xml", call(m[1]))
		if status != http.StatusOK || !strings.Contains(answer, "<int>403</int>") {
			t.Errorf("%s as %v: status %d, want fault 403: %.300s", m[1], auth.Viewer, status, answer)
		}
	}
	if status, _ := ask(auth.Nobody, http.MethodPost, "/RPC2", "text/xml", call("supervisor.getState")); status != http.StatusUnauthorized {
		t.Errorf("XML-RPC without credentials: status %d", status)
	}

	for _, name := range []string{"single", "web:web_00"} {
		if _, answer := ask(auth.Viewer, http.MethodGet, "/api/v1/processes/"+name, "", ""); !strings.Contains(answer, "RUNNING") {
			t.Errorf("after all that %s is not as it was: %s", name, answer)
		}
	}
}

// call is an XML-RPC call without arguments: the role counts before them.
func call(method string) string {
	return "<?xml version='1.0'?><methodCall><methodName>" + method + "</methodName><params/></methodCall>"
}

// reads tells of which methods of XML-RPC the name says that it changes nothing, and
// of system.multicall, which is as good as the calls in it.
func reads(method string) bool {
	_, name, _ := strings.Cut(method, ".")
	return strings.HasPrefix(method, "system.") || strings.HasPrefix(name, "get") || strings.HasPrefix(name, "read") || strings.HasPrefix(name, "tail")
}
