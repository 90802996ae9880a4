package apscheduler

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	"github.com/watchkeeper-go/watchkeeper/internal/pickle"
	"github.com/watchkeeper-go/watchkeeper/internal/pyvalue"
)

// begin writes the beginning of a value of that type, up to what it is made of.
func (w *argumentWriter) begin(kind string) {
	fmt.Fprintf(&w.buf, `{"%s":"%s","%s":`, pyvalue.Tag, kind, pyvalue.Value)
}

// tagged writes a value that is made of a text.
func (w *argumentWriter) tagged(kind, text string) { w.buf.WriteString(taggedText(kind, text)) }

func taggedText(kind, text string) string {
	return fmt.Sprintf(`{"%s":"%s","%s":%s}`, pyvalue.Tag, kind, pyvalue.Value, jsonText(text))
}

// listed writes a value that is made of others.
func (w *argumentWriter) listed(path, kind string, items []any) {
	w.begin(kind)
	w.list(path, items)
	w.buf.WriteByte('}')
}

// python writes a value that JSON has no form for.
func (w *argumentWriter) python(path string, v any) {
	switch v := v.(type) {
	case pickle.Bytes:
		w.tagged("bytes", base64.StdEncoding.EncodeToString(v))
	case pickle.ByteArray:
		w.tagged("bytearray", base64.StdEncoding.EncodeToString(v))
	case pickle.Tuple:
		w.listed(path, "tuple", v)
	case *pickle.Set:
		kind := "set"
		if v.Frozen {
			kind = "frozenset"
		}
		w.listed(path, kind, v.Items)
	case pickle.Global:
		w.global(path, v.Module, v.Name)
	case *pickle.Object:
		if err := w.known(path, v); err != nil {
			w.problem(path, "is of type %s and cannot be carried: %v", pickle.Kind(v), err)
		}
	default:
		w.problem(path, "is of type %s, which JSON cannot carry", pickle.Kind(v))
	}
}

// known writes an object of the standard library or of pytz in a form of its
// own, and others as what they are made of.
func (w *argumentWriter) known(path string, o *pickle.Object) error {
	class, _ := o.Class.(pickle.Global)
	switch class.String() {
	case "datetime:datetime", "datetime:date", "datetime:time":
		return w.moment(path, o, class.Name)
	case "datetime:timedelta":
		return w.timedelta(o)
	case "decimal:Decimal":
		return w.madeOfText(o, class.Name)
	case "uuid:UUID":
		return w.uuid(o)
	case "builtins:complex":
		w.listed(path, class.Name, o.Args)
		return nil
	case "builtins:getattr": // how Python 3.11 writes a member of an enum
		if of, name, ok := attribute(o); ok {
			w.global(path, of.Module, of.Name+"."+name)
			return nil
		}
	}
	if z, err := w.pythonZone(path, o); err == nil {
		w.buf.WriteString(z.text)
		return nil
	}
	w.object(path, o)
	return nil
}

// attribute is what getattr was called with.
func attribute(o *pickle.Object) (of pickle.Global, name string, ok bool) {
	if len(o.Args) != 2 {
		return of, "", false
	}
	of, ok = o.Args[0].(pickle.Global)
	name, isText := o.Args[1].(string)
	return of, name, ok && isText
}

func (w *argumentWriter) madeOfText(o *pickle.Object, kind string) error {
	if len(o.Args) == 1 {
		if text, ok := o.Args[0].(string); ok {
			w.tagged(kind, text)
			return nil
		}
	}
	return fmt.Errorf("it is made of no text")
}

// uuid: its state is {"int": n}, and perhaps how it was made.
func (w *argumentWriter) uuid(o *pickle.Object) error {
	state, err := stateOf(o)
	if err != nil {
		return err
	}
	n, _ := state.Get("int")
	number, ok := n.(*big.Int)
	if small, isSmall := n.(int64); isSmall {
		number, ok = big.NewInt(small), true
	}
	if !ok || number.Sign() < 0 || number.BitLen() > 128 {
		return fmt.Errorf("it has no number of 128 bits")
	}
	digits := fmt.Sprintf("%032x", number)
	w.tagged("UUID", strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"))
	return nil
}

// named is a reference to something in a module, under its new name. The program
// itself cannot be imported.
func (w *argumentWriter) named(path, module, name string) (string, bool) {
	ref := w.renamed(module, name)
	if strings.HasPrefix(ref, "__main__:") {
		w.problem(path, "needs %s, which is in the program itself, and no worker can import that; move it to a module, and say --map __main__=MODULE", ref)
		return "", false
	}
	return ref, true
}

func (w *argumentWriter) global(path, module, name string) {
	if ref, ok := w.named(path, module, name); ok {
		w.tagged("global", ref)
	}
}

// object writes an instance that Python makes without a call of its class: of
// the class and the state.
func (w *argumentWriter) object(path string, o *pickle.Object) {
	class, ok := o.Class.(pickle.Global)
	switch {
	case !ok || !o.New:
		w.problem(path, "is what a call of %s returns, and nothing of a pickle is called", pickle.Kind(o))
		return
	case o.Kwargs != nil:
		w.problem(path, "is of type %s, which is made with named arguments, and JSON cannot carry that", class)
		return
	case len(o.Items) > 0 || len(o.Pairs) > 0:
		w.problem(path, "is of type %s, a list or dict of its own kind, which JSON cannot carry", class)
		return
	}
	ref, ok := w.named(path, class.Module, class.Name)
	if !ok {
		return
	}
	fmt.Fprintf(&w.buf, `{"%s":"object","class":%s`, pyvalue.Tag, jsonText(ref))
	if len(o.Args) > 0 {
		w.buf.WriteString(`,"args":`)
		w.list(path, o.Args)
	}
	if o.State != nil {
		w.buf.WriteString(`,"state":`)
		w.value(path, o.State)
	}
	w.buf.WriteByte('}')
}
