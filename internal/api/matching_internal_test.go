package api

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/api"
)

func TestEntityTags(t *testing.T) {
	for text, want := range map[string]string{
		`*`:                    `*`,
		" *\t":                 `*`,
		`"7"`:                  `"7"`,
		`"7","8"`:              `"7" "8"`,
		` "7" ,	"8", W/"9" `:   `"7" "8" W/"9"`,
		`,, "7",,`:             `"7"`,
		`"a,b", ""`:            `"a,b" ""`,
		`"ü"`:                  `"ü"`,
		`"*"`:                  `"*"`,
		``:                     ``,
		`,`:                    ``,
		`7`:                    ``,
		`"7`:                   ``,
		`"7" "8"`:              ``,
		`"7"8`:                 ``,
		`"7 8"`:                ``,
		`*, "7"`:               ``,
		`"7", *`:               ``,
		`w/"7"`:                ``,
		`W/ "7"`:               ``,
		strings.Repeat(`,`, 9): ``,
	} {
		tags, ok := entityTags(text)
		if ok != (want != "") || ok && cmp.Diff(want, strings.Join(tags, " ")) != "" {
			t.Errorf("%s has the tags %s (%v), want %s", text, strings.Join(tags, " "), ok, want)
		}
	}
}

func TestAChangeIsMadeOnlyIfAnETagMatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, programs+jobs)
		const spec = `{"trigger": "cron", "command": "x"}`
		w.want(412, w.ask("PUT", "/jobs/own", spec, "If-Match", `*`))
		w.want(412, w.ask("PUT", "/jobs/own", spec, "If-Match", `"1", "2"`))
		tag := w.want(201, w.ask("PUT", "/jobs/own", spec, "If-None-Match", `*`)).Header().Get("ETag")
		w.want(412, w.ask("PUT", "/jobs/own", spec, "If-None-Match", `*`))
		w.want(422, w.ask("PUT", "/jobs/own", spec, "If-None-Match", tag))

		for _, match := range []string{`"1", "2"`, `W/` + tag, `W/` + tag + `, "2"`, strings.Trim(tag, `"`), `"0` + tag[1:], `"7" "8"`} {
			w.want(412, w.ask("PATCH", "/jobs/own", `{"timeout": 60}`, "If-Match", match))
			w.want(412, w.ask("DELETE", "/jobs/own", "", "If-Match", match))
		}
		changed := w.want(200, w.ask("PATCH", "/jobs/own", `{"timeout": 60}`, "If-Match", `"1",`+tag))
		w.want(412, w.ask("PATCH", "/jobs/own", `{"timeout": 90}`, "If-Match", `"1",`+tag))
		w.want(412, w.ask("PUT", "/jobs/own", spec, "If-Match", `"1",`+tag))
		// A list may be told in lines.
		newer := changed.Header().Get("ETag")
		w.want(200, w.ask("PUT", "/jobs/own", `{"trigger": "cron", "command": "y"}`, "If-Match", tag, "If-Match", newer))
		var job api.Job
		w.decode(w.want(200, w.ask("GET", "/jobs/own", "")), &job)
		if job.Func != "y" {
			t.Errorf("the job is %+v", job)
		}
		// What is not there is not there, with a condition or without.
		w.want(404, w.ask("PATCH", "/jobs/nix", `{"timeout": 60}`, "If-Match", `*`))
		w.want(404, w.ask("DELETE", "/jobs/nix", "", "If-Match", `"1", "2"`))
		w.want(204, w.ask("DELETE", "/jobs/own", "", "If-Match", `*`))
	})
}
