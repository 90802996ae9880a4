package metrics

import (
	"strconv"
	"strings"
)

// page is a page in Prometheus' text format, version 0.0.4
// (prometheus.io/docs/instrumenting/exposition_formats).
type page struct{ b strings.Builder }

// contentType is that of a page.
const contentType = "text/plain; version=0.0.4; charset=utf-8"

// family begins a metric. All samples of it follow.
func (p *page) family(name, kind, help string) {
	p.b.WriteString("# HELP " + name + " " + escaped(help, false) + "\n# TYPE " + name + " " + kind + "\n")
}

// label is a name and its value.
type label struct{ name, value string }

// sample writes one value.
func (p *page) sample(name string, value float64, labels ...label) {
	p.b.WriteString(name)
	for i, l := range labels {
		if i == 0 {
			p.b.WriteByte('{')
		} else {
			p.b.WriteByte(',')
		}
		p.b.WriteString(l.name + `="` + escaped(l.value, true) + `"`)
	}
	if len(labels) > 0 {
		p.b.WriteByte('}')
	}
	p.b.WriteByte(' ')
	p.b.WriteString(strconv.FormatFloat(value, 'g', -1, 64))
	p.b.WriteByte('\n')
}

// only writes a metric of one value.
func (p *page) only(name, kind, help string, value float64) {
	p.family(name, kind, help)
	p.sample(name, value)
}

// escaped is text with a backslash before what ends it.
func escaped(text string, quotes bool) string {
	if !strings.ContainsAny(text, "\\\n\"") {
		return text
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "\n", `\n`)
	if quotes {
		text = strings.ReplaceAll(text, `"`, `\"`)
	}
	return text
}

// The kinds of metrics.
const (
	gauge     = "gauge"
	counter   = "counter"
	histogram = "histogram"
)
