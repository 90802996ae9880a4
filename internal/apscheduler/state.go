package apscheduler

import (
	"errors"
	"fmt"
	"time"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
)

// optional is an entry of a dict; ok is false when it is missing or None.
func optional[T any](d *pickle.Dict, key string) (v T, ok bool, err error) {
	found, _ := d.Get(key)
	if found == nil {
		return v, false, nil
	}
	v, ok = found.(T)
	if !ok {
		return v, false, fmt.Errorf("%s is of type %s", key, pickle.Kind(found))
	}
	return v, true, nil
}

// required is an entry that must be there.
func required[T any](d *pickle.Dict, key string) (v T, err error) {
	v, ok, err := optional[T](d, key)
	if err == nil && !ok {
		err = fmt.Errorf("%s is missing", key)
	}
	return v, err
}

// checkVersion: what a later release has stored may mean something else.
func checkVersion(d *pickle.Dict, newest int64) error {
	version, ok, err := optional[int64](d, "version")
	if err == nil && ok && version > newest {
		err = fmt.Errorf("it is stored in version %d, and versions up to %d are known", version, newest)
	}
	return err
}

// stateOf is the state of an object as a dict. Up to APScheduler 3.1 it is the
// second of a tuple, as Python has it for classes with slots.
func stateOf(o *pickle.Object) (*pickle.Dict, error) {
	state := o.State
	if t, ok := state.(pickle.Tuple); ok && len(t) == 2 {
		state = t[1]
	}
	d, ok := state.(*pickle.Dict)
	if !ok {
		return nil, fmt.Errorf("the state of %s is of type %s", pickle.Kind(o), pickle.Kind(o.State))
	}
	return d, nil
}

// sequence is the items of a list or a tuple.
func sequence(d *pickle.Dict, key string) ([]any, error) {
	v, err := required[any](d, key)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case pickle.Tuple:
		return v, nil
	case *pickle.List:
		return v.Items, nil
	}
	return nil, fmt.Errorf("%s is of type %s, not a list", key, pickle.Kind(v))
}

// numbers are whole numbers, n of them.
func numbers(values []any, n int) ([]int, error) {
	if len(values) != n {
		return nil, fmt.Errorf("%d numbers, want %d", len(values), n)
	}
	out := make([]int, n)
	for i, v := range values {
		number, ok := v.(int64)
		if !ok {
			return nil, fmt.Errorf("a value of type %s, want a whole number", pickle.Kind(v))
		}
		out[i] = int(number)
	}
	return out, nil
}

// maxSeconds are a hundred years.
const maxSeconds = 100 * 365 * 24 * 3600

// seconds is a number of seconds as a length of time.
func seconds(v any) (time.Duration, error) {
	var s float64
	switch v := v.(type) {
	case int64:
		s = float64(v)
	case float64:
		s = v
	default:
		return 0, fmt.Errorf("a value of type %s, want a number of seconds", pickle.Kind(v))
	}
	if s < 0 || s > maxSeconds || s != s {
		return 0, errors.New("the number of seconds is not between 0 and that of a hundred years")
	}
	return time.Duration(s * float64(time.Second)).Round(time.Microsecond), nil
}
