package pickle

import (
	"errors"
	"fmt"
	"slices"
)

func (m *machine) emptyList() error { return m.push(&List{}) }
func (m *machine) emptyDict() error { return m.push(&Dict{}) }
func (m *machine) emptySet() error  { return m.push(&Set{}) }

func (m *machine) list() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	return m.push(&List{slices.Clone(items)})
}

func (m *machine) frozenSet() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	return m.push(&Set{slices.Clone(items), true})
}

func (m *machine) dict() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	d := &Dict{}
	if err := setAll(d, items); err != nil {
		return err
	}
	return m.push(d)
}

func (m *machine) append1() error {
	items, err := m.popN(1)
	if err != nil {
		return err
	}
	return m.extend(items)
}

func (m *machine) appends() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	return m.extend(items)
}

// extend appends to the list at the top of the stack, or to an object that
// Python treats as one.
func (m *machine) extend(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	switch v := v.(type) {
	case *List:
		v.Items = append(v.Items, items...)
	case *Object:
		v.Items = append(v.Items, items...)
	default:
		return fmt.Errorf("a %s takes no items", Kind(v))
	}
	return nil
}

func (m *machine) addItems() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	v, err := m.top()
	if err != nil {
		return err
	}
	if s, ok := v.(*Set); ok {
		s.Items = append(s.Items, items...)
		return nil
	}
	return m.extend(items)
}

func (m *machine) setItem() error {
	items, err := m.popN(2)
	if err != nil {
		return err
	}
	return m.setAtTop(items)
}

func (m *machine) setItems() error {
	items, err := m.popMark()
	if err != nil {
		return err
	}
	return m.setAtTop(items)
}

func (m *machine) setAtTop(items []any) error {
	v, err := m.top()
	if err != nil {
		return err
	}
	return setAll(v, items)
}

// setAll sets keys and values, which stand in turn, in a dict or in an object
// that Python treats as one.
func setAll(v any, items []any) error {
	if len(items)%2 != 0 {
		return errors.New("a key has no value")
	}
	for i := 0; i < len(items); i += 2 {
		switch v := v.(type) {
		case *Dict:
			v.set(items[i], items[i+1])
		case *Object:
			v.Pairs = append(v.Pairs, Pair{items[i], items[i+1]})
		default:
			return fmt.Errorf("a %s takes no keys", Kind(v))
		}
	}
	return nil
}
