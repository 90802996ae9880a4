package compat_test

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/client"
)

// mask takes out of a text what no two runs share: the directory, pids,
// times, and the random part of AUTO log names.
func (i *instance) mask(text string) string {
	text = strings.ReplaceAll(text, i.dir, "{dir}")
	for _, m := range []struct{ pattern, with string }{
		{`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} `, ""},
		{`(---[A-Za-z0-9_.]+-)[a-z0-9_]{8}(\.log)`, "$1{random}$2"},
		{`\bpid \d+`, "pid {pid}"},
		{`\(\d+\) with SIGKILL`, "({pid}) with SIGKILL"},
		{`uptime \d+:\d\d:\d\d`, "uptime {time}"},
		{`use \S+/supervisord -h`, "use {daemon} -h"},
		{`file: \S+ line: \d+`, "file: {file} line: {line}"},
		{`(?m)^[1-9]\d*$`, "{number}"},
		{`%20at%20[A-Z][a-z]{2}%20[A-Z]\S+`, "%20at%20{time}"},
		{`[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M`, "{date}"},
	} {
		text = regexp.MustCompile(m.pattern).ReplaceAllString(text, m.with)
	}
	return text
}

// volatile members of structs are compared as zero or not zero.
func volatile(member string) bool {
	switch member {
	case "pid", "now", "start", "stop":
		return true
	}
	return false
}

// text writes an answer as text to compare, with what is volatile masked.
func (i *instance) text(v any, err error) string {
	if err != nil {
		return "error: " + i.mask(err.Error())
	}
	var b strings.Builder
	i.value(&b, "", "", v)
	return b.String()
}

func (i *instance) value(b *strings.Builder, indent, name string, v any) {
	if name != "" {
		name += ": "
	}
	switch v := v.(type) {
	case []any:
		fmt.Fprintf(b, "%s%slist of %d\n", indent, name, len(v))
		for _, item := range inOrder(v) {
			i.value(b, indent+"  ", "-", item)
		}
	case client.Struct:
		fmt.Fprintf(b, "%s%sstruct\n", indent, name)
		members := append(client.Struct(nil), v...)
		sort.Slice(members, func(a, c int) bool { return members[a].Name < members[c].Name })
		for _, m := range members {
			if n, ok := m.Value.(int); ok && volatile(m.Name) {
				m.Value = fmt.Sprintf("set: %t", n != 0)
			}
			i.value(b, indent+"  ", m.Name, m.Value)
		}
	case string:
		fmt.Fprintf(b, "%s%sstring %q\n", indent, name, i.mask(v))
	default:
		fmt.Fprintf(b, "%s%s%T %v\n", indent, name, v, v)
	}
}

// inOrder sorts a list of what became of several processes: the original
// gives it in the order in which they were done, which no two runs share. It
// sorts lists of names too (difference "reread-order").
func inOrder(list []any) []any {
	if !slices.ContainsFunc(list, func(item any) bool { _, ok := item.(string); return !ok }) {
		return sortedBy(list, func(item any) string { return fmt.Sprint(item) })
	}
	name := func(item any) (string, bool) {
		s, _ := item.(client.Struct)
		_, isResult := s.Get("status")
		group, _ := s.Get("group")
		name, _ := s.Get("name")
		return fmt.Sprint(group, ":", name), isResult
	}
	for _, item := range list {
		if _, ok := name(item); !ok {
			return list
		}
	}
	return sortedBy(list, func(item any) string { text, _ := name(item); return text })
}

// sortedBy is a sorted copy.
func sortedBy(list []any, key func(any) string) []any {
	sorted := append([]any(nil), list...)
	sort.SliceStable(sorted, func(a, b int) bool {
		return key(sorted[a]) < key(sorted[b])
	})
	return sorted
}
