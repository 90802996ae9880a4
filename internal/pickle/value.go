package pickle

// Bytes are bytes.
type Bytes []byte

// ByteArray is a bytearray.
type ByteArray []byte

// Tuple is a tuple.
type Tuple []any

// List is a list. Pickles fill lists, dicts and sets after they are made.
type List struct{ Items []any }

// Set is a set or a frozenset, in the order of the pickle.
type Set struct {
	Items  []any
	Frozen bool
}

// Pair is an item of a dict.
type Pair struct{ Key, Value any }

// Dict is a dict in its order. No two Pairs have the same string for a key;
// other keys are not compared.
type Dict struct {
	Pairs []Pair
	index map[string]int // of those whose key is a string
}

// Get is the value of the key that is a string.
func (d *Dict) Get(key string) (value any, ok bool) {
	at, ok := d.index[key]
	if !ok {
		return nil, false
	}
	return d.Pairs[at].Value, true
}

// set is Python's d[key] = value.
func (d *Dict) set(key, value any) {
	text, isText := key.(string)
	if isText {
		if at, ok := d.index[text]; ok {
			d.Pairs[at].Value = value
			return
		}
		if d.index == nil {
			d.index = map[string]int{}
		}
		d.index[text] = len(d.Pairs)
	}
	d.Pairs = append(d.Pairs, Pair{key, value})
}

// Global is a class or a function by its name: nothing was imported. The
// modules __builtin__ and copy_reg of Python 2, which protocols 0 to 2 name, are
// builtins and copyreg.
type Global struct{ Module, Name string }

// String is module:name, as APScheduler writes references.
func (g Global) String() string { return g.Module + ":" + g.Name }

// Object is what Python would have made by calling Class: an instance of a
// class, or what a function returned. Nothing was called.
type Object struct {
	Class  any  // most often a Global, but any value can stand here
	New    bool // Class.__new__(Class, *Args) would have made it, not a call of Class
	Args   Tuple
	Kwargs *Dict // nil: none
	State  any   // what __setstate__ would have been given, or __dict__ is made of; nil: nothing
	Items  []any // what would have been appended or added, as to a subclass of list
	Pairs  []Pair
}

// Is reports whether the object was made by the class or function of that name.
func (o *Object) Is(module, name string) bool { return o.Class == any(Global{module, name}) }

// Persistent is an object that the writer kept elsewhere, under an id.
type Persistent struct{ ID any }

// Kind names the type of a value as Python does, for errors; of an object the class.
func Kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		return "bool"
	case int64:
		return "int"
	case float64:
		return "float"
	case string:
		return "str"
	case Bytes:
		return "bytes"
	case ByteArray:
		return "bytearray"
	case Tuple:
		return "tuple"
	case *List:
		return "list"
	case *Dict:
		return "dict"
	case *Set:
		return "set"
	case Global:
		return "reference to " + v.String()
	case *Object:
		if class, ok := v.Class.(Global); ok {
			return class.String()
		}
		return "object"
	case *Persistent:
		return "persistent id"
	}
	return "int" // *big.Int
}
