package e2e_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/watchkeeper-go/watchkeeper/internal/redistest"
	"github.com/watchkeeper-go/watchkeeper/internal/webtest/browser"
)

// pageDaemon is a daemon whose page a test looks at.
type pageDaemon struct {
	t       *testing.T
	dir     string
	conf    string
	origin  string
	through []string // what the daemon is started by
	cmd     *exec.Cmd
	output  bytes.Buffer
}

// servePage starts a daemon with these sections and waits until it answers. In
// them $DIR is a directory of its own. server is what [inet_http_server] has besides
// its port; through is a command that executes the daemon, with its arguments.
func servePage(t *testing.T, server, sections string, through ...string) *pageDaemon {
	t.Helper()
	address, err := redistest.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d := &pageDaemon{t: t, dir: dir, conf: filepath.Join(dir, "watchkeeper.conf"), origin: "http://" + address, through: through}
	d.write(fmt.Sprintf(`[supervisord]
identifier = page
logfile = $DIR/main.log
pidfile = $DIR/pid
childlogdir = $DIR
[inet_http_server]
port = %s
%s
[unix_http_server]
file = $DIR/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://$DIR/s.sock
`, address, server) + sections)
	d.start()
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Logf("the daemon said:\n%s", d.output.Bytes())
		}
	})
	return d
}

