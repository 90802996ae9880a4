package apscheduler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

// arguments writes {"args": [...], "kwargs": {...}}, in which values that JSON
// has no form for have that of package pyvalue. Each that cannot be carried is a
// reason of its own.
func (c *conversion) arguments(args []any, kwargs *pickle.Dict) {
	w := argumentWriter{renamed: c.renamed, note: c.note}
	w.buf.WriteString(`{"args":`)
	w.list("args", args)
	w.buf.WriteString(`,"kwargs":`)
	w.kwargs(kwargs)
	w.buf.WriteByte('}')
	if len(w.problems) == 0 {
		c.result.Job.Args = w.buf.Bytes()
		w.check()
	}
	for _, problem := range w.problems {
		c.refuse("%s", problem)
	}
}

// argumentWriter writes values as JSON that a worker reads as the same values.
type argumentWriter struct {
	renamed  func(module, name string) string
	note     func(format string, args ...any)
	buf      bytes.Buffer
	problems []string
}

func (w *argumentWriter) problem(path, format string, args ...any) {
	w.problems = append(w.problems, path+" "+fmt.Sprintf(format, args...))
}

// check finds what no Python has written, such as the 13th month.
func (w *argumentWriter) check() {
	var all pyvalue.Arguments
	err := json.Unmarshal(w.buf.Bytes(), &all)
	if err == nil {
		err = all.Check()
	}
	if err != nil {
		w.problems = append(w.problems, err.Error())
	}
}

func (w *argumentWriter) value(path string, v any) {
	switch v := v.(type) {
	case nil:
		w.buf.WriteString("null")
	case bool:
		w.buf.WriteString(strconv.FormatBool(v))
	case int64:
		w.buf.WriteString(strconv.FormatInt(v, 10))
	case *big.Int:
		w.buf.WriteString(v.String())
	case float64:
		w.float(v)
	case string:
		w.text(path, v)
	case *pickle.List:
		w.list(path, v.Items)
	case *pickle.Dict:
		w.dict(path, v)
	default:
		w.python(path, v)
	}
}

// float keeps a point, so that it stays a float.
func (w *argumentWriter) float(v float64) {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	switch {
	case math.IsNaN(v), math.IsInf(v, 0):
		w.tagged("float", strings.ToLower(strings.TrimPrefix(text, "+")))
		return
	case !strings.ContainsAny(text, ".e"):
		text += ".0"
	}
	w.buf.WriteString(text)
}

func (w *argumentWriter) text(path, v string) {
	if !utf8.ValidString(v) {
		w.problem(path, "has half a character (a lone surrogate), which JSON cannot carry")
		return
	}
	w.buf.Write(jsonText(v))
}

// jsonText is a text as JSON, in which <, > and & stand for themselves.
func jsonText(v string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("a text is JSON: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

func (w *argumentWriter) list(path string, items []any) {
	w.buf.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.value(pyvalue.Index(path, i), item)
	}
	w.buf.WriteByte(']')
}

// kwargs writes arguments by their names: an object that never stands for
// another value.
func (w *argumentWriter) kwargs(d *pickle.Dict) {
	for _, p := range d.Pairs {
		if _, ok := p.Key.(string); !ok {
			w.problem("kwargs", "has a name of type %s", pickle.Kind(p.Key))
			return
		}
	}
	w.members("kwargs", d)
}

// dict writes an object where JSON has one for the dict, and pairs otherwise.
func (w *argumentWriter) dict(path string, d *pickle.Dict) {
	plain := true
	for _, p := range d.Pairs {
		key, ok := p.Key.(string)
		plain = plain && ok && key != pyvalue.Tag
	}
	if plain {
		w.members(path, d)
		return
	}
	w.begin("dict")
	w.buf.WriteByte('[')
	for i, p := range d.Pairs {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.buf.WriteByte('[')
		w.value(path, p.Key)
		w.buf.WriteByte(',')
		w.value(keyed(path, p.Key), p.Value)
		w.buf.WriteByte(']')
	}
	w.buf.WriteString("]}")
}

func (w *argumentWriter) members(path string, d *pickle.Dict) {
	w.buf.WriteByte('{')
	for i, p := range d.Pairs {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		key := p.Key.(string) // whoever calls has looked
		w.text(path, key)
		w.buf.WriteByte(':')
		w.value(pyvalue.Member(path, key), p.Value)
	}
	w.buf.WriteByte('}')
}

// keyed is how Python people say the value of a key.
func keyed(path string, key any) string {
	switch key := key.(type) {
	case string:
		return pyvalue.Member(path, key)
	case int64:
		return fmt.Sprintf("%s[%d]", path, key)
	}
	return path + "[...]"
}
