package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// thousand is a configuration of a thousand programs in ten groups.
func thousand() string {
	var b strings.Builder
	b.WriteString("[supervisord]\nlogfile=$DIR/main.log\nchildlogdir=$DIR\n")
	for n := range 10 {
		fmt.Fprintf(&b, "[program:group%d]\ncommand=/bin/cat\nstartsecs=0\nprocess_name=worker_%%(process_num)03d\nnumprocs=100\nstdout_logfile=NONE\nstderr_logfile=NONE\n", n)
	}
	return b.String()
}

// TestAThousandProgramsFit: what travels for the page with all that it loads, and for
// a change of half of them.
func TestAThousandProgramsFit(t *testing.T) {
	inBubble(t, thousand(), func(t *testing.T, w *world) {
		w.get("/")
		time.Sleep(10 * time.Minute)
		w.get("/")
		total := 0
		size := func(target string) int {
			t.Helper()
			answer := w.get(target, "Accept-Encoding", "gzip")
			if answer.Code != http.StatusOK {
				t.Fatalf("%.60s: %d", target, answer.Code)
			}
			return answer.Body.Len()
		}
		total += size("/")
		entries, err := embedded.ReadDir("static")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			total += size("/assets/" + e.Name())
		}
		if total > 200<<10 {
			t.Errorf("the page and all that it loads are %d bytes, want at most 200 KiB", total)
		}
		names := url.Values{}
		for n := range 200 { // as live.js asks
			names.Add("name", fmt.Sprintf("program:group%d:worker_%03d", n/100, n%100))
		}
		part := size("/?part=rows&" + names.Encode())
		if part > 40<<10 {
			t.Errorf("200 rows are %d bytes", part)
		}
		t.Logf("%d bytes for the page with all that it loads, %d for 200 rows of it", total, part)
	})
}
