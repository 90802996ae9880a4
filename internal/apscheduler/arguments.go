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
)

// arguments writes {"args": [...], "kwargs": {...}}. JSON has neither bytes nor
// sets nor times: each value that it cannot carry is a reason of its own.
func (c *conversion) arguments(args []any, kwargs *pickle.Dict) {
	w := jsonWriter{}
	w.buf.WriteString(`{"args":`)
	w.list("args", args)
	w.buf.WriteString(`,"kwargs":`)
	w.dict("kwargs", kwargs)
	w.buf.WriteByte('}')
	for _, problem := range w.problems {
		c.refuse("%s", problem)
	}
	if len(w.tuples) > 0 {
		c.note("a tuple is a list from now on: %s", strings.Join(w.tuples, ", "))
	}
	if len(w.problems) == 0 {
		c.result.Job.Args = w.buf.Bytes()
	}
}

// jsonWriter writes values as JSON that Python reads as the same values.
type jsonWriter struct {
	buf      bytes.Buffer
	problems []string
	tuples   []string // paths
}

func (w *jsonWriter) problem(path, format string, args ...any) {
	w.problems = append(w.problems, path+" "+fmt.Sprintf(format, args...))
}

func (w *jsonWriter) value(path string, v any) {
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
		w.float(path, v)
	case string:
		w.text(path, v)
	case *pickle.List:
		w.list(path, v.Items)
	case pickle.Tuple:
		w.tuples = append(w.tuples, path)
		w.list(path, v)
	case *pickle.Dict:
		w.dict(path, v)
	default:
		w.problem(path, "is of type %s, which JSON cannot carry", pickle.Kind(v))
	}
}

// float keeps a point, so that it stays a float.
func (w *jsonWriter) float(path string, v float64) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		w.problem(path, "is %v, which JSON cannot carry", v)
		return
	}
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	w.buf.WriteString(text)
}

func (w *jsonWriter) text(path, v string) {
	if !utf8.ValidString(v) {
		w.problem(path, "has half a character (a lone surrogate), which JSON cannot carry")
		return
	}
	e := json.NewEncoder(&w.buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		w.problem(path, "cannot be written as JSON: %v", err)
		return
	}
	w.buf.Truncate(w.buf.Len() - 1) // the line feed
}

func (w *jsonWriter) list(path string, items []any) {
	w.buf.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.value(fmt.Sprintf("%s[%d]", path, i), item)
	}
	w.buf.WriteByte(']')
}

func (w *jsonWriter) dict(path string, d *pickle.Dict) {
	w.buf.WriteByte('{')
	for i, p := range d.Pairs {
		key, ok := p.Key.(string)
		if !ok {
			w.problem(path, "has a key of type %s, and those of JSON are texts", pickle.Kind(p.Key))
			continue
		}
		if i > 0 {
			w.buf.WriteByte(',')
		}
		w.text(path, key)
		w.buf.WriteByte(':')
		w.value(path+member(key), p.Value)
	}
	w.buf.WriteByte('}')
}

// member is how Python people say the value of a key.
func member(key string) string {
	for i := range len(key) {
		c := key[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return fmt.Sprintf("[%q]", key)
		}
	}
	return "." + key
}
