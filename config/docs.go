package config

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"strings"
)

//go:embed docs_head.md
var docsHead string

// WriteDocs writes docs/configuration.md: what stands in docs_head.md and a
// table for each section, printed from the schema.
func WriteDocs(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, docsHead)
	for _, t := range schema() {
		writeDocsSection(b, t)
	}
	return b.Flush() // keeps the first error
}

func writeDocsSection(b *bufio.Writer, t table) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n*Source:* %s\n\n", t.title, t.help, t.source())
	fmt.Fprintln(b, "| option | type | default | names | takes effect | meaning |")
	fmt.Fprintln(b, "|---|---|---|---|---|---|")
	for _, o := range t.own() {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s | %s |\n",
			o.key, o.kind.docs(), o.docsDefault(), o.names.docs(), o.takes.docs(), strings.ReplaceAll(o.docsHelp(), "|", `\|`))
	}
}

// docsHelp is what an option means, and where it comes from if not from Supervisor.
func (o option) docsHelp() string {
	help := o.help
	if o.apart && o.sample != "" { // the others are in the sample file
		help += " Such as `" + o.sample + "`."
	}
	if o.ours {
		help += " Supervisor does not know this option and passes over it."
	}
	return help
}

// source is where a section comes from.
func (t table) source() string {
	if t.ours {
		return "Watchkeeper. Supervisor does not know this section and passes over it."
	}
	return "Supervisor, but for options that say otherwise."
}

// noNames stands for no names at all.
const noNames = "–"

// docs marks the kinds that depend on the machine.
func (k kind) docs() string {
	if k.local {
		return k.name + " †"
	}
	return k.name
}

func (o option) docsDefault() string {
	switch {
	case o.shown != "":
		return o.shown
	case o.unset:
		return "none"
	case o.value == "":
		return "empty"
	}
	return "`" + o.value + "`"
}

// docs lists the names that may be expanded, in short.
func (n names) docs() string {
	var list []string
	for _, row := range []struct {
		of   names
		text string
	}{{nameHere, "here"}, {nameHost, "host"}, {nameProgram, "program"}, {nameGroup, "group"}, {nameProcess, "process"}} {
		if n&row.of != 0 {
			list = append(list, row.text)
		}
	}
	if len(list) == 0 {
		return noNames
	}
	return strings.Join(list, ", ")
}

func (t takes) docs() string {
	switch t {
	case takesUpdate:
		return "`update`"
	case takesReload:
		return "`reload`"
	case takesStart:
		return "new start"
	}
	return "next `supervisorctl`"
}
