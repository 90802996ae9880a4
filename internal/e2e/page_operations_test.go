package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/watchkeeper-go/watchkeeper/internal/webtest/browser"
)

// TestPagesOfOperations looks at the pages of events, configuration and health with
// a browser.
func TestPagesOfOperations(t *testing.T) {
	t.Parallel()
	b := browser.Need(t)
	for name, test := range map[string]func(*testing.T, *browser.Browser){
		"events": pageOfEvents, "configuration": pageOfConfiguration, "looks": pagesOfOperationsLook,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// read is the configuration as it stands.
func (d *pageDaemon) read() string {
	d.t.Helper()
	text, err := os.ReadFile(d.conf)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}

// row is an expression for the rows of the page of events that say all of this.
func row(words ...string) string {
	conditions := []string{"true"}
	for _, word := range words {
		conditions = append(conditions, fmt.Sprintf("r.textContent.includes(%q)", word))
	}
	return fmt.Sprintf("[...document.querySelectorAll('#event-rows .row')].filter((r) => %s).length", strings.Join(conditions, " && "))
}

// pageOfEvents: what happens is there by itself, is filtered as it is typed,
// and waits while it is held.
func pageOfEvents(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/events")
	tab.Until("the page to be live", live)
	tab.Until("the failure from before it was opened", row("broken", "Fatal")+" === 1")
	d.ctl("stop", "single")
	tab.Until("the stop", row("single", "Stopped")+" === 1")

	tab.Click("#events-pause")
	d.ctl("start", "single")
	tab.Until("the button to count", "document.getElementById('events-pause').textContent.includes('new')")
	if n := browser.Eval[int64](tab, row("single", "pid")); n != 1 {
		t.Errorf("the list is held, and shows %d starts of single, want the first", n)
	}
	tab.Click("#events-pause")
	tab.Until("what came meanwhile", row("single", "pid")+" === 2")

	browser.Eval[bool](tab, "document.querySelector('#event-filter [name=q]').focus() ?? true")
	tab.Type("fatal")
	tab.Until("only what matches", row()+" === 1 && "+row("broken")+" === 1")
	if got := browser.Eval[string](tab, "location.search"); got != "?q=fatal" {
		t.Errorf("the address says %q", got)
	}
}

// pageOfConfiguration: what differs is there by itself, is applied by keyboard after
// a question, and nothing is applied that was not shown.
func pageOfConfiguration(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	conf := d.read()
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/config")
	tab.Until("nothing to apply", "document.querySelector('#plan .empty')")
	d.write(strings.Replace(conf, "[program:single]", "[program:single]\nstopwaitsecs = 3", 1))
	tab.Until("the change", "document.querySelector('.step h3')?.textContent === 'single'")
	if got := tab.Text(".step .c-new"); !strings.HasPrefix(got, "3") || !strings.Contains(got, "watchkeeper.conf:") {
		t.Errorf("the files say %q", got)
	}

	// Without scripts the page stays as it is while the file changes again.
	plain := b.Open(t, d.origin, browser.View{NoScript: true})
	plain.Go("/config")
	d.write(strings.Replace(conf, "[program:single]", "[program:single]\nstopwaitsecs = 4", 1))
	plain.Click(".apply button")
	plain.UntilText("h1", "Apply the changes? single: restarted")
	plain.Click("button.danger")
	plain.Until("to be told that the files have changed", "document.querySelector('.notice.bad')?.textContent.includes('files have changed')")

	tab.Until("the other change", "document.querySelector('.step .c-new')?.textContent.startsWith('4')")
	browser.Eval[bool](tab, "document.querySelector('.apply button').focus() ?? true")
	tab.Type(kb.Enter)
	tab.Until("a dialog that names what restarts", "document.querySelector('dialog[open]')?.textContent.includes('single: restarted')")
	tab.Type(kb.Tab)
	tab.Type(kb.Enter)
	tab.Until("nothing left to apply", "document.querySelector('#plan .empty')")

	d.write(strings.Replace(conf, "startretries = 0", "startretries = many", 1))
	tab.Until("the fault", "document.querySelector('.faults')?.textContent.includes('startretries')")
}

// pagesOfOperationsLook takes pictures, and holds the pages to their width.
func pagesOfOperationsLook(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms+"[scheduler]\nstate_directory = $DIR/state\n[job:fails]\ntrigger = interval\nseconds = 1\ncommand = false\n")
	d.write(strings.Replace(d.read(), "numprocs = 3", "numprocs = 4\npriority = 5\nenvironment = API_TOKEN=\"x\"", 1))
	for path, title := range map[string][2]string{"/events": {"Events", "事件"}, "/config": {"Configuration", "配置"}, "/health": {"Health", "健康状况"}} {
		for _, v := range []browser.View{
			{Width: 1440, Height: 900}, {Width: 1440, Height: 900, Dark: true, Language: "zh-CN"},
			{Width: 360, Height: 780}, {Width: 360, Height: 780, Dark: true, Language: "zh-CN"},
		} {
			tab := b.Open(t, d.origin, v)
			tab.Go(path)
			tab.Until("the page to be live", live)
			tab.Shot(fmt.Sprintf("%s-%d-dark=%v-%s", path[1:], v.Width, v.Dark, v.Language))
			if wide := browser.Eval[int64](tab, "document.documentElement.scrollWidth"); wide > v.Width {
				t.Errorf("%s, %+v: the page is %d pixels wide", path, v, wide)
			}
			want := title[0]
			if v.Language == "zh-CN" {
				want = title[1]
			}
			if got := tab.Text("h1"); got != want {
				t.Errorf("%s, %+v: its title is %q, want %q", path, v, got, want)
			}
		}
	}
}
