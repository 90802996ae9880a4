package pyvalue

import (
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
)

// kind is a type of values that JSON has no form for.
type kind struct {
	name   string
	first  string   // the member that it must have
	more   []string // members that may be beside it
	sample string   // of the first, as JSON
	check  func(tagged) error
}

// kinds is the table of docs/python-workers.md.
func kinds() []kind {
	return []kind{
		{"datetime", Value, []string{"zone", "fold"}, `"2030-01-31T12:30:00+01:00"`, checkDatetime},
		{"date", Value, nil, `"2030-01-31"`, checkDate},
		{"time", Value, []string{"zone", "fold"}, `"12:30:00"`, checkTime},
		{"timedelta", Value, nil, `90.5`, checkTimedelta},
		{"timezone", Value, []string{"name"}, `"+01:00"`, checkTimezone},
		{"ZoneInfo", Value, nil, `"Europe/Berlin"`, checkZoneInfo},
		{"pytz", Value, nil, `"Europe/Berlin"`, checkPytz},
		{"bytes", Value, nil, `"AAH/"`, checkBytes},
		{"bytearray", Value, nil, `"AAH/"`, checkBytes},
		{"tuple", Value, nil, `[1, "a"]`, checkTuple},
		{"set", Value, nil, `[1, "a"]`, checkSet},
		{"frozenset", Value, nil, `[1, "a"]`, checkSet},
		{"dict", Value, nil, `[[1, "one"]]`, checkDict},
		{"float", Value, nil, `"nan", "inf" or "-inf"`, checkFloat},
		{"complex", Value, nil, `[1.5, -2]`, checkComplex},
		{"Decimal", Value, nil, `"19.90"`, checkDecimal},
		{"UUID", Value, nil, `"12345678-1234-5678-1234-567812345678"`, checkUUID},
		{"global", Value, nil, `"shop.tasks:Color.RED"`, checkGlobal},
		{"object", "class", []string{"args", "state"}, `"shop.tasks:Report"`, checkObject},
	}
}

func (c *checker) kindNames() []string {
	var names []string
	for _, k := range c.kinds {
		names = append(names, k.name)
	}
	return names
}

func checkBytes(t tagged) error {
	text, ok := t.text()
	if _, err := base64.StdEncoding.Strict().DecodeString(text); !ok || err != nil || strings.ContainsAny(text, "\r\n") {
		return t.wrong()
	}
	return nil
}

func checkFloat(t tagged) error {
	switch text, _ := t.text(); text {
	case "nan", "inf", "-inf":
		return nil
	}
	return t.wrong()
}

func checkComplex(t tagged) error {
	path, items, ok := t.items()
	if !ok || len(items) != 2 {
		return t.wrong()
	}
	for _, part := range items {
		if _, ok := part.(json.Number); !ok && tagOf(part) != "float" {
			return t.wrong()
		}
	}
	return t.checkAll(path, items)
}

// matches checks a text by a pattern.
func matches(t tagged, pattern string) error {
	text, ok := t.text()
	if !ok || t.parse(pattern, text) == nil {
		return t.wrong()
	}
	return nil
}

func checkDecimal(t tagged) error {
	return matches(t, `[+-]?(?i:(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,18})?|inf|infinity|s?nan\d*)`)
}

func checkUUID(t tagged) error {
	return matches(t, `(?i:[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})`)
}

// reference is what names something in a module: module:name. Letters are those
// of any language, as Python has them.
const reference = `[\pL_][\pL\p{Nd}\pM_]*(\.[\pL_][\pL\p{Nd}\pM_]*)*:[\pL_][\pL\p{Nd}\pM_]*(\.[\pL_][\pL\p{Nd}\pM_]*)*`

// checkGlobal: a worker imports modules and runs no script, so there is no
// __main__.
func checkGlobal(t tagged) error {
	if text, _ := t.text(); strings.HasPrefix(text, "__main__:") {
		return t.wrong()
	}
	return matches(t, reference)
}

func checkObject(t tagged) error {
	if err := checkGlobal(t); err != nil {
		return err
	}
	if args, ok := t.members["args"]; ok {
		list, ok := args.([]any)
		if !ok {
			return t.fault("args are no list", `give such as [1, "a"]`)
		}
		if err := t.checkAll(Member(t.path, "args"), list); err != nil {
			return err
		}
	}
	return t.checkValue(Member(t.path, "state"), t.members["state"])
}

// whole reads a whole number.
func whole(v any) (*big.Int, bool) {
	n, ok := v.(json.Number)
	if !ok || strings.ContainsAny(n.String(), ".eE") {
		return nil, false
	}
	return new(big.Int).SetString(n.String(), 10)
}
