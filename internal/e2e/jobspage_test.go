package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/watchkeeper-go/watchkeeper/internal/webtest/browser"
)

const pageJobs = `[scheduler]
state_directory = $DIR
timezone = Europe/Berlin
[job:backup]
name = Nightly backup
crontab = 0 3 * * *
command = printf '\033[32mdone\033[0m at last\n'
[job:endless]
crontab = 0 4 * * *
command = sh -c 'echo begun; sleep 1000'
[job:often]
trigger = interval
seconds = 1
command = true
[job:wrong]
crontab = 0 5 * * *
command = sh -c 'echo no >&2; exit 3'
`

// TestJobPages looks at the pages of jobs with a browser, and steers.
func TestJobPages(t *testing.T) {
	t.Parallel()
	b := browser.Need(t)
	for name, test := range map[string]func(*testing.T, *browser.Browser){
		"steers jobs": jobsSteered, "adds and edits": jobsAdded, "without scripts": jobsWithoutScripts, "looks": jobsLook,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// inRow is an expression for what a part of the row of a job says.
func inRow(job, part string) string {
	return fmt.Sprintf(`document.querySelector('[data-key="job:default/%s"] %s')?.textContent.trim()`, job, part)
}

// jobsSteered: a job is run, paused and resumed, and a run cancelled, and the pages
// show what becomes of it by themselves.
func jobsSteered(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pageJobs)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/jobs")
	tab.Until("the page to be live", live)
	button := func(job, action string) string {
		return fmt.Sprintf(`[data-key="job:default/%s"] button[formaction="/actions/%s"]`, job, action)
	}
	tab.Click(button("wrong", "run-job"))
	tab.Until("the run to fail", inRow("wrong", ".c-last .state")+" === 'Failed'")
	tab.Click(button("backup", "pause-job"))
	tab.Until("a pause", inRow("backup", ".c-next")+" === 'Paused'")
	tab.Click(button("backup", "resume-job"))
	tab.Until("a next run", inRow("backup", ".c-next")+".includes('03:00:00 CE')")

	tab.Click(button("endless", "run-job"))
	tab.Until("it to run", inRow("endless", ".state.busy")+" === '1 running'")
	tab.Go("/runs?q=endless")
	tab.Until("a bar", "document.querySelector('#timeline rect.busy')")
	tab.Click("#run-list .c-slot a")
	tab.Until("its page", "location.pathname.startsWith('/runs/') && "+live)
	tab.Until("its output", "document.querySelector('pre.output')?.textContent.includes('begun')")
	tab.Click(`button[formaction="/actions/cancel-run"]`)
	tab.Click("#confirm-yes")
	tab.Until("it to be cancelled", "document.querySelector('.page-head .state').textContent.trim() === 'Cancelled'")

	tab.Go("/jobs/default/backup")
	tab.Until("the page to be live", live)
	tab.Click(`#job button[formaction="/actions/run-job"]`)
	tab.Until("a run that succeeded", "document.querySelector('#job .runs .state')?.textContent.trim() === 'Succeeded'")
	tab.Click("#job .runs .c-slot a")
	tab.UntilText("pre.output .a-f2", "done")
}

// jobsAdded: the trigger is previewed as it is typed, by keyboard; the job is
// edited, and removed when that was confirmed.
func jobsAdded(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pageJobs)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/jobs")
	tab.Click(`a[href="/jobs/new"]`)
	tab.Until("the form", "document.querySelector('html.with-modules form.job-form')")
	tab.Click("#field-id")
	tab.Type("mine")
	tab.Click(`input[name="command.command"]`)
	tab.Type("echo hello")
	tab.Click(`input[name="crontab.crontab"]`)
	tab.Type("0 25 * * *")
	tab.Until("the preview to object", `document.querySelector('#preview [data-field="crontab.crontab"]')`)
	if !browser.Eval[bool](tab, `document.querySelector('[name="crontab.crontab"]').ariaInvalid === 'true'`) {
		t.Error("the field is not marked")
	}
	browser.Eval[bool](tab, `document.activeElement.select() ?? true`)
	tab.Type("30 2 * * *")
	tab.Until("the next ten times", "document.querySelectorAll('#preview li').length === 10")
	if got := tab.Text("#preview"); !strings.Contains(got, "at 02:30 every day, Europe/Berlin") || !strings.Contains(got, "the clocks of Europe/Berlin skip") {
		t.Errorf("the preview says %q", got)
	}
	tab.Type(kb.Enter)
	tab.UntilText(".notice", "mine added.")

	tab.Go("/jobs/default/mine/edit")
	tab.Until("the form", "location.pathname.endsWith('/edit') && document.querySelector('html.with-modules form.job-form')")
	tab.Click(`input[name="when"][value="interval"]`)
	tab.Click(`input[name="interval.every"]`)
	tab.Type("90m")
	tab.Until("another preview", "document.querySelector('#preview').textContent.includes('every 1 hour 30 minutes')")
	tab.Click(`button[value="save"]`)
	tab.UntilText(".notice", "mine saved.")

	tab.Until("the page to be live", live)
	// It may be brought up to date just now, which a click by place would not survive.
	browser.Eval[bool](tab, `(document.querySelector('button[formaction="/actions/remove-job"]').click(), true)`)
	tab.Until("a dialog", "document.querySelector('dialog[open]')")
	if got, want := tab.Text("#confirm-title"), "Remove mine?"; got != want {
		t.Errorf("the dialog asks %q, want %q", got, want)
	}
	tab.Click("#confirm-yes")
	tab.UntilText(".notice", "mine removed.")
	tab.Until("the list", "location.pathname === '/jobs'")
	if browser.Eval[bool](tab, inRow("mine", "a")+" !== undefined") {
		t.Error("it is still in the list")
	}
}