func (d *pageDaemon) write(conf string) {
	d.t.Helper()
	if err := os.WriteFile(d.conf, []byte(strings.ReplaceAll(conf, "$DIR", d.dir)), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *pageDaemon) start() {
	d.t.Helper()
	command := slices.Concat(d.through, []string{"watchkeeper", "serve", "-c", d.conf})
	d.cmd = exec.Command(command[0], command[1:]...)
	d.cmd.Stdout, d.cmd.Stderr = &d.output, &d.output
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	wait(d.t, "the daemon to listen", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(d.origin, "http://"))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

func (d *pageDaemon) stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // if it has ended, Wait says so
	if err := d.cmd.Wait(); err != nil {
		d.t.Errorf("the daemon: %v", err)
	}
	d.cmd = nil
}

// ctl runs supervisorctl with this daemon.
func (d *pageDaemon) ctl(args ...string) {
	d.t.Helper()
	if out, err := exec.Command("supervisorctl", append([]string{"-c", d.conf}, args...)...).CombinedOutput(); err != nil {
		d.t.Fatalf("supervisorctl %v: %v\n%s", args, err, out)
	}
}

const pagePrograms = `[program:web]
command = sleep 1000
process_name = web_%(process_num)02d
numprocs = 3
startsecs = 0
[program:single]
command = sleep 1000
startsecs = 0
[program:broken]
command = sh -c 'echo no >&2; exit 3'
startretries = 0
`

// stateOf is an expression for the state of a program on the overview.
func stateOf(name string) string {
	return fmt.Sprintf("document.querySelector('[data-name=%q] .state')?.textContent", name)
}

func (d *pageDaemon) wantState(tab *browser.Tab, name, state string) time.Duration {
	d.t.Helper()
	return tab.Until(name+" to be "+state, fmt.Sprintf("%s === %q", stateOf(name), state))
}

const live = "document.querySelector('.link-state.is-live')"

// TestPage looks at the page with a browser, and steers.
func TestPage(t *testing.T) {
	t.Parallel()
	b := browser.Need(t)
	for name, test := range map[string]func(*testing.T, *browser.Browser){
		"steers": pageSteers, "comes back": pageComesBack, "without scripts": pageWithoutScripts, "logs in": pageLogsIn, "looks": pageLooks,
		"follows logs": pageFollowsLogs,
	} {
		t.Run(name, func(t *testing.T) { test(t, b) })
	}
}

// pageSteers: a program is stopped and started by mouse and by keyboard, and
// the page shows what becomes of it, and what others do.
func pageSteers(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/")
	tab.Until("the page to be live", live)
	d.wantState(tab, "single", "Running")
	d.wantState(tab, "broken", "Fatal")

	tab.Click(`[data-name="single"] button[formaction="/actions/stop"]`)
	tab.Until("a dialog", "document.querySelector('dialog[open]')")
	if got, want := tab.Text("#confirm-title"), "Stop single?"; got != want {
		t.Errorf("the dialog asks %q, want %q", got, want)
	}
	tab.Type(kb.Escape)
	tab.Until("the dialog to close", "!document.querySelector('dialog[open]')")
	if got := browser.Eval[string](tab, stateOf("single")); got != "Running" {
		t.Errorf("after Escape it is %s", got)
	}
	tab.Click(`[data-name="single"] button[formaction="/actions/stop"]`)
	tab.Click("#confirm-yes")
	d.wantState(tab, "single", "Stopped")
	tab.Until("to be told", "document.querySelector('.toast')?.textContent.includes('single stopped.')")
	tab.Click(`[data-name="single"] button[formaction="/actions/start"]`)
	d.wantState(tab, "single", "Running")

	// By keyboard alone: filter, tick, restart.
	tab.Type("/")
	tab.Type("web_01")
	tab.Until("the filter to hide the others", "document.querySelectorAll('#programs .row:not([hidden])').length === 1")
	browser.Eval[bool](tab, `document.querySelector('[data-name="web:web_01"] input').focus() ?? true`)
	tab.Type(" ")
	tab.Until("a selection", "document.querySelector('.selection:not(.is-empty)')")
	since := browser.Eval[string](tab, `document.querySelector('[data-name="web:web_01"] time').dateTime`)
	browser.Eval[bool](tab, `document.querySelector('.selection button[formaction="/actions/stop"]').focus() ?? true`)
	tab.Type(kb.Enter)
	tab.Until("a dialog", "document.querySelector('dialog[open]')")
	tab.Type(kb.Tab)
	tab.Type(kb.Enter)
	d.wantState(tab, "web:web_01", "Stopped")
	if since == browser.Eval[string](tab, `document.querySelector('[data-name="web:web_01"] time').dateTime`) {
		t.Error("the time of the stop is that of the start")
	}
	if !browser.Eval[bool](tab, `document.querySelector('[data-name="web:web_01"] input').checked`) {
		t.Error("what was ticked is not so any more after a change")
	}
	d.wantState(tab, "web:web_00", "Running")

	// What others do is seen as well; TestAllPages says within what time.
	d.ctl("stop", "web:web_02")
	d.wantState(tab, "web:web_02", "Stopped")
}

// pageComesBack: after the daemon was away the page is up to date by itself.
func pageComesBack(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Expect("net::ERR_")
	tab.Go("/")
	tab.Until("the page to be live", live)
	d.stop()
	tab.Until("the page to say that it is not up to date", "document.querySelector('.link-state.is-stale')")
	d.start()
	d.ctl("stop", "single")
	tab.Until("the page to be live again", live)
	d.wantState(tab, "single", "Stopped")
	tab.Click(`[data-name="single"] button[formaction="/actions/start"]`) // with the token of the new daemon
	d.wantState(tab, "single", "Running")
}

// pageWithoutScripts: everything can be read and steered without modules.
func pageWithoutScripts(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	tab := b.Open(t, d.origin, browser.View{NoScript: true})
	tab.Go("/")
	tab.Click(`[data-name="web:web_00"] input`)
	tab.Click(`[data-name="web:web_01"] input`)
	tab.Click(`.selection button[formaction="/actions/stop"]`)
	tab.UntilText("h1", "Stop 2 programs?")
	tab.Click("button.danger")
	tab.UntilText(".notice", "2 programs stopped.")
	if got := tab.Text(`[data-name="web:web_00"] .state`); got != "Stopped" {
		t.Errorf("the page shows %q", got)
	}
	tab.Click(`[data-name="web:web_00"] button[formaction="/actions/start"]`)
	tab.UntilText(".notice", "web:web_00 started.")
}

// pageLogsIn: a browser finds the login page, and its way back.
func pageLogsIn(t *testing.T, b *browser.Browser) {
	d := servePage(t, "username = me\npassword = secret", pagePrograms)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Expect("403 (Forbidden)")
	tab.Go("/?q=web_01")
	tab.Until("the login page", "location.pathname === '/login' && document.activeElement?.name === 'name'")
	tab.Type("me")
	tab.Type(kb.Tab)
	tab.Type("wrong")
	tab.Type(kb.Enter)
	tab.Until("to be told", "document.querySelector('.notice.bad')")
	browser.Eval[bool](tab, "document.querySelector('input[type=password]').focus() ?? true")
	tab.Type("secret")
	tab.Type(kb.Enter)
	tab.Until("the page that was asked for", "location.pathname + location.search === '/?q=web_01'")
	tab.Until("the page to be live", live)
	tab.Expect("net::ERR_")
	tab.Expect("401 (Unauthorized)")
	d.stop() // with all sessions
	d.start()
	tab.Until("the login page, since the session is over", "location.pathname === '/login' && document.activeElement?.name === 'name'")
	tab.Type("me")
	tab.Type(kb.Tab)
	tab.Type("secret")
	tab.Type(kb.Enter)
	tab.Until("the page to be live again", live)
	tab.Click(`form[action="/logout"] button`)
	tab.Until("the login page", "location.pathname === '/login'")
	tab.Go("/")
	tab.Until("the login page again", "location.pathname === '/login'")
}

const pageTalker = `[program:talk]
command = sh -c 'n=0; while :; do n=$((n+1)); printf "\\033[32mline\\033[0m %%d\\n" $n; echo "trouble $n" >&2; sleep 0.1; done'
startsecs = 0
environment = API_KEY="hidden"
[program:dies]
command = sh -c 'echo farewell >&2; sleep 0.2; exit 7'
startsecs = 0
autorestart = false
`

// pageFollowsLogs: the page of a program shows what it writes, as it is written.
func pageFollowsLogs(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pageTalker)
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/")
	tab.Click(`[data-name="talk"] .c-name a`)
	tab.Until("the page of the program", "location.pathname === '/programs/talk'")
	tab.Until("the page to be live", live)
	count := func(stream string) string {
		return fmt.Sprintf("document.querySelectorAll('#lines-%s .l').length", stream)
	}
	tab.Until("lines to come", count("stdout")+" > 10 && "+count("stderr")+" > 10")
	if got := browser.Eval[string](tab, "getComputedStyle(document.querySelector('#lines-stdout .l:last-of-type .a-f2')).color"); got == browser.Eval[string](tab, "getComputedStyle(document.body).color") {
		t.Error("green is not shown as a colour")
	}
	gapless := `[...document.querySelectorAll('#lines-stdout .l')].every((l, i, all) => i === 0 || Number(l.textContent.slice(5)) === Number(all[i-1].textContent.slice(5)) + 1)`
	if !browser.Eval[bool](tab, gapless) {
		t.Errorf("lines are missing or doubled: %s", tab.Text("#lines-stdout"))
	}

	tab.Click("#log-follow")
	held := browser.Eval[int](tab, count("stdout"))
	tab.Until("lines to be held", "document.querySelector('#log-follow').textContent.includes('new lines')")
	if now := browser.Eval[int](tab, count("stdout")); now != held {
		t.Errorf("%d lines have come while it paused", now-held)
	}
	tab.Click("#log-follow")
	tab.Until("the lines that were held", count("stdout")+fmt.Sprint(" > ", held))
	if !browser.Eval[bool](tab, gapless) {
		t.Error("lines are missing after a pause")
	}

	browser.Eval[bool](tab, "document.getElementById('log-search').focus() ?? true")
	tab.Type("trouble 3")
	tab.Until("a match", "document.querySelector('.l.here')?.textContent.startsWith('trouble 3')")
	browser.Eval[bool](tab, `(() => { const v = document.getElementById('log-view'); v.value = 'merged'; v.dispatchEvent(new Event('change')); return true })()`)
	tab.Until("both streams in one", "document.querySelectorAll('#lines-merged .of-stdout').length > 10 && document.querySelectorAll('#lines-merged .of-stderr').length > 10")
	merged := browser.Eval[int](tab, count("merged"))
	tab.Until("the merged lines to grow", count("merged")+fmt.Sprint(" > ", merged+4))

	if text := browser.Eval[string](tab, "document.body.textContent"); strings.Contains(text, "hidden") {
		t.Error("the page shows a secret")
	}
	tab.Shot("program")
	tab.Click(`#program button[formaction="/actions/stop"]`)
	tab.Click("#confirm-yes")
	tab.Until("it to be stopped", "document.querySelector('#program .state').textContent === 'Stopped'")
	tab.Until("its end", "document.querySelector('#last-stderr')?.textContent.includes('trouble')")
	tab.Click("form[action='/actions/clear-log'] button")
	tab.Click("#confirm-yes")
	tab.Until("to be told", "[...document.querySelectorAll('.toast')].some((e) => e.textContent.includes('Logs of talk cleared.'))")

	tab.Go("/programs/dies")
	tab.Until("what it said last", "document.querySelector('#last-stderr')?.textContent.includes('farewell')")
	if got := tab.Text("[aria-labelledby=why-head] .error"); got != "exit status 7" {
		t.Errorf("why it is down: %q", got)
	}
}

