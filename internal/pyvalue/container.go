package pyvalue

import "fmt"

func checkTuple(t tagged) error {
	path, items, ok := t.items()
	if !ok {
		return t.wrong()
	}
	return t.checkAll(path, items)
}

func checkSet(t tagged) error {
	path, items, ok := t.items()
	if !ok {
		return t.wrong()
	}
	for i, item := range items {
		if err := checkHashable(Index(path, i), item, "a "+t.kind.name); err != nil {
			return err
		}
	}
	return t.checkAll(path, items)
}

// checkDict looks at pairs of keys and values: a dict whose keys are not all
// texts, or of which one is "$py".
func checkDict(t tagged) error {
	path, pairs, ok := t.items()
	if !ok {
		return t.wrong()
	}
	for i, item := range pairs {
		pair, ok := item.([]any)
		at := Index(path, i)
		if !ok || len(pair) != 2 {
			return &Error{at, "a dict is made of pairs", "give such as " + t.kind.sample}
		}
		if err := checkHashable(Index(at, 0), pair[0], "the keys of a dict"); err != nil {
			return err
		}
		if err := t.checkAll(at, pair); err != nil {
			return err
		}
	}
	return nil
}

// checkHashable refuses what Python cannot hash. Of objects only Python knows.
func checkHashable(path string, v any, whole string) error {
	switch tag := tagOf(v); tag {
	case "list", "dict", "set", "bytearray":
		return &Error{path, fmt.Sprintf("a %s cannot be in %s", tag, whole), "give what can be hashed, such as a text, a number or a tuple"}
	case "tuple":
		items, _ := v.(map[string]any)[Value].([]any)
		for i, item := range items {
			if err := checkHashable(Index(Member(path, Value), i), item, whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// tagOf is the tag of a value, list or dict of those without, and "" for the
// others.
func tagOf(v any) string {
	switch v := v.(type) {
	case []any:
		return "list"
	case map[string]any:
		tag, ok := v[Tag]
		if !ok {
			return "dict"
		}
		name, _ := tag.(string)
		return name
	}
	return ""
}