// jobsWithoutScripts: jobs are filtered, added after a preview, run and removed.
func jobsWithoutScripts(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pageJobs)
	tab := b.Open(t, d.origin, browser.View{NoScript: true})
	tab.Go("/jobs/new")
	tab.Click("#field-id")
	tab.Type("mine")
	tab.Click(`input[name="command.command"]`)
	tab.Type("true")
	tab.Click(`input[name="when"][value="interval"]`)
	tab.Click(`input[name="interval.every"]`)
	tab.Type("1h")
	tab.Click(`button[value="preview"]`)
	tab.Until("a preview", "document.querySelectorAll('#preview li').length === 10")
	tab.Click(`button[value="save"]`)
	tab.UntilText(".notice", "mine added.")
	tab.Click(`button[formaction="/actions/run-job"]`)
	tab.UntilText(".notice", "mine was asked to run.")
	tab.Click(`button[formaction="/actions/remove-job"]`)
	tab.UntilText("h1", "Remove default/mine?")
	tab.Click("button.danger")
	tab.UntilText(".notice", "mine removed.")
}

// jobsLook takes pictures of the pages, and holds them to their width.
func jobsLook(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pageJobs)
	for _, v := range []browser.View{
		{Width: 1440, Height: 900}, {Width: 1024, Height: 900, Dark: true, Language: "zh-CN"}, {Width: 360, Height: 780, Language: "zh-CN"},
	} {
		tab := b.Open(t, d.origin, v)
		for name, path := range map[string]string{
			"jobs": "/jobs", "job": "/jobs/default/often", "runs": "/runs?span=hour", "calendar": "/calendar", "week": "/calendar?span=week", "form": "/jobs/new",
		} {
			tab.Go(path)
			tab.Until("the page", "document.querySelector('html.with-modules h1')")
			tab.Shot(fmt.Sprintf("%s-%d-dark=%v-%s", name, v.Width, v.Dark, v.Language))
			if wide := browser.Eval[int64](tab, "document.documentElement.scrollWidth"); wide > v.Width {
				t.Errorf("%s, %+v: the page is %d pixels wide", path, v, wide)
			}
		}
	}
}