// TestPageBearsAThousand: with a thousand programs and ten thousand jobs a page is soon
// there, it has no gaps while one scrolls, and a change of half the programs at once
// keeps the browser busy for a moment only. It runs alone, since it measures.
func TestPageBearsAThousand(t *testing.T) {
	b := browser.Need(t)
	var sections strings.Builder
	for n := range 10 {
		fmt.Fprintf(&sections, "[program:group%d]\ncommand = sleep 1000\nprocess_name = w_%%(process_num)03d\nnumprocs = 100\nstartsecs = 0\nstdout_logfile = NONE\nstderr_logfile = NONE\n", n)
	}
	sections.WriteString("[scheduler]\nstate_directory = $DIR/state\n[jobstore:default]\nurl = memory:\n")
	for n := range 10_000 {
		fmt.Fprintf(&sections, "[job:job%05d]\ncrontab = %d 3 * * *\ncommand = true\n", n, n%60)
	}
	d := servePage(t, "", sections.String())
	wait(t, "all to run", func() bool {
		out, err := exec.Command("supervisorctl", "-c", d.conf, "status").Output()
		return err == nil && bytes.Count(out, []byte("RUNNING")) == 1000
	})
	tab := b.Open(t, d.origin, browser.View{})
	tab.Go("/")
	tab.Until("the page to be live", live)
	paint := browser.Eval[float64](tab, "performance.getEntriesByName('first-contentful-paint')[0].startTime")
	size := browser.Eval[int](tab, "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].reduce((sum, e) => sum + e.transferSize, 0)")
	before := tab.Busy()
	d.ctl("stop", "group0:*", "group1:*", "group2:*", "group3:*", "group4:*")
	tab.Until("500 changes", "document.querySelectorAll('[data-class=idle]').length === 500")
	busy := tab.Busy() - before
	if size > 200<<10 {
		t.Errorf("the page has loaded %d bytes, want at most 200 KiB", size)
	}
	// A machine that is shared is slower for everybody: what a thousand changes take is
	// compared with what it takes to make a thousand elements a hundred times over.
	before = tab.Busy()
	browser.Eval[int](tab, `(() => {
		const list = document.createElement('ul');
		for (let i = 0; i < 1e5; i++) {
			const item = document.createElement('li');
			item.textContent = i;
			if (i % 1000 === 0) list.replaceChildren();
			list.append(item);
		}
		return list.children.length })()`)
	unit := tab.Busy() - before
	t.Logf("first paint after %.0f ms, %d bytes; 500 changes of two states each took %v of the main thread, %.1f times what 100,000 elements do",
		paint, size, busy, float64(busy)/float64(unit))
	if busy > 3*unit {
		t.Errorf("1,000 changes took %v of the main thread, 100,000 elements only %v", busy, unit)
	}
	scrollsThroughJobs(t, tab)
}

