// Package pyvalue is how arguments of Python functions say in JSON what JSON has
// no form for: {"$py": TYPE, "value": ...}, as docs/python-workers.md has them.
// executor/python/values.py makes Python's values of them.
//
// Here they are looked at without Python, so that a job with a wrong one is
// refused when it is made. What only Python can know (whether a class exists, or
// what a zone's clocks show) is left to the worker.
package pyvalue

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The members of an object that stands for a Python value.
const (
	Tag   = "$py"   // its type; an object with this member is no dict
	Value = "value" // what it is made of
)

// Error says which argument is wrong, and what would be right.
type Error struct {
	Path    string // from args or kwargs on, such as kwargs.when
	Problem string
	Right   string // "give a datetime such as ..."
}

func (e *Error) Error() string { return e.Path + ": " + e.Problem + ", " + e.Right }

// Arguments are those of a call, as executor.PythonArgs has them.
type Arguments struct {
	Args   []json.RawMessage          `json:"args,omitempty"`
	Kwargs map[string]json.RawMessage `json:"kwargs,omitempty"`
}

// Check looks at all arguments. What is wrong is an *Error, for the first such
// argument.
func (a Arguments) Check() error {
	if err := CheckArgs(a.Args); err != nil {
		return err
	}
	return CheckKwargs(a.Kwargs)
}

// CheckArgs looks at a list of arguments, as Arguments.Check does.
func CheckArgs(args []json.RawMessage) error {
	var c checker
	for i, text := range args {
		if err := c.check(Index("args", i), text); err != nil {
			return err
		}
	}
	return nil
}

// CheckKwargs looks at arguments by their names, which can be any text, "$py"
// too, as Arguments.Check does.
func CheckKwargs(kwargs map[string]json.RawMessage) error {
	var c checker
	for _, name := range slices.Sorted(maps.Keys(kwargs)) {
		if err := c.check(Member("kwargs", name), kwargs[name]); err != nil {
			return err
		}
	}
	return nil
}

// checker looks at the values of one call. It makes what it needs when it does.
type checker struct {
	kinds    []kind
	patterns map[string]*regexp.Regexp
}

// kindNamed is the type of values with the name.
func (c *checker) kindNamed(name string) (kind, bool) {
	if c.kinds == nil {
		c.kinds = kinds()
	}
	i := slices.IndexFunc(c.kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		return kind{}, false
	}
	return c.kinds[i], true
}

// parse is what the groups of pattern have found in the whole of text; nil when
// it does not match.
func (c *checker) parse(pattern, text string) []string {
	compiled := c.patterns[pattern]
	if compiled == nil {
		if c.patterns == nil {
			c.patterns = map[string]*regexp.Regexp{}
		}
		compiled = regexp.MustCompile(`^(?:` + pattern + `)$`)
		c.patterns[pattern] = compiled
	}
	return compiled.FindStringSubmatch(text)
}

// Index is the path of an item of a list.
func Index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

// Member is the path of what an object has under a key.
func Member(path, key string) string {
	for i := range len(key) {
		c := key[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return fmt.Sprintf("%s[%q]", path, key)
		}
	}
	return path + "." + key
}

func (c *checker) check(path string, text json.RawMessage) error {
	if !bytes.ContainsAny(text, `$\`) { // without either there is no "$py" in it
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return c.checkValue(path, v)
}

// checkValue looks for tags in what JSON was read as.
func (c *checker) checkValue(path string, v any) error {
	switch v := v.(type) {
	case []any:
		return c.checkAll(path, v)
	case map[string]any:
		if _, ok := v[Tag]; ok {
			return c.checkTagged(path, v)
		}
		return c.checkMembers(path, v)
	}
	return nil
}

func (c *checker) checkAll(path string, items []any) error {
	for i, item := range items {
		if err := c.checkValue(Index(path, i), item); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) checkMembers(path string, members map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(members)) {
		if err := c.checkValue(Member(path, key), members[key]); err != nil {
			return err
		}
	}
	return nil
}

func (c *checker) checkTagged(path string, o map[string]any) error {
	name, isText := o[Tag].(string)
	k, known := c.kindNamed(name)
	switch {
	case !isText:
		return &Error{path, `"$py" is no text`, `give the name of a type, such as "datetime"; a dict with such a key is written {"$py": "dict", "value": [["$py", ...]]}`}
	case !known:
		return &Error{path, fmt.Sprintf(`there is no type %q for "$py"`, name), "give one of " + strings.Join(c.kindNames(), ", ")}
	}
	members := append([]string{k.first}, k.more...)
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if key != Tag && !slices.Contains(members, key) {
			return &Error{path, fmt.Sprintf("%s has no %q", name, key), "give " + strings.Join(members, ", ")}
		}
	}
	if _, ok := o[k.first]; !ok {
		return &Error{path, fmt.Sprintf("%s needs %q", name, k.first), "give such as " + k.sample}
	}
	return k.check(tagged{checker: c, path: path, kind: k, members: o})
}

// tagged is an object with a known tag, and the members that its kind has.
type tagged struct {
	*checker

	path    string
	kind    kind
	members map[string]any
}

// wrong says what is expected instead of the first member.
func (t tagged) wrong() error {
	text, err := json.Marshal(t.members[t.kind.first])
	if err != nil {
		panic("what was read as JSON is JSON: " + err.Error())
	}
	return t.fault(fmt.Sprintf("%s is no %s", shortened(text), t.kind.name), "give such as "+t.kind.sample)
}

func (t tagged) fault(problem, right string) error { return &Error{t.path, problem, right} }

func shortened(text []byte) string {
	const most = 60
	if len(text) > most {
		return strings.ToValidUTF8(string(text[:most]), "") + "..."
	}
	return string(text)
}

// text is the first member as a text.
func (t tagged) text() (string, bool) {
	s, ok := t.members[t.kind.first].(string)
	return s, ok
}

// items are the first member as a list, with its path.
func (t tagged) items() (path string, items []any, ok bool) {
	items, ok = t.members[t.kind.first].([]any)
	return Member(t.path, t.kind.first), items, ok
}
