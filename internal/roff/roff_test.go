package roff_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/watchkeeper-go/watchkeeper/internal/roff"
)

// written is what write adds below the head of a page.
func written(write func(*roff.Page)) string {
	p := roff.New(roff.Header{Name: "x", Section: 1, About: "Does it", Date: time.Unix(0, 0), Source: "x 1"})
	before := len(p.String())
	write(p)
	return p.String()[before:]
}

func TestHead(t *testing.T) {
	t.Parallel()
	p := roff.New(roff.Header{Name: "wk-x", Section: 5, About: "Does it", Date: time.Date(2030, 1, 31, 23, 0, 0, 0, time.UTC), Source: "wk 1-2"})
	want := ".TH \"WK\\-X\" \"5\" \"2030-01-31\" \"wk 1\\-2\"\n.nh\n.ad l\n.SH NAME\nwk\\-x \\- does it\n"
	if diff := cmp.Diff(want, p.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"two paragraphs":            {"a\nb\n\nc", "a b\n.PP\nc\n"},
		"lines as they are":         {"a:\n\n    x  -y\n\t.z\nb", "a:\n.PP\n.RS 4\n.nf\nx  \\-y\n    .z\n.fi\n.RE\n.PP\nb\n"},
		"code":                      {"see `a -b`.", "see \\fBa \\-b\\fR.\n"},
		"strong and stressed":       {"**a** *b* c", "\\fBa\\fR \\fIb\\fR c\n"},
		"a link":                    {"see [that](x.md#y), too", "see that, too\n"},
		"a section before a link":   {"a [program:x] and [that](x.md)", "a [program:x] and that\n"},
		"a section is no link":      {"a [program:x] (or so)", "a [program:x] (or so)\n"},
		"a pattern is not stressed": {"a/*.conf and b/*.ini", "a/*.conf and b/*.ini\n"},
		"an open mark":              {"a ` b", "a \\(ga b\n"},
		"no request by accident":    {".SH x", "\\&.SH x\n"},
		"nor by a quote":            {"'x' \\n", "\\(aqx\\(aq \\en\n"},
		"other letters":             {"–中~^\"", "\\[u2013]\\[u4E2D]\\(ti\\(ha\\(dq\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := written(func(p *roff.Page) { p.Text(c.text) })
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestATermKeepsItsParagraphs(t *testing.T) {
	t.Parallel()
	got := written(func(p *roff.Page) {
		p.Section("A")
		p.Term("-x", "one\n\ntwo")
		p.Text("below")
	})
	want := ".SH \"A\"\n.TP\n\\fB\\-x\\fR\none\n.IP\ntwo\n.PP\nbelow\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"# Title", "", "<!-- not for readers -->", "", "One", "two.", "", "## The form", "Below.", "### Not so deep", "## The next",
		"- an item", "  goes on", "- another", "", "After.",
		"| type | what |", "|---|---|", `| a | x \| y |`, "| `b` | `c` | d |", "", "End.", "",
	}, "\n")
	want := strings.Join([]string{
		"One two.", `.SH "The form"`, "Below. ### Not so deep", `.SH "The next"`, `.IP \(bu 2`, "an item goes on", `.IP \(bu 2`, "another", ".PP", "After.",
		".TP", `\fBa\fR`, "x | y", ".TP", `\fBb: c\fR`, "d", ".PP", "End.", "",
	}, "\n")
	got := written(func(p *roff.Page) { p.Markdown(text) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