// scrollsThroughJobs: rows come before one gets to their place, and there is one in the
// middle of the window at each frame.
func scrollsThroughJobs(t *testing.T, tab *browser.Tab) {
	t.Helper()
	tab.Go("/jobs")
	tab.Until("the page to be live", live)
	paint := browser.Eval[float64](tab, "performance.getEntriesByName('first-contentful-paint')[0].startTime")
	browser.Eval[bool](tab, `(() => {
		window.frames_ = { all: 0, blank: 0 };
		const step = () => {
			const end = document.documentElement.scrollHeight - innerHeight;
			scrollTo({ top: Math.min(scrollY + 400, end), behavior: 'instant' });
			requestAnimationFrame(() => {
				frames_.all++;
				if (!document.elementFromPoint(innerWidth / 3, innerHeight / 2)?.closest('.row, .heads, .group-head')) frames_.blank++;
				step();
			});
		};
		step();
		return true })()`)
	tab.Until("two thousand jobs to have come by", "document.querySelectorAll('[data-key^=\"job:\"]').length >= 2000")
	all, blank := browser.Eval[int](tab, "frames_.all"), browser.Eval[int](tab, "frames_.blank")
	t.Logf("jobs: first paint after %.0f ms; %d frames of scrolling, %d without a row in their middle", paint, all, blank)
	if all < 50 || blank > 0 {
		t.Errorf("of %d frames %d have no row in their middle", all, blank)
	}
}

// pageLooks takes pictures of the overview, and holds it to its width.
func pageLooks(t *testing.T, b *browser.Browser) {
	d := servePage(t, "", pagePrograms)
	for _, v := range []browser.View{
		{Width: 1440, Height: 900}, {Width: 1440, Height: 900, Dark: true}, {Width: 1024, Height: 900, Language: "zh-CN"},
		{Width: 360, Height: 780}, {Width: 360, Height: 780, Dark: true, Language: "zh-CN"},
	} {
		tab := b.Open(t, d.origin, v)
		tab.Go("/")
		tab.Until("the page to be live", live)
		tab.Shot(fmt.Sprintf("overview-%d-dark=%v-%s", v.Width, v.Dark, v.Language))
		if wide := browser.Eval[int64](tab, "document.documentElement.scrollWidth"); wide > v.Width {
			t.Errorf("%+v: the page is %d pixels wide", v, wide)
		}
		if v.Language == "zh-CN" && browser.Eval[string](tab, stateOf("single")) != "运行中" {
			t.Errorf("%+v: the page says %q", v, browser.Eval[string](tab, stateOf("single")))
		}
	}
}
