package webtest_test

import (
	"testing"

	"github.com/watchkeeper-go/watchkeeper/internal/webtest"
)

func TestPatternsFindElements(t *testing.T) {
	page := webtest.Parse(t, `<!DOCTYPE html><main><p class="a b" id="x">one <b>two</b><br>three</p><p>four &amp; five</p><input name=q value="1" disabled></main>`)
	for pattern, want := range map[string]int{
		"p": 2, "p.b": 1, ".a": 1, "#x": 1, "p#x": 1, "b#x": 0, "[name=q]": 1, "input[disabled]": 1, "input[name=r]": 0, "main": 1, "i": 0,
	} {
		if got := len(page.All(pattern)); got != want {
			t.Errorf("%d elements %s, want %d", got, pattern, want)
		}
	}
	if got, want := page.One(t, "main").Text(), "one twothreefour & five"; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}
