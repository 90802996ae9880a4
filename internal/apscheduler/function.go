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

// renamed is a reference under its new name.
func (o Options) renamed(module, name string) string {
	if to, ok := o.Rename[module+":"+name]; ok {
		return to
	}
	if to, ok := o.Rename[module]; ok {
		module = to
	}
	return module + ":" + name
}

// function translates the reference to the function, and the arguments.
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
	if self := boundTo(name, args); self != nil {
		c.refuse("func: %s is a method of an object, %s, that only Python could make again; make it a function", ref, pickle.Kind(self))
		return
	}
	c.result.Job.Func = c.renamed(module, name)
	if module, _, _ := strings.Cut(c.result.Job.Func, ":"); module == "__main__" {
		c.refuse("func: %s is in the program itself, which no worker can import; move it to a module, and say --map __main__=MODULE", ref)
	}
	c.arguments(args, kwargs)
}

// boundTo is the object of a bound method, which APScheduler stores before the
// arguments of Class.method; nil when there is none.
func boundTo(name string, args []any) any {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(args) == 0 {
		return nil
	}
	if self, ok := args[0].(*pickle.Object); ok {
		if class, ok := self.Class.(pickle.Global); ok && class.Name == name[:dot] {
			return self
		}
	}
	return nil
}
