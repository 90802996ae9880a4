package e2e_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/watchkeeper-go/watchkeeper/internal/webtest/browser"
)

// TestAllPages holds every page to what all of them have in common.
func TestAllPages(t *testing.T) {
	t.Parallel()
	b := browser.Need(t)
	for name, test := range map[string]func(*testing.T, *browser.Browser){
		"are for everybody": pagesForEverybody, "come back": pagesComeBack,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// allPages are the pages of a daemon that has pagePrograms and pageJobs.
func allPages() []string {
	return []string{
		"/", "/programs/single", "/jobs", "/jobs/default/wrong", "/jobs/new", "/jobs/default/mine/edit", "/runs?span=hour", "/calendar",
		"/calendar?span=week", "/events", "/config", "/health",
	}
}

// pagesForEverybody: each control has a name in each language, each can be reached by
// the keyboard and then shows it, and each page has one title and one main part.
func pagesForEverybody(t *testing.T, b *browser.Browser) {
	// Nothing moves while the keyboard goes through a page.
	d := servePage(t, "", pagePrograms+strings.Replace(pageJobs, "seconds = 1\n", "hours = 1\n", 1))
	d.job("run", "backup", "--wait")
	d.job("add", "mine", "crontab=0 6 * * *", "command=true")
	for _, language := range []string{"en", "zh-CN"} {
		tab := b.Open(t, d.origin, browser.View{Language: language})
		for _, path := range allPages() {
			tab.Go(path)
			tab.Until("the page", "document.querySelector('html.with-modules h1')")
			controls := tab.Controls()
			if len(controls) < 10 {
				t.Errorf("%s: a screen reader finds %v only", path, controls)
			}
			for _, c := range controls {
				if strings.TrimSpace(c.Name) == "" {
					t.Errorf("%s: a %s has no name", path, c.Role)
				}
			}
			if got := browser.Eval[string](tab, "document.documentElement.lang"); got != language {
				t.Errorf("%s: its language is %q, want %q", path, got, language)
			}
			for what, expression := range map[string]string{
				"one title":          "document.querySelectorAll('h1').length === 1",
				"one main part":      "document.querySelectorAll('main').length === 1",
				"ids of their own":   "[...document.querySelectorAll('[id]')].every((e, i, all) => all.findIndex((o) => o.id === e.id) === i)",
				"labels of elements": "[...document.querySelectorAll('[aria-labelledby]')].every((e) => e.getAttribute('aria-labelledby').split(' ').every((id) => document.getElementById(id)))",
			} {
				if !browser.Eval[bool](tab, expression) {
					t.Errorf("%s: it has not %s", path, what)
				}
			}
			if language == "en" {
				reachedByKeyboard(t, tab, path)
			}
		}
	}
}

// reachedByKeyboard goes through a page with the tabulator.
func reachedByKeyboard(t *testing.T, tab *browser.Tab, path string) {
	t.Helper()
	const usable = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter((e) =>
		e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.type !== 'hidden' && e.type !== 'radio' && e.tabIndex >= 0)`
	total := browser.Eval[int](tab, "(window.missed = new Set("+usable+")).size")
	for range total + 20 {
		tab.Type(kb.Tab)
		if browser.Eval[bool](tab, `(() => {
			const e = document.activeElement;
			missed.delete(e);
			for (const o of missed) if (!o.isConnected) missed.delete(o); // it was brought up to date meanwhile
			return missed.size === 0 })()`) {
			return
		}
		if !browser.Eval[bool](tab, `(() => {
			const e = document.activeElement;
			return e === document.body || e.matches('h1, main') || getComputedStyle(e).outlineStyle !== 'none' })()`) {
			t.Errorf("%s: one does not see where the focus is: %s", path, browser.Eval[string](tab, "document.activeElement.outerHTML.slice(0, 200)"))
		}
	}
	t.Errorf("%s: the keyboard does not get to %s", path, browser.Eval[string](tab, "[...missed].map((e) => e.outerHTML.slice(0, 120)).join(' ')"))
}

// job runs watchkeeper job with this daemon.
func (d *pageDaemon) job(args ...string) {
	d.t.Helper()
	if out, err := exec.Command("watchkeeper", slices.Concat([]string{"job"}, args, []string{"-c", d.conf})...).CombinedOutput(); err != nil {
		d.t.Fatalf("watchkeeper job %v: %v\n%s", args, err, out)
	}
}

// fastest is the least time of three tries: on a machine that does other things as
// well, one of them may take long.
func fastest(try func(n int) time.Duration) time.Duration {
	return min(try(0), try(1), try(2))
}

// pagesComeBack: after the daemon was away each page is live by itself, and shows
// within a second what happens then.
func pagesComeBack(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms+pageJobs)
	single := func(selector string) func(state string) string {
		return func(state string) string {
			return fmt.Sprintf("document.querySelector(%q)?.textContent.trim() === %q", selector, state)
		}
	}
	pages := []struct {
		path  string
		shown func(state string) string // an expression: it shows single in that state
		runs  string                    // a selector of the runs of wrong
		tab   *browser.Tab
	}{
		{path: "/", shown: single("[data-name=single] .state")},
		{path: "/programs/single", shown: single("#program .state")},
		{path: "/events", shown: func(state string) string {
			const last = "[...document.querySelectorAll('#event-rows .row')].find((r) => r.textContent.includes('single'))"
			return fmt.Sprintf("%s?.querySelector('.state').textContent.trim() === %q", last, state)
		}},
		{path: "/jobs", runs: `[data-key="job:default/wrong"] .strip rect`},
		{path: "/jobs/default/wrong", runs: "#job .runs .c-slot"},
		{path: "/runs?span=hour&q=wrong", runs: "#run-list .c-slot a"},
		{path: "/health"},
	}
	for i := range pages {
		p := &pages[i]
		p.tab = b.Open(t, d.origin, browser.View{})
		p.tab.Expect("net::ERR_")
		p.tab.Go(p.path)
		p.tab.Until(p.path+" to be live", live)
	}
	d.stop()
	for _, p := range pages {
		p.tab.Until(p.path+" to say that it is not up to date", "document.querySelector('.link-state.is-stale')")
	}
	d.start()
	for _, p := range pages {
		p.tab.Until(p.path+" to be live again", live)
		if p.shown == nil {
			continue
		}
		if took := fastest(func(n int) time.Duration {
			verb, state := "stop", "Stopped"
			if n == 1 {
				verb, state = "start", "Running"
			}
			d.ctl(verb, "single")
			return p.tab.Until(p.path+" to show a "+verb, p.shown(state))
		}); took > time.Second {
			t.Errorf("%s shows a change after %v", p.path, took)
		}
		d.ctl("start", "single")
	}
	for _, p := range pages {
		if p.runs == "" {
			continue
		}
		count := fmt.Sprintf("document.querySelectorAll('%s').length", p.runs)
		if took := fastest(func(int) time.Duration {
			before := browser.Eval[int](p.tab, count)
			d.job("run", "wrong")
			return p.tab.Until(p.path+" to show a run", fmt.Sprintf("%s > %d", count, before))
		}); took > time.Second {
			t.Errorf("%s shows a run after %v", p.path, took)
		}
	}
}
