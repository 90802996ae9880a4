package apscheduler

import (
	"fmt"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// ParseRename reads OLD=NEW, where both are modules or both module:function.
func ParseRename(text string) (from, to string, err error) {
	from, to, ok := strings.Cut(text, "=")
	if !ok || from == "" || to == "" || strings.Contains(from, ":") != strings.Contains(to, ":") {
		return "", "", fmt.Errorf("%q is not OLD=NEW with two modules, as in __main__=tasks, or two functions, as in old:f=new:g", text)
	}
	return from, to, nil
}

// renamed is a reference under its new name: that of the function or class, of
// the class that it is in, or of its module.
func (o Options) renamed(module, name string) string {
	for at := len(name); at > 0; at = strings.LastIndexByte(name[:at], '.') {
		if to, ok := o.Rename[module+":"+name[:at]]; ok {
			return to + name[at:]
		}
	}
	if to, ok := o.Rename[module]; ok {
		module = to
	}
	return module + ":" + name
}

// function translates the reference to the function, and the arguments. Those of
// a bound method have its object first, and the function is Class.method.
func (c *conversion) function() {
	ref, err := required[string](c.state, "func")
	if !c.try(err) {
		return
	}
	args, err := sequence(c.state, "args")
	if !c.try(err) {
		return
	}
	kwargs, err := required[*pickle.Dict](c.state, "kwargs")
	if !c.try(err) {
		return
	}
	module, name, ok := strings.Cut(ref, ":")
	if !ok || module == "" || name == "" {
		c.refuse("func: %q is not module:function", ref)
		return
	}
	if strings.Contains(name, "<") {
		c.refuse("func: %s cannot be found by its name; give it one at the top of its module", ref)
		return
	}
	c.result.Job.Func = c.renamed(module, name)
	if module, _, _ := strings.Cut(c.result.Job.Func, ":"); module == "__main__" {
		c.refuse("func: %s is in the program itself, which no worker can import; move it to a module, and say --map __main__=MODULE", ref)
	}
	c.arguments(args, kwargs)
}
