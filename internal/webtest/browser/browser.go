// Package browser shows pages of a daemon to Debian's Chromium, for tests. It
// watches over what a page must never do: say an error on the console, throw,
// break its Content-Security-Policy, or ask another origin for anything.
package browser

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// patience is how long a test waits for what a page is to show.
const patience = 30 * time.Second

// ErrMissing: there is no browser.
var ErrMissing = errors.New("no Chromium is installed (Debian: chromium)")

// Browser is a running Chromium with a profile of its own.
type Browser struct {
	ctx     context.Context
	profile string
	cancel  func()
}

// Need starts a browser for a test: without Chromium that is skipped, and fails
// where CI is true. It ends with the test.
func Need(t testing.TB) *Browser {
	t.Helper()
	return servertest.Need(t, start, ErrMissing)
}

func start() (*Browser, error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, errors.Join(ErrMissing, err)
	}
	profile, err := os.MkdirTemp("", "browser")
	if err != nil {
		return nil, err
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &Browser{ctx: ctx, profile: profile, cancel: func() { cancel(); release() }}
	if err := chromedp.Do(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), b.Stop())
	}
	return b, nil
}

// Stop ends the browser.
func (b *Browser) Stop() error {
	b.cancel()
	return os.RemoveAll(b.profile)
}

// View is how somebody looks at a page.
type View struct {
	Width, Height int64 // 0: 1440, 900
	Dark          bool
	Language      string // as Accept-Language; "": en
	NoScript      bool
}

// apply makes a tab look like that.
func (v View) apply(ctx context.Context) error {
	scheme := "light"
	if v.Dark {
		scheme = "dark"
	}
	language := cmp.Or(v.Language, "en")
	_, agent := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0", AcceptLanguage: language,
	})
	_, media := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	size := v.size(ctx, v.Height)
	_, script := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript})
	_, messages := chromedp.Call(ctx, log.Enable, cdp.Empty{})
	_, requests := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	_, metrics := chromedp.Call(ctx, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	return errors.Join(agent, media, size, script, messages, requests, metrics)
}

func (v View) size(ctx context.Context, height int64) error {
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: v.Width, Height: height, DeviceScaleFactor: 1, Mobile: v.Width < 600,
	})
	return err
}

// Tab is a page of a browser. What goes wrong fails the test.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	origin string
	view   View

	mu       sync.Mutex
	offences []string
	expected []string // parts of offences that the test brings about
}

// Open opens a tab for the pages of an origin, such as http://127.0.0.1:9001.
func (b *Browser) Open(t testing.TB, origin string, v View) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	if v.Width == 0 {
		v.Width, v.Height = 1440, 900
	}
	tab := &Tab{t: t, ctx: ctx, origin: origin, view: v}
	if err := errors.Join(chromedp.Do(ctx), chromedp.Listen(ctx, tab.listen), v.apply(ctx)); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tab.Shot("failed")
		}
		cancel()
		for _, offence := range tab.Offences() {
			t.Errorf("the page: %s", offence)
		}
	})
	return tab
}

// listen notes what a page must not do.
func (tab *Tab) listen(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		what := event.ExceptionDetails.Text
		if e := event.ExceptionDetails.Exception; e != nil {
			what += " " + e.Description
		}
		tab.note("throws " + what)
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			var said []string
			for _, a := range event.Args {
				said = append(said, string(a.Value)+a.Description)
			}
			tab.note("says on the console: " + strings.Join(said, " "))
		}
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError || event.Entry.Source == log.EntrySourceSecurity {
			tab.note(fmt.Sprintf("%s: %s %s", event.Entry.Source, event.Entry.Text, event.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		u, err := url.Parse(event.Request.URL)
		if err != nil || u.Scheme+"://"+u.Host != tab.origin && u.Scheme != "data" && u.Scheme != "about" {
			tab.note("asks another origin: " + event.Request.URL)
		}
	}
}

func (tab *Tab) note(offence string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.offences = append(tab.offences, offence)
}

// Expect says that the test brings about offences with this text.
func (tab *Tab) Expect(text string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.expected = append(tab.expected, text)
}

// Offences are what the page has done so far that it must not do.
func (tab *Tab) Offences() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(tab.offences), func(offence string) bool {
		return slices.ContainsFunc(tab.expected, func(text string) bool { return strings.Contains(offence, text) })
	})
}

// Go goes to a path of the origin.
func (tab *Tab) Go(path string) {
	tab.t.Helper()
	run(tab, "go to "+path, chromedp.Navigate(tab.origin+path))
}

// Click clicks on the first element of a CSS selector, with the mouse.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	run(tab, "look for "+selector, chromedp.ScrollIntoView(chromedp.CSS(selector)))
	run(tab, "click on "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Type types text into what has the focus; keys that write nothing are those of
// chromedp's package kb.
func (tab *Tab) Type(text string) {
	tab.t.Helper()
	run(tab, "type "+text, chromedp.KeyEvent(text))
}

// Text is what a person reads in the first element of a selector.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return strings.Join(strings.Fields(run(tab, "read "+selector, chromedp.Text(chromedp.CSS(selector)))), " ")
}

// Eval gives the value of an expression of JavaScript.
func Eval[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	return run(tab, "evaluate "+expression, chromedp.Evaluate[T](expression))
}

func run[T any](tab *Tab, what string, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatalf("%s: %v", what, err)
	}
	return value
}

// Busy is how much time of a processor the main thread of the page has taken.
func (tab *Tab) Busy() time.Duration {
	tab.t.Helper()
	metrics, err := chromedp.Call(tab.ctx, performance.GetMetrics, cdp.Empty{})
	if err != nil {
		tab.t.Fatalf("ask for metrics: %v", err)
	}
	for _, m := range metrics.Metrics {
		if m.Name == "TaskDuration" {
			return time.Duration(m.Value * float64(time.Second))
		}
	}
	tab.t.Fatal("the browser does not tell how busy it is")
	return 0
}

// Until waits until an expression of JavaScript is true and tells how long that took.
func (tab *Tab) Until(what, expression string) time.Duration {
	tab.t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	for {
		is, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")"))
		if err == nil && is {
			return time.Since(began)
		}
		select {
		case <-ctx.Done():
			tab.t.Fatalf("%s: not within %v (%v)", what, patience, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// UntilText waits until the first element of a selector says a text.
func (tab *Tab) UntilText(selector, text string) {
	tab.t.Helper()
	tab.Until(selector+" to say "+text, fmt.Sprintf("document.querySelector(%q)?.textContent.trim() === %q", selector, text))
}

// Shot keeps a picture of the whole page among the artifacts of the test: go test
// -artifacts -outputdir DIR.
func (tab *Tab) Shot(name string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	// In a window as high as the page, since rows that are not seen are not drawn.
	height, err := chromedp.Run(ctx, chromedp.Evaluate[int64]("document.documentElement.scrollHeight"))
	if err == nil {
		err = tab.view.size(ctx, max(height, tab.view.Height))
	}
	var picture page.CaptureScreenshotResult
	if err == nil {
		picture, err = chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(tab.t.ArtifactDir(), name+".png"), picture.Data, 0o600)
	}
	if err = errors.Join(err, tab.view.size(ctx, tab.view.Height)); err != nil {
		tab.t.Errorf("take a picture: %v", err)
	}
}
