package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/supervise"
)

// Difference is why an update starts a group over: an option whose value differs,
// in words of the files; secrets are masked. Of a process that is new or gone the
// Key is empty.
type Difference struct {
	Section  string // of the option
	Process  string // whose it is; "" when it is the group's, or all of the section's processes differ so
	Key      string
	Old, New string // "" none
}

// Explain tells how two specs of one group differ. It finds something when they are
// not equal (supervise.GroupSpec.Equal).
func Explain(old, new supervise.GroupSpec) []Difference {
	found := explainGroup(old, new)
	before := map[string]*supervise.Program{}
	for i := range old.Programs {
		before[old.Programs[i].Name] = &old.Programs[i]
	}
	for i := range new.Programs {
		p := &new.Programs[i]
		was := before[p.Name]
		delete(before, p.Name)
		if was == nil {
			found = append(found, Difference{Section: p.Section, Process: p.Name, New: MaskText(p.Command)})
			continue
		}
		if !was.Equal(*p) {
			found = append(found, explainProgram(was, p)...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		found = append(found, Difference{Section: before[name].Section, Process: name, Old: MaskText(before[name].Command)})
	}
	if len(found) == 0 && !old.Equal(new) {
		found = append(found, Difference{Section: sectionOf(new), Key: "programs", Old: namesInOrder(old), New: namesInOrder(new)}) // in another order
	}
	return together(found)
}

func namesInOrder(g supervise.GroupSpec) string {
	names := make([]string, len(g.Programs))
	for i := range g.Programs {
		names[i] = g.Programs[i].Name
	}
	return strings.Join(names, ",")
}

// together tells once what all processes of a section have in common.
func together(all []Difference) (found []Difference) {
	for _, d := range all {
		same := slices.IndexFunc(found, func(o Difference) bool {
			return d.Key != "" && o.Section == d.Section && o.Key == d.Key && o.Old == d.Old && o.New == d.New
		})
		if same < 0 {
			found = append(found, d)
			continue
		}
		found[same].Process = ""
	}
	return found
}

// sectionOf is the section of a group, as far as it is known: a [group:x] leaves no
// trace in the spec.
func sectionOf(g supervise.GroupSpec) string {
	if len(g.Programs) == 0 {
		return groupPrefix + g.Name
	}
	section := g.Programs[0].Section
	for i := range g.Programs {
		if g.Programs[i].Section != section {
			return groupPrefix + g.Name
		}
	}
	if _, name, _ := strings.Cut(section, ":"); name != g.Name {
		return groupPrefix + g.Name
	}
	return section
}

func explainGroup(old, new supervise.GroupSpec) (found []Difference) {
	section := sectionOf(new)
	add := func(key, was, is string) {
		if was != is {
			found = append(found, Difference{Section: section, Key: key, Old: was, New: is})
		}
	}
	add("priority", strconv.Itoa(old.Priority), strconv.Itoa(new.Priority))
	add("type", kindWord(old.Kind), kindWord(new.Kind))
	before, after := listenerTexts(old.Listener), listenerTexts(new.Listener)
	for _, key := range []string{"buffer_size", "result_handler", "events", "job_events"} {
		add(key, before[key], after[key])
	}
	before, after = socketTexts(old.Socket), socketTexts(new.Socket)
	for _, key := range socketKeys() {
		add(key, before[key], after[key])
	}
	return found
}

func kindWord(k supervise.Kind) string {
	switch k {
	case supervise.KindListener:
		return strings.TrimSuffix(listenerPrefix, ":")
	case supervise.KindFastCGI:
		return strings.TrimSuffix(fastCGIPrefix, ":")
	}
	return strings.TrimSuffix(programPrefix, ":")
}

func listenerTexts(l *supervise.ListenerSpec) map[string]string {
	if l == nil {
		return nil
	}
	return map[string]string{
		"buffer_size": strconv.Itoa(l.BufferSize), "result_handler": l.ResultHandler,
		"events": strings.Join(l.Events, ","), "job_events": strings.Join(l.JobEvents, ","),
	}
}

func socketKeys() []string {
	return []string{"socket", "socket_backlog", "socket_mode", "socket_owner"}
}

func socketTexts(s *supervise.SocketSpec) map[string]string {
	if s == nil {
		return nil
	}
	texts := map[string]string{"socket": s.URL, "socket_mode": modeText(int(s.Mode))}
	if s.Backlog != 0 {
		texts["socket_backlog"] = strconv.Itoa(s.Backlog)
	}
	if s.UID >= 0 || s.GID >= 0 {
		texts["socket_owner"] = fmt.Sprintf("%d:%d", s.UID, s.GID)
	}
	return texts
}

func explainProgram(old, new *supervise.Program) (found []Difference) {
	add := func(key, was, is string) {
		if was != is {
			found = append(found, Difference{Section: new.Section, Process: new.Name, Key: key, Old: was, New: is})
		}
	}
	before, after := programTexts(old), programTexts(new)
	for i := range after {
		was, is := before[i].Value, after[i].Value
		if was != is && !generated(after[i].Key, old, new) { // before it is masked
			add(after[i].Key, orUnreadable(MaskText(was), MaskText(is)), MaskText(is))
		}
	}
	if was, is := socketTexts(old.Socket), socketTexts(new.Socket); !maps.Equal(was, is) {
		for _, key := range socketKeys() {
			add(key, was[key], is[key])
		}
	}
	return append(found, explainEnvironment(old, new)...)
}

// generated tells whether the option is the file of a log that is still to be
// generated, which equals any other (supervise.Program.Equal).
func generated(key string, old, new *supervise.Program) bool {
	auto := func(l supervise.LogSpec) bool { return l.Auto && l.File == "" }
	switch key {
	case "stdout_logfile":
		return auto(old.Stdout) || auto(new.Stdout)
	case "stderr_logfile":
		return auto(old.Stderr) || auto(new.Stderr)
	}
	return false
}

// orUnreadable is was, unless both look the same since what differs is masked.
func orUnreadable(was, is string) string {
	if was == is {
		return Masked
	}
	return was
}

func explainEnvironment(old, new *supervise.Program) (found []Difference) {
	before, after := byName(old.Child.Environment), byName(new.Child.Environment)
	names := maps.Clone(before)
	maps.Copy(names, after)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, had := before[name]
		is, has := after[name]
		if was == is && had == has {
			continue
		}
		d := Difference{Section: new.Section, Process: new.Name, Key: "environment"}
		if had {
			d.Old = name + "=" + MaskVariable(name, was)
		}
		if has {
			d.New = name + "=" + MaskVariable(name, is)
		}
		found = append(found, d)
	}
	return found
}

// ExplainJob tells how two declarations of one job differ (Job.Declared).
func ExplainJob(old, new Job) (found []Difference) {
	before, after := declaredTexts(old.Declared), declaredTexts(new.Declared)
	keys := maps.Clone(before)
	maps.Copy(keys, after)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, is := before[key], after[key]
		if was == is {
			continue
		}
		if key == "environment" { // it is a digest there
			was, is = orMasked(was), orMasked(is)
		} else {
			was, is = orUnreadable(MaskText(was), MaskText(is)), MaskText(is)
		}
		found = append(found, Difference{Section: jobPrefix + new.Name, Key: key, Old: was, New: is})
	}
	return found
}

func orMasked(text string) string {
	if text == "" {
		return ""
	}
	return Masked
}

func declaredTexts(declared string) map[string]string {
	texts := map[string]string{}
	for line := range strings.Lines(declared) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		texts[key] = value
	}
	return texts
}
