package pickle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

func (m *machine) global() error {
	g, err := m.globalLines()
	if err != nil {
		return err
	}
	return m.push(g)
}

func (m *machine) globalLines() (g Global, err error) {
	module, err := m.in.line()
	if err != nil {
		return g, err
	}
	name, err := m.in.line()
	if err != nil {
		return g, err
	}
	return m.named(module, name), nil
}

func (m *machine) stackGlobal() error {
	both, err := m.popN(2)
	if err != nil {
		return err
	}
	module, ok1 := both[0].(string)
	name, ok2 := both[1].(string)
	if !ok1 || !ok2 {
		return fmt.Errorf("module and name are a %s and a %s, not texts", Kind(both[0]), Kind(both[1]))
	}
	return m.push(m.named(module, name))
}

// named gives the modules that Python 3 writes under their old names the new
// ones (as _compat_pickle).
func (m *machine) named(module, name string) Global {
	if m.proto < 3 {
		switch module {
		case "__builtin__":
			module = "builtins"
		case "copy_reg":
			module = "copyreg"
		}
	}
	return Global{strings.Clone(module), strings.Clone(name)}
}

// reduce stands for a call of what is below the arguments.
func (m *machine) reduce() error {
	args, err := m.popTuple()
	if err != nil {
		return err
	}
	callable, err := m.pop()
	if err != nil {
		return err
	}
	return m.call(callable, args)
}

func (m *machine) newObj() error {
	args, err := m.popTuple()
	if err != nil {
		return err
	}
	class, err := m.pop()
	if err != nil {
		return err
	}
	return m.push(&Object{Class: class, New: true, Args: args})
}

func (m *machine) newObjEx() error {
	kwargs, err := m.pop()
	if err != nil {
		return err
	}
	named, ok := kwargs.(*Dict)
	if !ok {
		return fmt.Errorf("the named arguments are a %s, not a dict", Kind(kwargs))
	}
	args, err := m.popTuple()
	if err != nil {
		return err
	}
	class, err := m.pop()
	if err != nil {
		return err
	}
	return m.push(&Object{Class: class, New: true, Args: args, Kwargs: named})
}

func (m *machine) inst() error {
	class, err := m.globalLines()
	if err != nil {
		return err
	}
	args, err := m.popMark()
	if err != nil {
		return err
	}
	return m.old(class, args)
}

func (m *machine) obj() error {
	values, err := m.popMark()
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return errors.New("the class is missing")
	}
	return m.old(values[0], values[1:])
}

// old is an instance as Python 2 wrote it. Only one with arguments is made by a
// call.
func (m *machine) old(class any, args []any) error {
	if len(args) > 0 {
		return m.call(class, Tuple(slices.Clone(args)))
	}
	return m.push(&Object{Class: class, New: true, Args: Tuple{}})
}

// call pushes what the callable makes of its arguments.
func (m *machine) call(callable any, args Tuple) error {
	g, ok := callable.(Global)
	if !ok {
		return m.push(&Object{Class: callable, Args: args})
	}
	v, ok, err := m.builtin(g, args)
	if err != nil {
		return err
	}
	if ok {
		return m.push(v)
	}
	if g == (Global{"copyreg", "_reconstructor"}) && len(args) == 3 {
		// How protocols 0 and 1 make an instance: of a class, whose base is object
		// and is given nothing.
		if args[1] == any(Global{"builtins", "object"}) && args[2] == nil {
			return m.push(&Object{Class: args[0], New: true, Args: Tuple{}})
		}
	}
	return m.push(&Object{Class: callable, Args: args})
}

// build gives an object its state.
func (m *machine) build() error {
	state, err := m.pop()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	o, ok := v.(*Object)
	if !ok {
		return fmt.Errorf("a %s takes no state", Kind(v))
	}
	if o.State != nil {
		return errors.New("the object has a state already")
	}
	o.State = state
	return nil
}
