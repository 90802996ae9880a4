package config

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
)

const sampleHead = `; A configuration for Watchkeeper. It is read as Supervisor reads it.
;
; Lines that begin with ; are comments. Behind a value a comment needs a blank
; before its ;. An option in a comment shows its default, or an example where
; it has none. Put values of environment in double quotes. %(here)s is the
; directory of this file, %(ENV_HOME)s the variable HOME; a percent sign is %%.
`

// sampleName is the section that stands for a table in the sample.
func sampleName(title string) string {
	switch title {
	case "[rpcinterface:x]":
		return "[rpcinterface:supervisor]"
	case "[program:x]":
		return "[program:theprogram]"
	case "[group:x]":
		return "[group:thegroup]"
	case "[eventlistener:x]":
		return "[eventlistener:thelistener]"
	case "[fcgi-program:x]":
		return "[fcgi-program:theapp]"
	case "[tls_server:x]":
		return "[tls_server:theserver]"
	case "[token:x]":
		return "[token:theclient]"
	case "[jobstore:x]":
		return "[jobstore:thestore]"
	case "[executor:x]":
		return "[executor:theworkers]"
	case "[job:x]":
		return "[job:thejob]"
	}
	return title
}

// sampleOn are the options that the sample sets in a section; the section is
// a comment when there are none.
func sampleOn(title string) []string {
	switch title {
	case "[supervisord]":
		return []string{"logfile", "pidfile"}
	case "[unix_http_server]":
		return []string{"file"}
	case "[rpcinterface:x]":
		return []string{factoryKey}
	case "[supervisorctl]":
		return []string{"serverurl"}
	}
	return nil
}

// WriteSample writes a commented sample file (echo_supervisord_conf), printed
// from the schema. It loads as it stands and runs no program.
func WriteSample(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprint(b, sampleHead)
	for _, t := range schema() {
		if t.title != "[ctlplugin:x]" {
			writeSampleSection(b, t)
		}
	}
	return b.Flush() // keeps the first error
}

func writeSampleSection(b *bufio.Writer, t table) {
	on, name := sampleOn(t.title), sampleName(t.title)
	fmt.Fprintln(b)
	for line := range strings.SplitSeq(t.help, "\n") {
		writeWrapped(b, "; ", line)
	}
	if len(on) == 0 {
		name = ";" + name
	}
	fmt.Fprintln(b, name)
	for _, o := range t.own() {
		if o.apart {
			continue
		}
		fmt.Fprintln(b)
		writeWrapped(b, "; ", o.help)
		mark := ";"
		if slices.Contains(on, o.key) {
			mark = ""
		}
		fmt.Fprintf(b, "%s%s = %s\n", mark, o.key, o.sampleValue())
	}
}

// sampleValue is the value that the sample shows.
func (o option) sampleValue() string {
	if o.sample != "" {
		return o.sample
	}
	return o.value
}

// own returns what the docs say about a section: each key once, though the
// original reads some twice, and of the options that listeners and FastCGI
// programs share with programs only the command, which comes first.
func (t table) own() []option {
	var rows []option
	for _, o := range t.options {
		twice := slices.ContainsFunc(rows, func(have option) bool { return have.key == o.key })
		if !twice && (!t.isProgram || o.phase == atGroup || o.key == "command") {
			rows = append(rows, o)
		}
	}
	if i := slices.IndexFunc(rows, func(o option) bool { return o.key == "command" }); i >= 0 {
		command := rows[i]
		rows = slices.Insert(slices.Delete(rows, i, i+1), 0, command)
	}
	return rows
}

// lineWidth is where the sample wraps its comments.
const lineWidth = 78

func writeWrapped(b *bufio.Writer, prefix, text string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(prefix)+len(line)+1+len(word) > lineWidth {
			fmt.Fprintln(b, prefix+line)
			line = ""
		}
		line = strings.TrimLeft(line+" "+word, " ")
	}
	fmt.Fprintln(b, prefix+line)
}
