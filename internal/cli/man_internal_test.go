package cli

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/servertest"
)

// pagesOfManual are all pages by name.
func pagesOfManual(t *testing.T) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, p := range manual(world{}.tree(), time.Unix(0, 0)) {
		pages[p.name] = p.text
	}
	return pages
}

func TestManualRendersWithoutWarnings(t *testing.T) {
	t.Parallel()
	for _, tool := range [][]string{
		{"mandoc", "-T", "lint", "-W", "warning"},
		{"groff", "-ww", "-man", "-T", "utf8", "-b", "-z"},
	} {
		t.Run(tool[0], func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(tool[0]); err != nil {
				servertest.Missing(t, tool[0], err)
			}
			for name, text := range pagesOfManual(t) {
				c := exec.Command(tool[0], tool[1:]...)
				c.Stdin = strings.NewReader(text)
				if out, err := c.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
					t.Errorf("%s: %v\n%s", name, err, out)
				}
			}
		})
	}
}

func TestManualHasEveryCommandAndOption(t *testing.T) {
	t.Parallel()
	pages := pagesOfManual(t)
	for _, c := range (world{}).tree().Commands() {
		if pages["watchkeeper-"+c.Name()] == "" {
			t.Errorf("%s has no page", c.Name())
		}
	}
	for page, options := range map[string][]option{"serve": supervisordOptions(), "ctl": supervisorctlOptions()} {
		for _, o := range options {
			want := "\n" + `\fB\-` + string(o.short) + `, \-\-` + o.long
			switch {
			case o.long == "": // -?, which stands for -h
				continue
			case o.short == 0:
				want = "\n" + `\fB\-\-` + o.long
			}
			if !strings.Contains(pages["watchkeeper-"+page], want) {
				t.Errorf("watchkeeper-%s(1) lacks --%s", page, o.long)
			}
		}
	}
	for _, option := range []string{"startsecs", "crontab", "orphans"} {
		if !strings.Contains(pages["watchkeeper.conf"], "\n.TP\n"+`\fB`+option+`\fR`) {
			t.Errorf("watchkeeper.conf(5) lacks %s", option)
		}
	}
	if !strings.Contains(pages["watchkeeper-ctl"], "\n.TP\n"+`\fBreread\fR`) {
		t.Error("watchkeeper-ctl(1) lacks reread")
	}
}

func TestManPrintsThePage(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"man":                   `.TH "WATCHKEEPER" "1"`,
		"man watchkeeper":       `.TH "WATCHKEEPER" "1"`,
		"man check":             `.TH "WATCHKEEPER\-CHECK" "1"`,
		"man watchkeeper-check": `.TH "WATCHKEEPER\-CHECK" "1"`,
		"man conf":              `.TH "WATCHKEEPER.CONF" "5"`,
		"man watchkeeper.conf":  `.TH "WATCHKEEPER.CONF" "5"`,
	} {
		var out bytes.Buffer
		c := world{stdout: &out}.tree()
		c.SetArgs(strings.Fields(args))
		if err := c.Execute(); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%s: %v, prints %.60q, want %s", args, err, out.String(), want)
		}
	}
	c := world{stdout: new(bytes.Buffer), stderr: new(bytes.Buffer)}.tree()
	c.SetArgs([]string{"man", "nothing"})
	if err := c.Execute(); err == nil || !strings.Contains(err.Error(), "no page called nothing") {
		t.Errorf("man nothing: %v", err)
	}
}
