package config

import (
	"fmt"

	"github.com/watchkeeper-go/watchkeeper/internal/roff"
)

// WriteManual writes what docs/configuration.md has as sections of a manual
// page: the form of a file, and every section and option, from the schema.
func WriteManual(p *roff.Page) {
	p.Section("DESCRIPTION")
	p.Markdown(docsHead)
	for _, t := range schema() {
		p.Section(t.title)
		p.Text(t.help)
		p.Text("Source: " + t.source())
		for _, o := range t.own() {
			p.Term(o.key, o.manual())
		}
	}
}

// manual says what the docs say in the columns of a table.
func (o option) manual() string {
	text := fmt.Sprintf("%s\n\nType: %s. Default: %s. Takes effect: %s.", o.docsHelp(), o.kind.docs(), o.docsDefault(), o.takes.docs())
	if names := o.names.docs(); names != noNames {
		text += " Names: " + names + "."
	}
	return text
}
